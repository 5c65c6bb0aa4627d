"""A `docker` that needs no engine: the commands that generated workflows and READMEs use, by buildah and chroot.

    docker build --tag IMAGE FOLDER
    docker run --detach --publish ADDRESS --name NAME IMAGE      its port is the host's: there is one network
    docker exec NAME COMMAND ...
    docker stop NAME

The image's own configuration is kept to: its entry point, user, environment and folder. DOCKER_STATE is a folder for
what runs; CONTAINERS_STORAGE_CONF says where images are.
"""

import json
import os
import signal
import subprocess
import sys
import time
from argparse import REMAINDER, ArgumentParser, Namespace
from pathlib import Path
from typing import Any

IN_CHROOT = ("--isolation", "chroot", "--network", "host")


def main() -> int:
    parser = ArgumentParser(prog="docker")
    commands = parser.add_subparsers(required=True)

    build_ = commands.add_parser("build")
    build_.set_defaults(run=build)
    build_.add_argument("--tag", required=True)
    build_.add_argument("folder")

    run_ = commands.add_parser("run")
    run_.set_defaults(run=run)
    run_.add_argument("--detach", action="store_true", required=True)
    run_.add_argument("--publish", required=True)
    run_.add_argument("--name", required=True)
    run_.add_argument("image")

    exec_ = commands.add_parser("exec")
    exec_.set_defaults(run=execute)
    exec_.add_argument("name")
    exec_.add_argument("command", nargs=REMAINDER)

    stop_ = commands.add_parser("stop")
    stop_.set_defaults(run=stop)
    stop_.add_argument("name")

    arguments = parser.parse_args()
    return int(arguments.run(arguments))


def build(arguments: Namespace) -> int:
    options = ("--format", "docker", "--pull=never", *IN_CHROOT, "--tag", arguments.tag)
    return subprocess.run(["buildah", "bud", *options, arguments.folder], check=False).returncode


def run(arguments: Namespace) -> int:
    subprocess.run(["buildah", "from", "--pull=never", "--name", arguments.name, arguments.image], check=True)
    with state(arguments.name, "log").open("wb") as log:
        entry = configuration(arguments.image)["Entrypoint"]
        process = subprocess.Popen(in_container(arguments.name, entry), stdout=log, stderr=log, start_new_session=True)
    state(arguments.name, "pid").write_text(str(process.pid))
    return 0


def execute(arguments: Namespace) -> int:
    return subprocess.run(in_container(arguments.name, arguments.command), check=False).returncode


def stop(arguments: Namespace) -> int:
    """SIGTERM to the container's first process, and a while until it has ended."""
    outer = int(state(arguments.name, "pid").read_text())
    os.kill(innermost(outer), signal.SIGTERM)
    for _ in range(400):
        if not running(outer):
            return subprocess.run(["buildah", "rm", arguments.name], check=False).returncode
        time.sleep(0.1)
    return 1


def configuration(image: str) -> dict[str, Any]:
    inspected = subprocess.run(["buildah", "inspect", "--type", "image", image], capture_output=True, check=True)
    found: dict[str, Any] = json.loads(inspected.stdout)["Docker"]["config"]
    return found


def in_container(name: str, command: list[str]) -> list[str]:
    return ["buildah", "run", *IN_CHROOT, name, "--", *command]


def state(name: str, kind: str) -> Path:
    return Path(os.environ["DOCKER_STATE"], f"{name}.{kind}")


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def innermost(pid: int) -> int:
    """buildah's helpers have one child each, of any of their threads; the last is what was asked for."""
    while children := [
        one for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()
    ]:
        pid = int(children[0])
    return pid


if __name__ == "__main__":
    sys.exit(main())
