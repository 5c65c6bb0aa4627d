"""The generated servers beside a bare ONNX Runtime loop: the same model, the same image, in turns.

    python serving.py             # makes a project in a temporary folder; prints Markdown. About 5 minutes on 2 cores
    python serving.py --quick     # one client for a moment: half a minute, which proves that this program works

A client sends one image at a time over a connection that it keeps, and waits for the answer. In the bare loop a client
is a thread that calls the session: no HTTP, no JSON, no checks. Bare FastAPI is the shortest application that answers
the same request: no checks, no metrics, no thread. TorchServe, which needs Java, answers from the same ONNX file by the
generated handler.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROUNDS, SECONDS, CLIENTS = 3, 4.0, (1, 8, 32)
QUICK_ROUNDS, QUICK_SECONDS, QUICK_CLIENTS = 1, 0.3, (1,)
NAME = "serving_demo"
TARGETS = {"TorchServe": 1.5, "bare FastAPI": 0.9}
"""How many times the requests a second of each the embedded server should answer."""
BARE_FASTAPI = f"""
import numpy as np
import onnxruntime
from fastapi import FastAPI, Request

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession("artifacts/model.onnx", options, providers=["CPUExecutionProvider"])
app = FastAPI()


@app.post("/v1/models/{NAME}:predict")
async def predict(request: Request) -> dict[str, list[list[float]]]:
    rows = np.asarray((await request.json())["instances"], np.float32)
    [logits] = session.run(None, {{"images": rows}})
    return {{"predictions": logits.tolist()}}


@app.get("/readyz")
async def ready() -> str:
    return "ok"
"""


def main() -> None:
    from projects import environment, make, run, verb
    from uv import find_uv_bin

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see whether this program still works")
    quick = parser.parse_args().quick
    rounds, seconds, counts = (QUICK_ROUNDS, QUICK_SECONDS, QUICK_CLIENTS) if quick else (ROUNDS, SECONDS, CLIENTS)
    print("## Servers\n")
    with tempfile.TemporaryDirectory() as name:
        serving = ["embedded", *(["torchserve"] if shutil.which("java") else [])]
        project = make(Path(name), "serving-demo", "--data", f"serving={','.join(serving)}")
        environment(project, ",".join(["train", "export", *serving[1:]]))
        verb(project, "train", "smoke")
        verb(project, "export")
        uv, served, bare = find_uv_bin(), project / "served", project / "bare"
        for folder, what in ((served, [".[serve]"]), (bare, ["onnxruntime", "numpy"])):
            run([uv, "venv", "--python", sys.executable, folder], project)
            run([uv, "pip", "install", "--python", folder / "bin" / "python", *what, "-c", "constraints.txt"], project)
        environments = {"embedded": served, "embedded, 2 workers": served, "bare FastAPI": served, "bare loop": bare}
        (project / "bare_fastapi.py").write_text(BARE_FASTAPI, "utf-8")
        if "torchserve" in serving:
            environments["TorchServe"] = project / ".venv"
            verb(project, "archive")
        rows: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for _ in range(rounds):
            for clients in counts:
                for loop, folder in environments.items():
                    found = measured(loop, folder / "bin", project, clients, seconds)
                    rows.setdefault((loop, clients), []).append(found)
        print("| loop | clients | requests a second | p50 | p99 | CPU time of a request | memory | installed |")
        print("|---|---|---|---|---|---|---|---|")
        for (loop, clients), all_ in rows.items():
            row = {key: statistics.median(one[key] for one in all_) for key in all_[0]}
            size = sum(file.stat().st_size for file in environments[loop].rglob("*") if file.is_file())
            print(
                f"| {loop} | {clients} | {row['rate']:,.0f} | {row['p50']:.2f} ms | {row['p99']:.2f} ms "
                f"| {row['cpu']:.0f} µs | {row['mib']:.0f} MiB | {size / 1e6:.0f} MB |"
            )
        for loop, target in TARGETS.items():
            for clients in counts if loop in environments else ():
                ratio = rate(rows["embedded", clients]) / rate(rows[loop, clients])
                met = "met" if ratio >= target else "**missed**"
                print(f"\nEmbedded ÷ {loop}, {clients} clients: {ratio:.2f} (≥ {target}: {met}).")
        print(
            f"\nMedians of {rounds} rounds of {seconds:g} s each, in turns, on {os.cpu_count()} cores "
            f"({platform.machine()})."
        )


def rate(rounds: list[dict[str, Any]]) -> float:
    return statistics.median(one["rate"] for one in rounds)


def measured(loop: str, programs: Path, project: Path, clients: int, seconds: float) -> dict[str, float]:
    asked = [project / "artifacts", str(clients), str(seconds)]
    if loop == "bare loop":
        command = [programs / "python", __file__, "bare", *asked]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    if loop == "TorchServe":
        started = torchserve(programs, project)
    elif loop == "bare FastAPI":
        started = running([programs / "uvicorn", "bare_fastapi:app", "--port", "8765", "--no-access-log"], project)
    else:
        options = ["serve", "--port", "8765", "--workers", "2" if "2" in loop else "1"]
        started = running([programs / "python", "-m", NAME, *options], project)
    with started as (pid, port, token):
        command = [programs / "python", __file__, "ask", *asked, str(port), token]
        subprocess.run(command, check=True, stdout=subprocess.PIPE)  # the first requests do not count
        before = used(pid)
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        after = used(pid)
        return found | {"cpu": 1e6 * (after[0] - before[0]) / found.pop("n"), "mib": after[1]}


@contextmanager
def running(command: list[str | Path], project: Path) -> Iterator[tuple[int, int, str]]:
    """The process, port and token of a server on port 8765."""
    with subprocess.Popen(command, cwd=project, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: answers("http://127.0.0.1:8765/readyz"))
            yield process.pid, 8765, ""
        finally:
            process.terminate()


@contextmanager
def torchserve(programs: Path, project: Path) -> Iterator[tuple[int, int, str]]:
    """As it is generated: one worker."""
    folder, path = project / "torchserve", {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    command = ["torchserve", "--start", "--ncs", "--ts-config", "config.properties"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": path, "cwd": folder}
    subprocess.run(command, check=True, **quiet)
    pid = int(Path(tempfile.gettempdir(), ".model_server.pid").read_text())
    try:
        until(lambda: answers("http://127.0.0.1:8080/ping", token_of(folder)))
        yield pid, 8080, token_of(folder)
    finally:
        subprocess.run(["torchserve", "--stop"], check=True, **quiet)
        until(lambda: not Path(f"/proc/{pid}").exists())


def until(happened: Callable[[], bool]) -> None:
    """Wait for it. Raises TimeoutError after a minute."""
    end = time.monotonic() + 60
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("a server did not begin, or did not end, within a minute")
        time.sleep(0.1)


def token_of(folder: Path) -> str:
    """What TorchServe asks for, as far as it has written it."""
    try:
        return json.loads((folder / "key_file.json").read_text())["inference"]["key"]
    except (OSError, ValueError):
        return ""


def answers(url: str, token: str = "") -> bool:
    """Whether a server is ready to predict."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return b"Unhealthy" not in answer.read()
    except OSError:
        return False


def used(pid: int) -> tuple[float, float]:
    """CPU seconds and resident MiB of a process and its children, whichever thread began them."""
    children = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            children += (task / "children").read_text().split()
    seconds, mib = 0.0, 0.0
    for one in (str(pid), *children):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        mib += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return seconds, mib


def summary(taken: list[float], seconds: float) -> dict[str, float]:
    ordered = sorted(taken)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return {"n": len(ordered), "rate": len(ordered) / seconds, "p50": 1e3 * middle, "p99": 1e3 * late}


def ask(artifacts: Path, clients: int, seconds: float, port: int, token: str) -> dict[str, float]:
    """The load: so many connections of one event loop."""
    import numpy as np

    with np.load(artifacts / "golden.npz") as golden:
        body = json.dumps({"instances": golden["images"][:1].tolist()}).encode()
    head = f"POST /v1/models/{NAME}:predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    taken: list[float] = []

    async def client(end: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (started := time.perf_counter()) < end:
            writer.write(head.encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert answer.startswith(b"http/1.1 200"), answer
            await reader.readexactly(int(answer.partition(b"content-length: ")[2].split()[0]))
            taken.append(time.perf_counter() - started)

    async def all_() -> None:
        end = time.perf_counter() + seconds
        await asyncio.gather(*(client(end) for _ in range(clients)))

    asyncio.run(all_())
    return summary(taken, seconds)


def bare(artifacts: Path, clients: int, seconds: float) -> dict[str, float]:
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(artifacts / "model.onnx", providers=["CPUExecutionProvider"])
    with np.load(artifacts / "golden.npz") as golden:
        image = {"images": golden["images"][:1]}
    taken: list[float] = []

    def client() -> None:
        while (started := time.perf_counter()) < end:
            session.run(["logits"], image)
            taken.append(time.perf_counter() - started)

    end = time.perf_counter() + seconds
    before = used(os.getpid())[0]
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = used(os.getpid())
    found = summary(taken, seconds)
    return found | {"cpu": 1e6 * (after[0] - before) / found.pop("n"), "mib": after[1]}


if __name__ == "__main__":
    if sys.argv[1:2] in (["ask"], ["bare"]):
        kind, artifacts, clients, seconds, *server = sys.argv[1:]
        asked = (Path(artifacts), int(clients), float(seconds))
        print(json.dumps(ask(*asked, int(server[0]), server[1]) if kind == "ask" else bare(*asked)))
    else:
        main()
