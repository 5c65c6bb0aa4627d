"""A server of a real project: its process, questions to it, and what it takes of the machine."""

import http.client
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

PYTORCH = pytest.mark.parametrize("project", ["pytorch"], indirect=True)
"""For what an application does whose code is the same in both frameworks' projects."""


@dataclass(frozen=True)
class Server:
    """A server that was started, and the golden answers of its model."""

    process: subprocess.Popen[bytes]
    port: int
    name: str
    client: ModuleType
    images: np.ndarray
    logits: np.ndarray
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def model(self) -> str:
        return f"{self.url}/v1/models/{self.name}"

    def ready(self) -> bool:
        try:
            return bool(self.client.ask(f"{self.url}/readyz") == "ok")
        except OSError:
            return False

    def answers(self, batch: int = 1) -> bool:
        """Asks once; whether the numbers are the trained model's."""
        found = self.client.predict(self.images[:batch], self.model)
        return bool(np.abs(found - self.logits[:batch]).max() < 1e-3)

    def post(self, body: bytes, path: str = "", **headers: str) -> tuple[int, bytes]:
        """The status and the body of the answer to a POST."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path or f"/v1/models/{self.name}:predict", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def status(self, body: bytes, path: str = "", **headers: str) -> int:
        """The status of the answer to a POST."""
        return self.post(body, path, **headers)[0]

    def workers(self) -> list[int]:
        """The processes that answer, of several."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in listed if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]

    def memory(self, kind: str = "VmRSS") -> float:
        """MiB of the only worker: resident now, or as VmHWM at most until now."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        [kib] = [int(line.split()[1]) for line in lines if line.startswith(kind)]
        return kib / 1024

    def growth(self, work: Callable[[], object]) -> float:
        """By how many MiB the only worker was larger during the work, at its largest, than before it."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # the peak is what is resident now
        before = self.memory("VmHWM")
        work()
        return self.memory("VmHWM") - before

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(40)


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
