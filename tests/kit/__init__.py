"""What the tests share: the path of the repository, a fresh machine, a terminal, rendered templates."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
