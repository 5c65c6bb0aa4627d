"""The generated servers beside a bare ONNX Runtime loop: the same model, the same image, in turns.

    python serving.py             # makes a project in a temporary folder; prints Markdown. About 5 minutes on 2 cores

A client sends one image at a time over a connection that it keeps, and waits for the answer. In the bare loop a client
is a thread that calls the session: no HTTP, no JSON, no checks. TorchServe, which needs Java, answers from the same
ONNX file by the generated handler.
"""

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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROUNDS, SECONDS = 3, 4.0
CLIENTS = (1, 8, 32)
NAME = "serving_demo"
TARGET = 3.0
"""How many times TorchServe's requests a second the embedded server should answer."""


def main() -> None:
    from projects import make, run
    from uv import find_uv_bin

    print("## Servers\n")
    with tempfile.TemporaryDirectory() as name:
        serving = ["embedded", *(["torchserve"] if shutil.which("java") else [])]
        project = make(Path(name), "serving-demo", "--smoke", "--data", f"serving={','.join(serving)}")
        uv, served, bare = find_uv_bin(), project / "served", project / "bare"
        for folder, what in ((served, [".[serve]"]), (bare, ["onnxruntime", "numpy"])):
            run([uv, "venv", "--python", sys.executable, folder], project)
            run([uv, "pip", "install", "--python", folder / "bin" / "python", *what, "-c", "constraints.txt"], project)
        environments = {"embedded": served, "embedded, 2 workers": served, "bare loop": bare}
        if "torchserve" in serving:
            environments["TorchServe"] = project / ".venv"
            run([project / ".venv" / "bin" / "python", "-m", NAME, "archive"], project)
        rows: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for _ in range(ROUNDS):
            for clients in CLIENTS:
                for loop, environment in environments.items():
                    rows.setdefault((loop, clients), []).append(measured(loop, environment / "bin", project, clients))
        print("| loop | clients | requests a second | p50 | p99 | CPU time of a request | memory | installed |")
        print("|---|---|---|---|---|---|---|---|")
        for (loop, clients), found in rows.items():
            row = {key: statistics.median(one[key] for one in found) for key in found[0]}
            size = sum(file.stat().st_size for file in environments[loop].rglob("*") if file.is_file())
            print(
                f"| {loop} | {clients} | {row['rate']:,.0f} | {row['p50']:.2f} ms | {row['p99']:.2f} ms "
                f"| {row['cpu']:.0f} µs | {row['mib']:.0f} MiB | {size / 1e6:.0f} MB |"
            )
        for clients in CLIENTS if "torchserve" in serving else ():
            of_both = [
                statistics.median(one["rate"] for one in rows[loop, clients]) for loop in ("embedded", "TorchServe")
            ]
            ratio = of_both[0] / of_both[1]
            met = "met" if ratio >= TARGET else "**missed**"
            print(f"\nEmbedded ÷ TorchServe, {clients} clients: {ratio:.1f} (≥ {TARGET:.0f}: {met}).")
        print(
            f"\nMedians of {ROUNDS} rounds of {SECONDS:.0f} s each, in turns, on {os.cpu_count()} cores "
            f"({platform.machine()})."
        )


def measured(loop: str, programs: Path, project: Path, clients: int) -> dict[str, float]:
    if loop == "bare loop":
        command = [programs / "python", __file__, "bare", project / "artifacts", str(clients)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    started = (
        torchserve(programs, project)
        if loop == "TorchServe"
        else embedded(programs, project, "2" if "2" in loop else "1")
    )
    with started as (pid, port, token):
        command = [sys.executable, __file__, "ask", project / "artifacts", str(clients), str(port), token]
        subprocess.run(command, check=True, capture_output=True)  # the first requests do not count
        before = used(pid)
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        after = used(pid)
        return found | {"cpu": 1e6 * (after[0] - before[0]) / found.pop("n"), "mib": after[1]}


@contextmanager
def embedded(programs: Path, project: Path, workers: str) -> Iterator[tuple[int, int, str]]:
    """The process, port and token of a server."""
    command = [programs / "python", "-m", NAME, "serve", "--port", "8765", "--workers", workers]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.DEVNULL) as process:
        time.sleep(6)  # long enough for every worker
        yield process.pid, 8765, ""
        process.terminate()


@contextmanager
def torchserve(programs: Path, project: Path) -> Iterator[tuple[int, int, str]]:
    """As it is generated: one worker."""
    folder, path = project / "torchserve", {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    command = ["torchserve", "--start", "--ncs", "--ts-config", "config.properties"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": path, "cwd": folder}
    subprocess.run(command, check=True, **quiet)
    time.sleep(12)
    pid = int(Path(tempfile.gettempdir(), ".model_server.pid").read_text())
    yield pid, 8080, json.loads((folder / "key_file.json").read_text())["inference"]["key"]
    subprocess.run(["torchserve", "--stop"], check=True, **quiet)
    time.sleep(3)


def used(pid: int) -> tuple[float, float]:
    """CPU seconds and resident MiB of a process and its children, whichever thread began them."""
    children = [one for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]
    seconds, mib = 0.0, 0.0
    for one in (str(pid), *children):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        mib += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return seconds, mib


def summary(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return {"n": len(ordered), "rate": len(ordered) / SECONDS, "p50": 1e3 * middle, "p99": 1e3 * late}


def ask(artifacts: Path, clients: int, port: int, token: str) -> dict[str, float]:
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
        end = time.perf_counter() + SECONDS
        await asyncio.gather(*(client(end) for _ in range(clients)))

    asyncio.run(all_())
    return summary(taken)


def bare(artifacts: Path, clients: int) -> dict[str, float]:
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

    end = time.perf_counter() + SECONDS
    before = used(os.getpid())[0]
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = used(os.getpid())
    found = summary(taken)
    return found | {"cpu": 1e6 * (after[0] - before) / found.pop("n"), "mib": after[1]}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        kind, artifacts, clients, *server = sys.argv[1:]
        if kind == "ask":
            print(json.dumps(ask(Path(artifacts), int(clients), int(server[0]), server[1])))
        else:
            print(json.dumps(bare(Path(artifacts), int(clients))))
    else:
        main()
