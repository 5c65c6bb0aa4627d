"""Check before a release that the tag, pyproject.toml and the bundle name the same version.

python tools/check_release.py TAG
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "src" / "fwnew" / "sources" / "template.bundle"


def main(tag: str) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if tag != version:
        sys.exit(f"error: the tag is {tag}, and pyproject.toml says {version}")
    command = ["git", "bundle", "list-heads", str(BUNDLE)]
    heads = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    if f"refs/tags/{version}" not in heads:
        sys.exit(f"error: the bundle has no version {version}; run `nox -s release` and commit the bundle")
    print(f"{version}: the tag, pyproject.toml and the bundle agree")


if __name__ == "__main__":
    main(sys.argv[1])
