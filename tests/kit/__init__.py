"""What the tests share: commands and their results, git, folders, a machine of their own, a terminal."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
