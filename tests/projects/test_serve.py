"""The embedded server of a real project, in an environment without the training framework."""

import contextlib
import http.client
import json
import math
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from . import contract
from .conftest import Project
from .serving import PYTORCH, Server, wait_for

SECONDS = float(os.environ.get("FWNEW_LOAD_SECONDS", "20"))  # ten minutes in `nox -s nightly`
TIMES = int(os.environ.get("FWNEW_SIGTERM_TIMES", "3"))  # twenty there


def test_it_gives_the_numbers_of_the_trained_model_and_needs_no_framework(
    project: Project, environment: Path, start: Callable[..., Server]
) -> None:
    server = start()
    assert server.answers(1)
    assert server.answers(64)
    installed = project.machine.uv("pip", "list", "--python", environment)
    assert not {line.split()[0] for line in installed.splitlines()} & {"torch", "tensorflow", "tensorflow-cpu", "keras"}


@pytest.mark.parametrize("token", ["", "secret"])
def test_it_keeps_the_contract_of_all_servers(project: Project, start: Callable[..., Server], token: str) -> None:
    server = start(SERVE_TOKEN=token)
    contract.check(project, server.url, token)


def test_it_is_ready_after_two_seconds_of_work(start: Callable[..., Server]) -> None:
    """Seconds of a processor: on a shared machine a clock says little."""
    server = start()
    used = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    assert (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK") < 2


WORKS = """
import asyncio, threading, time
from {package}.serve import Service

service, inside, most, late = Service(), 0, 0, 0.0
threads = {{}}


def work(name, seconds):
    def run():
        global inside, most
        inside += 1
        most = max(most, inside)
        threads[name] = threading.get_ident()
        time.sleep(seconds)
        inside -= 1
    return run


async def ticks():
    global late
    for _ in range(50):
        before = time.perf_counter()
        await asyncio.sleep(0.01)
        late = max(late, time.perf_counter() - before)


async def main():
    await service.answer(work("alone", 0), True)
    slow = asyncio.ensure_future(service.answer(work("slow", 0.4)))
    clock = asyncio.ensure_future(ticks())
    await asyncio.sleep(0.05)
    await asyncio.gather(*(service.answer(work(name, 0), True) for name in "abc"), slow, clock)
    await service.answer(work("after", 0), True)


asyncio.run(main())
print(most, late < 0.2, [name for name, thread in threads.items() if thread == threading.get_ident()])
"""


@PYTORCH
def test_no_runtime_has_two_threads_and_a_slow_answer_stops_nobody(project: Project) -> None:
    """What is quick is answered at once, in the thread that reads requests, unless the model is busy."""
    out = project.machine.ok([project.python, "-c", WORKS.format(package=project.package)], project.path)
    assert out.splitlines()[-1] == "1 True ['alone', 'after']"


def test_the_project_s_own_test_of_it_passes(project: Project) -> None:
    out = project.machine.ok([project.python, "-m", "pytest", "-q", "tests/test_serve.py"], project.path)
    assert "7 passed" in out


@pytest.mark.parametrize("how", ["truncated", "changed", "missing"])
def test_a_spoiled_package_is_refused_at_start_by_the_name_of_its_file(
    start: Callable[..., Server], tmp_path: Path, how: str
) -> None:
    [artifact] = json.loads((tmp_path / "artifacts" / "manifest.json").read_text())["artifacts"]
    file = tmp_path / "artifacts" / artifact["file"]
    if how == "missing":
        file.unlink()
    else:
        content = file.read_bytes()
        file.write_bytes(content[:1000] if how == "truncated" else content[:-1] + b"?")
    for workers in ("1", "2"):
        server = start("--workers", workers, ready=False)
        assert server.process.wait(30) == 1
        [line] = server.log.read_text().splitlines()
        assert line.startswith(f"artifacts/{file.name} ")
        assert line.endswith("Export again.")


@PYTORCH
def test_a_port_in_use_is_one_sentence(start: Callable[..., Server]) -> None:
    server = start()
    second = start("--port", str(server.port), ready=False)
    assert second.process.wait(30) == 1
    assert second.log.read_text().count("\n") == 1
    assert f"Cannot listen on 127.0.0.1:{server.port}" in second.log.read_text()


@PYTORCH
@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--host", "", "--host must not be empty"),  # as of a variable that is not set
        ("--host", "nowhere.invalid", "Cannot listen on nowhere.invalid"),
        ("--port", "99999", "port must be 0-65535"),
        ("--workers", "0", "--workers must be 1 or more, not 0"),
        ("--workers", "-2", "--workers must be 1 or more, not -2"),
    ],
)
def test_what_it_cannot_be_told_is_one_sentence(
    start: Callable[..., Server], option: str, value: str, reason: str
) -> None:
    server = start(option, value, ready=False)
    assert server.process.wait(30) == 1
    [line] = server.log.read_text().splitlines()
    assert reason in line


@PYTORCH
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_sigterm_under_load_loses_nothing_that_had_arrived(start: Callable[..., Server], workers: int) -> None:
    """Every request that had left its client before the signal is answered, and rightly."""
    for _ in range(TIMES):
        server = start("--workers", str(workers))
        wait_for(lambda: server.log.read_text().count("Application startup complete") == workers)  # noqa: B023
        before = answers_to_what_was_sent_before_sigterm(server)
        assert len(before) > 20
        assert all(before)
        assert server.process.returncode == (-signal.SIGTERM if workers == 1 else 0)


def answers_to_what_was_sent_before_sigterm(server: Server) -> list[bool]:
    """Asks in eight threads, then ends the server; of each request that was sent before, whether it was answered."""
    told = threading.Event()
    body = json.dumps({"instances": server.images.tolist()})

    def ask() -> list[tuple[float, bool]]:
        asked = []
        while not told.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=40)
            sent, right = math.inf, False
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("POST", f"/v1/models/{server.name}:predict", body)
                sent = time.monotonic()
                answers = np.array(json.load(connection.getresponse())["predictions"])
                right = bool(np.abs(answers - server.logits).max() < 1e-3)
            connection.close()
            asked.append((sent, right))
        return asked

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(ask) for _ in range(8)]
        time.sleep(1)
        moment = time.monotonic()
        server.process.terminate()
        server.process.wait(40)
        told.set()
    return [right for client in clients for sent, right in client.result() if sent < moment]


@PYTORCH
def test_after_sigterm_it_still_takes_requests_for_a_moment(start: Callable[..., Server]) -> None:
    """Half a second. uvicorn by itself closes within 0.1 s, and resets what it has not read."""
    server = start()
    server.process.terminate()
    time.sleep(0.2)
    assert server.answers()
    server.process.wait(40)


@PYTORCH
def test_a_killed_worker_is_replaced_while_the_other_answers(start: Callable[..., Server]) -> None:
    server = start("--workers", "2")
    wait_for(lambda: len(server.workers()) == 2)
    first, second = server.workers()
    os.kill(first, signal.SIGKILL)
    refused = 0
    for _ in range(50):
        try:
            assert server.answers()
        except OSError:  # the connections that the dead worker held
            refused += 1
    assert refused <= 2
    assert second in server.workers()
    wait_for(lambda: len(server.workers()) == 2 and first not in server.workers())
    assert all(server.answers() for _ in range(20))


@PYTORCH
def test_no_answer_of_several_workers_waits_for_a_delayed_acknowledgement(start: Callable[..., Server]) -> None:
    """Which takes 40 ms; an answer takes about one."""
    server = start("--workers", "2")
    body = json.dumps({"instances": server.images[:1].tolist()})
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    seconds = []
    for _ in range(50):
        started = time.monotonic()
        connection.request("POST", f"/v1/models/{server.name}:predict", body)
        assert connection.getresponse().read()
        seconds.append(time.monotonic() - started)
    connection.close()
    assert statistics.median(seconds) < 0.03


@PYTORCH
def test_the_metrics_are_those_of_all_workers(start: Callable[..., Server]) -> None:
    server = start("--workers", "2")
    assert all(server.answers() for _ in range(30))
    assert server.status(b"{") == 400
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        metrics = answer.read().decode()
    counted = f'\nhttp_requests_total{{handler="/v1/models/{server.name}:predict",method="POST",status='
    assert f'{counted}"2xx"}} 30.0\n' in metrics
    assert f'{counted}"4xx"}} 1.0\n' in metrics


@PYTORCH
def test_slow_clients_do_not_starve_others(start: Callable[..., Server]) -> None:
    """A hundred that send a byte and then nothing, and others that connect only."""
    server = start()
    head = f"POST /v1/models/{server.name}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n["
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    for connection in slow[::2]:
        connection.sendall(head.encode())
    started = time.monotonic()
    assert all(server.answers() for _ in range(50))
    assert time.monotonic() - started < 5
    for connection in slow:
        connection.close()


@PYTORCH
def test_requests_from_its_openapi_and_against_it_get_what_it_documents(start: Callable[..., Server]) -> None:
    """Schemathesis, with every check; but that any bytes are a file that can be read."""
    server = start()
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{server.url}/openapi.json"]
    command += ["--max-examples", "30", "--seed", "1", "--phases", "coverage,fuzzing"]
    file = ["--include-path", "/predict", "--exclude-checks", "positive_data_acceptance"]
    for options in (["--exclude-path", "/predict"], file):
        done = subprocess.run([*command, *options], cwd=server.log.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    assert "Traceback" not in server.log.read_text()


@PYTORCH
def test_random_bytes_and_broken_json_are_never_an_error_of_the_server(
    start: Callable[..., Server],
) -> None:
    server = start()
    draw = random.Random(0)
    whole = json.dumps({"instances": server.images[:2].tolist()}).encode()
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(draw.randint(1, 30)):
            at = draw.randrange(len(body))
            body[at : at + draw.randint(0, 3)] = draw.randbytes(draw.randint(0, 3))
        assert server.status(bytes(body)) in (200, 400)
        assert server.status(draw.randbytes(draw.randint(0, 99))) == 400
    for value in (None, True, 1, "1", [], {}, 10**400, [[]] * 9, float("nan"), float("inf"), [[[[["1"]]]]]):
        for request in (value, {"instances": value}, {"instances": [value]}):
            assert server.status(json.dumps(request).encode()) == 400
    assert server.status(b"[" * 10**6) == 400
    assert server.status(b"9" * (2**24 + 1)) == 413
    raw = [b"\r\n" * 9, b"GET\r\n\r\n", draw.randbytes(999), b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"]
    for line in raw:
        with socket.create_connection(("127.0.0.1", server.port), timeout=1) as connection:
            connection.sendall(line)
    assert server.answers()
    assert "Traceback" not in server.log.read_text()


@PYTORCH
def test_under_mixed_load_it_does_not_grow_and_answers_everything(start: Callable[..., Server]) -> None:
    """Compared at rest, and after each client sent every kind of request: the first of a kind takes memory for good."""
    server = start()
    whole = json.dumps({"instances": server.images.tolist()}).encode()
    requests: list[tuple[int, bytes]] = [
        (200, json.dumps({"instances": server.images[:1].tolist()}).encode()),
        (200, whole),
        (400, whole[:-5]),
        (400, b'{"instances": [[1, 2], [3]]}'),
        (413, b"9" * (2**24 + 1)),
    ]
    weights = (60, 30, 5, 5, 0.02)

    def ask(seed: int, seconds: float) -> list[tuple[int, int]]:
        """What was expected, and what came: of a request of every kind, then of any until the time is over."""
        draw, end = random.Random(seed), time.monotonic() + seconds
        found = [(expected, server.status(body)) for expected, body in requests]
        while time.monotonic() < end:
            [(expected, body)] = draw.choices(requests, weights)
            found.append((expected, server.status(body)))
        return found

    def load(seconds: float) -> int:
        """How many requests four clients sent; each got what it should."""
        with ThreadPoolExecutor(4) as pool:
            found = [pair for pairs in pool.map(ask, range(4), [seconds] * 4) for pair in pairs]
        assert [pair for pair in found if pair[0] != pair[1]] == []
        return len(found)

    load(SECONDS / 4)
    before = server.memory()
    asked = load(SECONDS * 3 / 4)
    after = server.memory()
    print(f"{asked} requests in {SECONDS * 3 / 4:.0f} s, {before:.1f} MiB, then {after:.1f} MiB")
    assert after < 1.05 * before
    assert server.answers()
