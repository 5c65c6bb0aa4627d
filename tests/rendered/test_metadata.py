"""What every variant says of itself, in pyproject.toml, constraints.txt, LICENSE and README.md."""

import ast
import itertools
import re
import tomllib
from collections import defaultdict

from packaging.licenses import canonicalize_license_expression
from packaging.requirements import Requirement
from validate_pyproject.api import Validator

from tests.kit.rendered import Rendered, distinct, each_text, metadata, package_of
from tests.kit.templates import AWKWARD, Templates


def test_every_declared_dependency_has_a_tested_version(rendered: Rendered) -> None:
    for name, files in distinct(rendered, "pyproject.toml", "constraints.txt"):
        extras = metadata(files)["optional-dependencies"].values()
        declared = [Requirement(line).name for line in [*metadata(files)["dependencies"], *itertools.chain(*extras)]]
        pinned = [Requirement(line) for line in files["constraints.txt"].splitlines() if not line.startswith("#")]
        assert {pin.name for pin in pinned} >= set(declared), name
        assert len({pin.name for pin in pinned}) == len(pinned), name
        assert {str(pin.specifier)[:2] for pin in pinned} == {"=="}, name


def test_free_text_is_in_the_metadata_as_it_was_given(rendered: Rendered) -> None:
    for name, files in distinct(rendered, "pyproject.toml"):
        found = metadata(files)
        assert found["name"] == AWKWARD["project_name"], name
        assert found["description"] == AWKWARD["description"], name
        assert found["authors"] == [{"name": AWKWARD["author"]}], name
        assert found["scripts"] == {AWKWARD["project_name"]: f"{package_of(files)}.__main__:main"}, name
        assert AWKWARD["description"] in files["README.md"], name


def test_validate_pyproject_accepts_the_metadata(rendered: Rendered) -> None:
    validate = Validator()
    for _, _, text in each_text(rendered, "pyproject.toml"):
        validate(tomllib.loads(text))


def test_the_licence_is_spdx_and_its_text_is_there(templates: Templates, rendered: Rendered) -> None:
    texts = defaultdict(set)
    for variant, files in rendered.values():
        expression = metadata(files)["license"]
        assert canonicalize_license_expression(expression) == expression
        assert metadata(files)["license-files"] == ["LICENSE"]
        assert AWKWARD["author"] in files["LICENSE"]
        texts[variant.answers["license"], expression].add(files["LICENSE"])
    assert {len(found) for found in texts.values()} == {1}
    assert len(set.union(*texts.values())) == len(texts)


def test_every_command_in_the_readme_exists(rendered: Rendered) -> None:
    for name, _, readme in each_text(rendered, "README.md"):
        files = rendered[name][1]
        modules = {path: text for path, text in files.items() if path.startswith("src/")}
        main = modules[f"src/{package_of(files)}/__main__.py"]
        verbs = ast.literal_eval(re.search(r"VERBS = ({.*?\n})", main, re.DOTALL)[1])
        commands = [line.split() for line in re.findall(r"^    \$ (.+)$", readme, re.MULTILINE)]
        own = [words for words in commands if words[0] == AWKWARD["project_name"]]
        assert {words[1] for words in own} == set(verbs), name
        declared = str(metadata(files)["optional-dependencies"]["dev"])
        assert all(words[0] in declared for words in commands if words not in own), name
        for option in re.findall(r"`--([a-z-]+)", readme.partition("## Use")[2]):  # those of Install are pip's
            assert option == "help" or re.search(rf"\b{option.replace('-', '_')}: ", "".join(modules.values())), option
        (extras,) = set(re.findall(r"-e '\.\[(.+)\]'", readme))
        assert set(extras.split(",")) <= set(metadata(files)["optional-dependencies"]), name
        (python,) = re.findall(r"uv venv --python '(.+)'", readme)
        assert python == metadata(files)["requires-python"], name
        oldest, newest = re.findall(r"^With Python 3\.(\d+)(?: to 3\.(\d+))?:$", readme, re.MULTILINE)[0]
        assert python == f">=3.{oldest},<3.{int(newest or oldest) + 1}", name


def test_the_readme_lists_every_module(rendered: Rendered) -> None:
    for name, _, readme in each_text(rendered, "README.md"):
        files = rendered[name][1]
        root = f"src/{package_of(files)}/"
        inside = {path.removeprefix(root) for path in files if path.startswith(root)}
        there = {path.partition("/")[0] + "/" * ("/" in path) for path in inside}
        listed = re.findall(r"^      ([a-z0-9_]+(?:\.py|/)) ", readme, re.MULTILINE)
        assert sorted(listed) == sorted(there - {"__init__.py", "__main__.py"}), name
