"""What an update would break of a person's own imports, read from the text alone."""

from fwnew.updates.imports import broken

PACKAGE = {
    "src/demo/__init__.py": "VERSION = 1\n",
    "src/demo/config.py": "class Config:\n    width = 1\n\n\ndef write() -> None: ...\n",
    "src/demo/formats/__init__.py": "from . import onnx\n",
    "src/demo/formats/onnx.py": "if True:\n    FILE, _ = 'a', 'b'\n",
}


def asked(text: str, path: str = "src/demo/mine.py", **more: str) -> set[str]:
    files = {**PACKAGE, **{f"src/demo/{name}.py": module for name, module in more.items()}, path: text}
    return {wanted for _, wanted in broken(files)}


def test_what_is_there_is_not_named() -> None:
    assert not asked("from .config import Config, write\nfrom . import config, VERSION, formats\nconfig.write()\n")
    assert not asked("import demo\nimport demo.config as c\nfrom demo.formats.onnx import FILE\nc.Config.width\n")
    assert not asked("from demo.formats import onnx\nonnx.FILE\n", "tests/test_mine.py")
    assert not asked("import numpy as np\nfrom pathlib import Path\nfrom .config import *\nnp.zeros\n")
    assert not asked("from ..config import Config\n", "src/demo/formats/mine.py")


def test_a_module_that_is_gone_is_named_however_it_is_imported() -> None:
    assert asked("from . import package\n") == {"demo.package"}
    assert asked("from .package import read, write\n") == {"demo.package.read", "demo.package.write"}
    assert asked("import demo.package\n", "tests/test_mine.py") == {"demo.package"}
    assert asked("from ..package import read\n", "src/demo/formats/mine.py") == {"demo.package.read"}


def test_a_name_that_is_gone_is_named_however_it_is_used() -> None:
    assert asked("from .config import find_run\n") == {"demo.config.find_run"}
    assert asked("from . import config\n\n\ndef f() -> None:\n    config.find_run('x')\n") == {"demo.config.find_run"}
    assert asked("import demo.config as settings\nsettings.find_run\n") == {"demo.config.find_run"}


def test_what_cannot_be_known_counts_as_fine() -> None:
    for unknown in ("from os.path import *\n", "def __getattr__(name): ...\n", "<<<<<<< yours\n"):
        assert not asked("from .open import anything\n", open=unknown)
    assert not asked("<<<<<<< yours\nfrom .package import read\n")


def test_a_folder_without_an_init_file_is_a_module() -> None:
    files = {"src/demo/__init__.py": "", "src/demo/parts/one.py": "A = 1\n"}
    assert not broken({**files, "src/demo/mine.py": "from .parts import one\nfrom .parts.one import A\n"})
    assert broken({**files, "src/demo/mine.py": "from .parts import two\n"})
