"""What the embedded server makes of requests of other forms, packed, too large, senseless, or never finished."""

import contextlib
import gzip
import http.client
import json
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import Project, starting
from .serving import PYTORCH, Server, wait_for

MOST = 2**24
"""Bytes that a request may have."""


@pytest.fixture(scope="module")
def server(project: Project, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests that only ask."""
    with starting(project, environment, tmp_path_factory.mktemp("server")) as start:
        yield start()


def predict(server: Server, question: Any) -> Any:
    return server.client.ask(f"{server.model}:predict", question)


# ── What TensorFlow Serving answers as well ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("named", [False, True])
def test_columns_as_inputs_get_the_numbers_that_rows_get(server: Server, named: bool) -> None:
    images = server.images[:3].tolist()
    rows = predict(server, {"instances": images})
    columns = predict(server, {"inputs": {"images": images} if named else images})
    assert np.abs(np.array(rows["predictions"]) - server.logits[:3]).max() < 1e-3
    assert columns == {"outputs": rows["predictions"]}


@pytest.mark.parametrize("keys", [[], ["instances", "inputs"], ["other"], ["Instances"]])
def test_neither_or_both_of_instances_and_inputs_are_refused(server: Server, keys: list[str]) -> None:
    question = dict.fromkeys(keys, server.images[:1].tolist())
    assert server.status(json.dumps(question).encode()) == 400


@pytest.mark.parametrize("names", [[], ["other"], ["Images"]])
def test_inputs_without_the_one_that_the_model_takes_are_refused(server: Server, names: list[str]) -> None:
    question = {"inputs": dict.fromkeys(names, server.images[:1].tolist())}
    assert server.status(json.dumps(question).encode()) == 400


@pytest.mark.parametrize("key", ["instances", "inputs"])
def test_256_rows_are_answered_and_no_more(server: Server, key: str) -> None:
    """Of numbers as long as they may be: the size of a body does not refuse them earlier."""
    row = (server.images[0] + 1 / 3).tolist()
    assert [server.status(json.dumps({key: [row] * rows}).encode()) for rows in (256, 257)] == [200, 400]


def test_version_1_is_the_model(server: Server) -> None:
    ask, version = server.client.ask, f"{server.model}/versions/1"
    assert np.abs(server.client.predict(server.images, version) - server.logits).max() < 1e-3
    assert ask(version) == ask(server.model)
    assert ask(f"{version}/metadata") == ask(f"{server.model}/metadata")


@pytest.mark.parametrize("path", ["", "/metadata", ":predict"])
def test_there_is_no_version_2(server: Server, path: str) -> None:
    question = {"instances": server.images[:1].tolist()} if path == ":predict" else None
    with pytest.raises(server.client.Refused) as refusal:
        server.client.ask(f"{server.model}/versions/2{path}", question)
    assert refusal.value.args[0] == 404


def test_the_metadata_is_the_dtype_and_the_shape_of_each_tensor(server: Server) -> None:
    answer = server.client.ask(f"{server.model}/metadata")
    assert answer["model_spec"] == {"name": server.name, "signature_name": "", "version": "1"}
    signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
    golden = {"inputs": {"images": server.images}, "outputs": {"logits": server.logits}}
    for side, arrays in golden.items():
        assert signature[side].keys() == arrays.keys()
        for name, array in arrays.items():
            assert signature[side][name]["dtype"] == {"float32": "DT_FLOAT"}[array.dtype.name]
            sizes = [dim["size"] for dim in signature[side][name]["tensor_shape"]["dim"]]
            assert sizes == ["-1", *map(str, array.shape[1:])]


def test_with_a_token_all_that_names_the_model_needs_it(start: Callable[..., Server]) -> None:
    server = start(SERVE_TOKEN="secret")
    question = {"instances": server.images[:1].tolist()}
    for version in ("", "/versions/1"):
        for path, body in (("", None), ("/metadata", None), (":predict", question)):
            url = f"{server.model}{version}{path}"
            with pytest.raises(server.client.Refused) as refusal:
                server.client.ask(url, body)
            assert refusal.value.args[0] == 401
            assert server.client.ask(url, body, "secret")


# ── Packed bodies ────────────────────────────────────────────────────────────────────────────────────────────


def packed(server: Server) -> bytes:
    return gzip.compress(json.dumps({"instances": server.images.tolist()}).encode())


def post_gzip(server: Server, body: bytes) -> tuple[int, bytes]:
    return server.post(body, **{"Content-Encoding": "gzip"})


def test_a_body_packed_by_gzip_gets_the_right_numbers(server: Server) -> None:
    status, answer = post_gzip(server, packed(server))
    assert status == 200
    assert np.abs(np.array(json.loads(answer)["predictions"]) - server.logits).max() < 1e-3


@pytest.mark.parametrize("how", ["changed", "half", "without its last byte", "with bytes behind it", "not packed"])
def test_a_body_that_is_not_whole_gzip_is_refused(server: Server, how: str) -> None:
    whole = packed(server)
    half = len(whole) // 2
    spoiled = {
        "changed": whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :],
        "half": whole[:half],
        "without its last byte": whole[:-1],
        "with bytes behind it": whole + b"junk",
        "not packed": gzip.decompress(whole),
    }
    status, answer = post_gzip(server, spoiled[how])
    assert status == 400
    assert b"gzip" in answer


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_a_body_packed_otherwise_is_415(server: Server, encoding: str) -> None:
    assert server.status(packed(server), **{"Content-Encoding": encoding}) == 415


@PYTORCH
def test_a_gzip_bomb_is_not_unpacked(server: Server) -> None:
    """More than is allowed, to see that it is more; and that twice, since the pieces are joined."""
    bomb = gzip.compress(bytes(8 * MOST))
    statuses: list[int] = []
    assert server.growth(lambda: statuses.append(post_gzip(server, bomb)[0])) < 40
    assert statuses == [413]


# ── Bodies that are large ────────────────────────────────────────────────────────────────────────────────────


@PYTORCH
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * (MOST - 1), id="depth"),
        pytest.param(b'{"instances": [' + b"[]," * (MOST // 3 - 9) + b"[]]}", id="empty lists"),
        pytest.param(b'{"instances": [' + b"{}," * (MOST // 3 - 9) + b"{}]}", id="empty objects"),
        pytest.param(b'{"instances": [[[[' + b"0," * (MOST // 2 - 19) + b"0]]]]}", id="zeros"),
        pytest.param(b'{"inputs": {"images": [[[[' + b"0," * (MOST // 2 - 19) + b"0]]]]}}", id="zeros by name"),
    ],
)
def test_a_large_body_of_small_values_is_refused_before_they_take_memory(server: Server, body: bytes) -> None:
    """They would take ten times as much as their text. Others are answered meanwhile."""
    statuses: list[int] = []

    def ask() -> None:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(server.status, body)
            while True:
                assert server.client.ask(f"{server.url}/healthz", seconds=10) == "ok"
                if asked.done():
                    break
        statuses.append(asked.result())

    assert server.growth(ask) < 100
    assert statuses == [400]


@PYTORCH
def test_large_bodies_that_were_refused_are_not_kept(server: Server) -> None:
    """Two at a time are in memory, as they came and as they are read: of twenty, one after the other."""
    statuses: list[int] = []
    body = b" " * MOST
    assert server.growth(lambda: statuses.extend(server.status(body) for _ in range(20))) < 60
    assert statuses == [400] * 20


@PYTORCH
def test_a_body_whose_stated_length_is_too_large_is_not_kept(start: Callable[..., Server]) -> None:
    """By a server that was never asked for more: others have room for one in memory that they do not give back."""
    server = start()
    assert server.answers()
    statuses: list[int] = []
    body = b"9" * (MOST + 1)
    assert server.growth(lambda: statuses.extend(server.status(body) for _ in range(20))) < 8
    assert statuses == [413] * 20


# ── Requests that never come ─────────────────────────────────────────────────────────────────────────────────


@PYTORCH
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param(False, b"", id="silent"),
        pytest.param(False, b"GET /hea", id="half a line"),
        pytest.param(True, b"GET /hea", id="half a line after a request"),
    ],
)
def test_open_connections_do_not_use_up_the_descriptors_for_good(
    start: Callable[..., Server], asked: bool, said: bytes
) -> None:
    """A server with three seconds of patience, instead of thirty, and no more than 256 descriptors."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))"
    server = start(patch=f"{limit}; receive.PATIENCE = 3")
    with contextlib.ExitStack() as opened:
        for _ in range(280):
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            with contextlib.suppress(OSError):  # of those that are too many
                if asked:
                    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    connection.recv(999)
                connection.sendall(said)
        assert not server.ready()
        wait_for(server.ready, 10)


@PYTORCH
def test_connections_that_were_closed_are_not_kept(start: Callable[..., Server]) -> None:
    """Each would take 10 KB while there is patience for it."""
    server = start()
    assert server.answers()
    assert server.growth(lambda: [server.status(b"") for _ in range(1500)]) < 5


@PYTORCH
def test_a_body_that_does_not_come_is_408(start: Callable[..., Server]) -> None:
    server = start(patch="receive.PATIENCE = 1")
    head = f"POST /v1/models/{server.name}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n[["
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(999).startswith(b"HTTP/1.1 408")


@PYTORCH
def test_a_connection_on_which_requests_come_stays_open(start: Callable[..., Server]) -> None:
    """Twice as long as one on which none comes."""
    server = start(patch="receive.PATIENCE = 1")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.connect()
    first = connection.sock
    for _ in range(6):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'"ok"'
        time.sleep(0.4)
    assert connection.sock is first
    connection.close()


# ── For whatever looks after servers ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_head_is_answered_without_a_body(server: Server, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(999), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.partition(b"\r\n\r\n")[2] == b""


@PYTORCH
def test_behind_a_proxy_the_docs_name_the_prefix(start: Callable[..., Server]) -> None:
    """The proxy takes it away from the paths of requests."""
    server = start("--root-path", "/prefix")
    assert server.client.ask(f"{server.url}/openapi.json")["servers"] == [{"url": "/prefix"}]
    with urllib.request.urlopen(f"{server.url}/docs") as page:
        assert "'/prefix/openapi.json'" in page.read().decode()


@PYTORCH
def test_sigterm_ends_an_application_that_runs_elsewhere(project: Project, environment: Path) -> None:
    """In a server that left the signal as it was: there is nothing to call a little later."""
    code = f"""
import asyncio, os, signal
from {project.package}.serve import create_app

async def live(application):
    async with application.router.lifespan_context(application):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(5)

asyncio.run(live(create_app()))
"""
    assert project.machine.run([environment, "-c", code], project.path).code == -signal.SIGTERM
