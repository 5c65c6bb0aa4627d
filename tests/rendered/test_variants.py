"""Every variant of the templates, rendered: whole, small, what was chosen, and alike in both frameworks."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from fwnew.project.install import install_arguments
from tests.harness.variants.model import Variant
from tests.kit.rendered import Rendered, distinct, metadata, package_of
from tests.kit.templates import ANSWERS_FILE, Files, Templates

MAX_FILES, MAX_LINES = 69, 3500  # of any variant; the default's own limit is in test_rendered.py
ALWAYS = {"README.md", "LICENSE", "pyproject.toml", "constraints.txt", ".gitignore", ANSWERS_FILE}
EXTRAS = {"train", "export", "dev"}
SERVERS = {
    "serve": "serve.py",
    "torchserve": "handler.py",
    "tf-serving": "publish.py",
}  # a file that comes with each extra
ELSEWHERE = re.compile(r"(docker compose -f )?(tf_serving|tritonserver)/compose")
"""What speaks of a choice and does not mean it: a server's own compose file."""


# Types that say the same in each framework's own words.
SAME = {"nn.Module": "Model", "keras.Model": "Model", "tf.Tensor": "Array", "np.ndarray": "Array", "Tensor": "Array"}


def test_every_variant_has_the_files_of_a_project(rendered: Rendered) -> None:
    for name, (_, files) in rendered.items():
        assert set(files) >= ALWAYS, name
        assert any(path.startswith("tests/test_") for path in files), name
        served = {extra for extra, file in SERVERS.items() if any(path.endswith(f"/{file}") for path in files)}
        assert set(metadata(files)["optional-dependencies"]) == EXTRAS | served, name


def test_every_variant_is_small(rendered: Rendered) -> None:
    for name, (_, files) in rendered.items():
        lines = sum(len(text.splitlines()) for path, text in files.items() if path.endswith(".py"))
        assert len(files) <= MAX_FILES, name
        assert lines <= MAX_LINES, f"{name} has {lines} lines of Python"


def test_every_answer_makes_a_difference(rendered: Rendered) -> None:
    """A question that changes nothing but the record of the answers is no question."""
    seen: dict[frozenset[tuple[str, str]], Variant] = {}
    for variant, files in rendered.values():
        key = frozenset((path, text) for path, text in files.items() if path != ANSWERS_FILE)
        assert key not in seen, f"{variant.answers} gives the same files as {seen[key].answers}"
        seen[key] = variant


def test_what_was_not_chosen_is_not_spoken_of(templates: Templates, rendered: Rendered) -> None:
    several = {(factor.question, factor.choice) for factor in templates.variants.factors if factor.choice is not None}
    seen = set()
    for variant, files in rendered.values():
        for question, choice in several:
            if choice in variant.answers.get(question, ()):
                continue
            for path, text in files.items():
                if (choice, text) not in seen:
                    seen.add((choice, text))
                    spoken = ELSEWHERE.sub("", f"{path}\n{text}")
                    said = re.search(rf"(?<!\.)\b{choice}\b", spoken)
                    assert not said, f"{path} says '{choice}', which was not chosen: {variant.answers}"


def test_fwnew_installs_every_extra_of_a_project(rendered: Rendered) -> None:
    for name, (variant, files) in rendered.items():
        [target] = [word for word in install_arguments(variant.answers, {}) if word.startswith(".[")]
        assert set(target[2:-1].split(",")) == set(metadata(files)["optional-dependencies"]), name


def test_both_frameworks_have_the_same_files_and_signatures(rendered: Rendered) -> None:
    """Apart from those in differences.toml, which has no line too many."""
    found = defaultdict(lambda: defaultdict(set))
    for name, files in distinct(rendered, ".py"):
        for key, signature in public(files).items():
            found[rendered[name][0].answers["framework"]][key].add(signature)
    pytorch, tensorflow = found["pytorch"], found["tensorflow"]
    differences = tomllib.loads(Path(__file__).with_name("differences.toml").read_text("utf-8"))
    listed = {
        kind: {(file, name) for file, names in files.items() for name in ("", *names)}
        for kind, files in differences.items()
    }
    common = pytorch.keys() & tensorflow.keys()
    shared = {(file, "") for file, _ in common}
    assert pytorch.keys() - common == listed["pytorch"] - shared
    assert tensorflow.keys() - common == listed["tensorflow"] - shared
    assert {key for key in common if pytorch[key] != tensorflow[key]} == listed["signatures"] - shared


def public(files: Files) -> dict[tuple[str, str], str]:
    """The signature of everything public in the package, by its file and name; every file is there with no name."""
    root = f"src/{package_of(files)}/"
    found = {}
    for path, text in files.items():
        file = path.removeprefix(root)
        if file != path and "/" not in file:  # formats/ is what differs
            found[file, ""] = ""
            found |= {(file, name): same(signature) for name, signature in members(ast.parse(text).body)}
    tests = {(path, ""): "" for path in files if not path.startswith("src/")}
    return found | tests


def members(body: Sequence[ast.stmt], owner: str = "") -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.AnnAssign) and owner:
            yield owner + ast.unparse(node.target), ast.unparse(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if isinstance(node, ast.ClassDef):
                yield owner + node.name, "class"
                yield from members(node.body, f"{owner}{node.name}.")
            else:
                returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
                yield owner + node.name, f"({ast.unparse(node.args)}){returns}"


def same(signature: str) -> str:
    for own, word in SAME.items():
        signature = re.sub(rf"(?<![\w.]){re.escape(own)}\b", word, signature)
    return signature
