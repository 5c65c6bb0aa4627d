"""Imports run one way, and `fwnew --help` imports next to nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import fwnew

PACKAGE = Path(fwnew.__file__).parent
LAYERS = [
    "errors",
    "system",
    "terminal",
    "decision",
    "questions",
    "sources",
    "project",
    "updates",
    "reports",
    "wizard",
    "commands",
    "cli",
    "__main__",
]
"""Each may import those before it, at the top or inside a function."""


def imported_layers(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    modules = {name.split(".")[1] for name in names if name.startswith("fwnew.")}
    return modules & set(LAYERS)


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_layers_below_its_own(file: Path) -> None:
    layer = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if layer == "__init__":
        assert imported_layers(file) == set()
        return
    own = [layer] if (PACKAGE / layer).is_dir() else []
    assert imported_layers(file) <= {*LAYERS[: LAYERS.index(layer)], *own}


def test_templates_know_nothing_of_the_decision() -> None:
    """The one value between them is a framework, which a plan takes from one to the other."""
    rooms = [file for room in ("questions", "sources", "updates") for file in (PACKAGE / room).glob("*.py")]
    assert [
        file.name for file in [*rooms, PACKAGE / "project" / "render.py"] if "decision" in imported_layers(file)
    ] == []


def test_one_file_calls_copier() -> None:
    users = [f for f in PACKAGE.rglob("*.py") if "import copier" in (t := f.read_text()) or "from copier" in t]
    assert [file.name for file in users] == ["render.py"]


def test_one_file_prompts() -> None:
    assert [f.name for f in PACKAGE.rglob("*.py") if "import questionary" in f.read_text()] == ["prompts.py"]


def test_help_imports_no_heavy_module() -> None:
    heavy = ["copier", "rich", "questionary", "jinja2", "yaml", "packaging", "pydantic"]
    code = (
        "import sys\nsys.argv = ['fwnew', '--help']\nfrom fwnew.cli import app\n"
        f"app(standalone_mode=False)\nprint([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", ["new demo --defaults --dry-run", "decide --defaults --explain", "catalogue"])
def test_rich_is_imported_on_a_terminal_only(work: Path, words: str) -> None:
    code = (
        f"import sys\nsys.argv = ['fwnew', *{words.split()}]\nfrom fwnew.cli import app\n"
        "app(standalone_mode=False)\nprint('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=work, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_every_file_is_readable_in_one_sitting() -> None:
    long = {f.name: n for f in PACKAGE.rglob("*.py") if (n := len(f.read_text().splitlines())) > 260}
    assert long == {}
