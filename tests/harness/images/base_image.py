"""An image that stands in for the official one of Python: Debian's own Python, made from Debian's packages."""

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = "python3,python3-pip,python3-venv,ca-certificates,passwd"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PIP = ("/etc/pip.conf", "/etc/xdg/pip")
"""Where this machine says what packages come from."""


def make(tag: str, folder: Path) -> None:
    """Makes the image, about 250 MB, in half a minute; `folder` is for what is in between. Root is needed."""
    tree = folder / "tree"
    run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", "bookworm", tree)
    (tree / "usr" / "local" / "bin" / "python").symlink_to("/usr/bin/python3")
    for marker in tree.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):  # pip may install, as in the official image
        marker.unlink()
    for settings in map(Path, PIP):
        if settings.exists():
            (tree / settings.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
            run("cp", "-r", settings, tree / settings.relative_to("/"))
    variables = {name: value for name, value in os.environ.items() if name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")}
    if certificate := os.environ.get("PIP_CERT"):
        shutil.copy(certificate, tree / "etc" / "pip-certificate.pem")
        variables["PIP_CERT"] = "/etc/pip-certificate.pem"
    container = run("buildah", "from", "scratch").strip()
    run("buildah", "add", "--quiet", container, tree, "/")
    options = [f"--env={name}={value}" for name, value in {"PATH": PATH, **variables}.items()]
    run("buildah", "config", *options, "--cmd=python3", container)
    run("buildah", "commit", "--quiet", container, f"docker.io/library/{tag}")
    run("buildah", "rm", container)
    shutil.rmtree(tree)


def run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
