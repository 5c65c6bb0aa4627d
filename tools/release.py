"""Append the templates of this commit to the bundle that users get, as the version in pyproject.toml.

    nox -s release

The bundle's history holds one commit and one tag for each release, with `copier.yml` and `templates/` and nothing else.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "src" / "fwnew" / "sources" / "template.bundle"
TEMPLATE = ("copier.yml", "templates")


def main() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## {re.escape(version)}(\s|$)", changelog, re.MULTILINE):
        sys.exit(f"error: CHANGELOG.md has no heading '## {version}'")
    if changes := git("status", "--porcelain", "--", *TEMPLATE, cwd=ROOT):
        sys.exit(f"error: commit these first:\n{changes}")
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder)
        fetch_history(history)
        if git("tag", "--list", version, cwd=history):
            sys.exit(f"error: the bundle has a version {version}; raise the version in pyproject.toml")
        append(history, version)
        # A new file, then renamed: an interrupted release keeps the old bundle.
        new = BUNDLE.with_suffix(".new")
        git("bundle", "create", "--quiet", str(new), "HEAD", "--all", cwd=history)
        new.replace(BUNDLE)
    print(f"{BUNDLE.relative_to(ROOT)} now ends with {version}: commit it, then `git tag {version}`")


def fetch_history(history: Path) -> None:
    """Create a repository with the releases so far."""
    git("init", "--quiet", "--bare", "--initial-branch=main", cwd=history)
    if BUNDLE.exists():
        git("fetch", "--quiet", str(BUNDLE), "refs/*:refs/*", cwd=history)


def append(history: Path, version: str) -> None:
    """Commit the templates of this checkout's HEAD on top of the releases so far, and tag the commit."""
    git("fetch", "--quiet", "--no-tags", str(ROOT), "HEAD", cwd=history)
    entries = git("ls-tree", "-r", "FETCH_HEAD", "--", *TEMPLATE, cwd=history)
    git("update-index", "--index-info", cwd=history, stdin=entries + "\n")
    parent = ["-p", "main"] if BUNDLE.exists() else []
    tree = git("write-tree", cwd=history)
    commit = git("commit-tree", tree, *parent, "-m", f"fwnew {version}", cwd=history)
    git("update-ref", "refs/heads/main", commit, cwd=history)
    git("update-ref", f"refs/tags/{version}", commit, cwd=history)


def git(*arguments: str, cwd: Path, stdin: str | None = None) -> str:
    """Run git and return what it printed."""
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=cwd, input=stdin, stdout=subprocess.PIPE, encoding="utf-8", check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
