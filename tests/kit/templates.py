"""Variants of the templates, rendered in memory: one process, one Jinja environment, each template compiled once.

A test checks that Copier writes the same. FWNEW_TEMPLATES names a folder with other templates than the repository's.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template

from fwnew.questions import config, questions
from tests.harness.variants import model, plan
from tests.harness.variants.model import Variant, Variants

ROOT = Path(os.environ.get("FWNEW_TEMPLATES", Path(__file__).parents[2]))
ANSWERS_FILE = ".copier-answers.yml"
SOURCE = "~/.local/share/fwnew/template.bundle"
AWKWARD = {
    "project_name": "Digits.Demo-2",
    "description": r"""It's a "naïve" \ 100 % {thing} for cats & <dogs> #1""",
    "author": 'Zoë "Z" O\'Neil',
}
"""Free text that is valid and easily breaks a file."""


class _RecordingLoader(FileSystemLoader):
    """A loader that records the included files in `used`."""

    def __init__(self, root: Path, used: set[Path]) -> None:
        super().__init__(root)
        self.root, self.used = root, used

    def get_source(self, environment: Environment, template: str) -> Any:
        found = super().get_source(environment, template)
        self.used.add(self.root / template)
        return found


Files = Mapping[str, str]
"""The text of every file of a project, by its path."""


@dataclass(frozen=True)
class File:
    """A file of the templates: the parts of its path, and its body, which is a template or literal text."""

    source: Path
    parts: list[Template]
    body: Template | str


class Templates:
    """The templates of a folder, each compiled once."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.questions = questions.load(root, "demo")
        self.used: set[Path] = set()
        self.environment = self.questions.environment.overlay(loader=_RecordingLoader(root, self.used))
        self.subdirectory = self._compiled(config.read(root)["_subdirectory"])

    @cached_property
    def variants(self) -> Variants:
        return model.read(self.questions)

    def every(self) -> list[Variant]:
        """Return the variants to check in memory: those of the plan, and 500 at random."""
        run, rendered = plan.read()
        drawn = [self.variants.variant(levels) for levels in self.variants.sample(500)]
        return list({variant.id: variant for variant in [*run, *rendered, *drawn]}.values())

    def render(self, variant: Variant, source: str = SOURCE, **texts: str) -> Files:
        """Render a variant as if it came from `source`; free text that is not in `texts` takes its default."""
        answers = questions.resolve(self.questions, {**variant.answers, **texts})
        context = {
            **answers.context,
            "_copier_answers": {"_src_path": source, **answers.values},
            "_copier_conf": {"answers_file": ANSWERS_FILE},
        }
        files = {}
        for file in self.files(self.subdirectory.render(context)):
            parts = [part.render(context) for part in file.parts]
            if all(part not in ("", ".jinja") for part in parts):
                path = "/".join(parts).removesuffix(".jinja")
                files[path] = file.body.render(context) if isinstance(file.body, Template) else file.body
                self.used.add(file.source)
        return files

    @cache  # noqa: B019 - few instances, which live to the end
    def files(self, subdirectory: str) -> list[File]:
        root = self.root / subdirectory
        found = []
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            parts = [self._compiled(part) for part in path.relative_to(root).parts]
            text = path.read_bytes().decode()
            found.append(File(path, parts, self._compiled(text) if path.suffix == ".jinja" else text))
        return found

    def _compiled(self, text: str) -> Template:
        return self.environment.from_string(text)
