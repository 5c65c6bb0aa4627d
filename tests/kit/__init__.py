"""What the tests share: where the repository lies, a machine of their own, a terminal."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
