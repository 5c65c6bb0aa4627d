"""No cliff on a busy machine: training and answering as they are, beside one thread, while others use the CPUs too.

    python busy.py             # makes projects in a temporary folder; prints Markdown. About 25 minutes on 2 cores
    python busy.py --quick     # an epoch in PyTorch beside one process, once, which proves that this program works

Others are processes that never wait, or a control group with a quota, as of `docker run --cpus`. Training takes turns
in processes of its own, whose first epoch does not count; the server's runtime takes turns in one process.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

ROUNDS, SECONDS = 3, 0.5
TARGET = 1.3
"""The most that something may take as it is, as a multiple of one thread."""

ONE_THREAD = {
    "pytorch": {"OMP_NUM_THREADS": "1"},
    "tensorflow": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
}
RUNTIME = {"pytorch": "ONNX Runtime", "tensorflow": "LiteRT"}
NAMES = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}

# with its parent, however that ends, it ends
SPIN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): sum(range(10**6))"
CGROUPS = Path("/sys/fs/cgroup")
Command = list[str | Path]
Times = list[tuple[float, float]]
"""Seconds as it is, and by one thread, of each round."""


@contextmanager
def busy(count: int) -> Iterator[Command]:
    """Processes that never wait."""
    with ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", SPIN, str(os.getpid())]))
            stack.callback(process.kill)  # before Popen waits for it
        yield []


@contextmanager
def quota(cpus: float) -> Iterator[Command]:
    """What a command begins with to run in a new control group. OSError where none can be made."""
    period = 100_000  # microseconds
    version1 = CGROUPS / "cpu"
    group = (version1 if version1.exists() else CGROUPS) / f"fwnew-{os.getpid()}"
    group.mkdir()
    try:
        if version1.exists():
            (group / "cpu.cfs_period_us").write_text(str(period))
            (group / "cpu.cfs_quota_us").write_text(f"{cpus * period:.0f}")
        else:
            (group / "cpu.max").write_text(f"{cpus * period:.0f} {period}")
        yield ["sh", "-c", 'echo $$ > "$0" && exec "$@"', group / "cgroup.procs"]
    finally:
        group.rmdir()


BESIDE: dict[str, Callable[[], AbstractContextManager[Command]]] = {
    "nothing": partial(busy, 0),
    "1 busy process": partial(busy, 1),
    "3 busy processes": partial(busy, 3),
    "a quota of half a CPU": partial(quota, 0.5),
    "a quota of one CPU": partial(quota, 1),
}


def main() -> None:
    from projects import environment, make, verb

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see whether this program still works")
    quick = parser.parse_args().quick
    for name in ("OMP_WAIT_POLICY", *(name for names in ONE_THREAD.values() for name in names)):
        os.environ.pop(name, None)  # or nothing would run as it is
    rounds, frameworks = (1, ["pytorch"]) if quick else (ROUNDS, list(NAMES))
    beside = ["1 busy process"] if quick else list(BESIDE)
    print("## A busy machine\n")
    print("| work | beside | as it is | one thread | ratio (of the rounds) | target |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for framework in frameworks:
            project = make(Path(folder), f"{framework}-demo", "--framework", framework)
            environment(project, "train,export")
            train = partial(training, project, ONE_THREAD[framework], rounds)
            table(f"an epoch, {NAMES[framework]}", beside, partial(train, ["--epochs", "2" if quick else "5"]))
            if quick:
                break
            verb(project, "export")
            for rows in (1, 64):
                what = f"a prediction of {rows}, {RUNTIME[framework]}"
                table(what, beside, partial(answering, project, rounds, rows))
            if framework == "pytorch":  # large enough for all threads
                wide = partial(train, ["--epochs", "3", "--channels", "128"])
                table("an epoch, PyTorch, 128 channels", ["nothing", "3 busy processes"], wide)
            shutil.rmtree(project)
    print(f"\nMedians of n = {rounds} in turns, on {os.cpu_count()} cores ({platform.machine()}).")


def table(work: str, beside: Sequence[str], measure: Callable[[Command], Times]) -> None:
    """Prints a row of the table for everything that the work is done beside."""
    for name in beside:
        with ExitStack() as stack:
            try:
                begin = stack.enter_context(BESIDE[name]())
            except OSError:
                print(f"| {work} | {name} | not run here | | | |")
                continue
            pairs = measure(begin)
        times = " | ".join(written(statistics.median(all_)) for all_ in zip(*pairs, strict=True))
        ratios = [as_it_is / one_thread for as_it_is, one_thread in pairs]  # what comes and goes meets both of a pair
        ratio = statistics.median(ratios)
        met = "met" if ratio <= TARGET else "**missed**"
        found = f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {work} | {name} | {times} | {found} | ≤ {TARGET}: {met} |", flush=True)


def written(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{1000 * seconds:.3g} ms"


def training(project: Path, one_thread: dict[str, str], rounds: int, settings: Sequence[str], begin: Command) -> Times:
    """Seconds of an epoch: the median of each run, without its first epoch."""
    from projects import run

    folder = project / "runs" / "busy"
    verb = [*begin, project / ".venv" / "bin" / "python", "-m", project.name.replace("-", "_"), "train"]

    def epoch(**environment: str) -> float:
        shutil.rmtree(folder, ignore_errors=True)
        run([*verb, "--name", folder.name, *settings], project, **environment)
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        return statistics.median(json.loads(line)["seconds"] for line in lines[1:])

    return [(epoch(), epoch(**one_thread)) for _ in range(rounds)]


def answering(project: Path, rounds: int, rows: int, begin: Command) -> Times:
    """Seconds of a prediction, from a process of the project's environment."""
    from projects import run

    python, package = project / ".venv" / "bin" / "python", project.name.replace("-", "_")
    command = [*begin, python, Path(__file__).resolve(), "answer", package, str(rows), str(rounds)]
    return json.loads(run(command, project))


def answer(name: str, rows: int, rounds: int) -> Times:
    """Seconds of a prediction by the project's own `load`, and by a session with one thread."""
    package = import_module(f"{name}.artifacts").read()
    [artifact] = package.manifest["artifacts"]
    inputs = {tensor: array[:rows] for tensor, array in package.golden()[0].items()}
    as_it_is, one_thread = partial(package.load(artifact), inputs), single(package.path(artifact), inputs)
    for predict in (as_it_is, one_thread):
        predict()  # the first does not count
    return [(each(as_it_is), each(one_thread)) for _ in range(rounds)]


def single(path: Path, inputs: dict[str, Any]) -> Callable[[], Any]:
    """A prediction by one thread."""
    if path.suffix == ".onnx":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return partial(session.run, None, inputs)
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    return partial(interpreter.get_signature_runner(), **inputs)


def each(predict: Callable[[], Any]) -> float:
    """Seconds of a prediction, of many in a row: among single ones, the median would hide those that had to wait."""
    started, number = time.perf_counter(), 0
    while time.perf_counter() < started + SECONDS:
        predict()
        number += 1
    return (time.perf_counter() - started) / number


if __name__ == "__main__":
    if sys.argv[1:2] == ["answer"]:
        print(json.dumps(answer(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
    else:
        main()
