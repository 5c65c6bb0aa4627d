"""The documentation as a site: `nox -s docs`."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

project = "fwnew"
author = "The fwnew authors"
copyright = author  # noqa: A001 - Sphinx's own name for it
release = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = f"fwnew {release}"
myst_heading_anchors = 3
