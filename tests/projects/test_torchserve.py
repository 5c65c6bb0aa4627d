"""TorchServe, really started, with the archive of a real project."""

import http.client
import json
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from . import contract
from .conftest import Project

URL = "http://127.0.0.1:8080"


@pytest.mark.parametrize("project", ["pytorch"], indirect=True)
def test_torchserve_keeps_the_contract_and_asks_for_a_token(project: Project) -> None:
    if not shutil.which("java"):
        pytest.skip("TorchServe was not started: that needs Java")
    folder, machine = project.path / "torchserve", project.machine
    programs = {"PATH": f"{project.python.parent}:{machine.environment['PATH']}"}
    assert project.verb("archive").out.strip() == f"artifacts/{project.package}.mar"
    start = ["torchserve", "--start", "--ncs", "--ts-config", "config.properties"]
    machine.ok(["sh", "-c", f"{' '.join(start)} > {machine.folder / 'torchserve.log'} 2>&1"], folder, **programs)
    try:
        token = wait(folder)
        contract.check(project, URL, token)
    finally:
        machine.ok(["torchserve", "--stop"], folder, **programs)
    assert machine.ok(["git", "status", "--porcelain"], project.path) == ""
    wait_until_gone()


def wait(folder: Path) -> str:
    """Until a worker is ready; the token to ask it with."""
    for _ in range(300):
        try:
            token = str(json.loads((folder / "key_file.json").read_text())["inference"]["key"])
            request = urllib.request.Request(f"{URL}/ping", headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(request) as answer:
                if b"Healthy" in answer.read():
                    return token
        except (OSError, ValueError):
            pass
        time.sleep(0.2)
    raise AssertionError("TorchServe was not ready in a minute")


def wait_until_gone() -> None:
    """`torchserve --stop` does not wait: on a busy machine the server answers for some seconds more."""
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{URL}/ping").close()
        except urllib.error.HTTPError as error:
            error.close()
        except OSError as error:  # reset or cut off where the server closes what it had accepted
            if isinstance(getattr(error, "reason", error), ConnectionRefusedError):
                return
        except http.client.HTTPException:
            pass
        time.sleep(0.2)
    raise AssertionError("TorchServe answered for a minute after it was stopped")
