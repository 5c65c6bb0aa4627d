"""Texts: tokens a second of each loop, how much of a batch is filled up, and a server that is asked by text or by ids.

    nox -s benchmarks
    python benchmarks/texts.py --quick   # once, PyTorch alone: it proves that this program works

What is compared takes turns in one process; ratios are medians over the rounds. About 5 minutes on 2 cores.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

from projects import environment, make, run, verb
from serving import running

HERE = Path(__file__).parent
NAME = "texts_pytorch"
TARGETS = {"bare": 0.95, "Trainer": 1.0}
BY_TEXT, MOST_FILLED = 0.8, 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see whether this program still works")
    quick = parser.parse_args().quick
    rounds, seconds = (1, 0.5) if quick else (5, 4.0)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, no GPU used.\n")
    print("## Texts\n\n| loop | tokens a second of CPU time | ÷ generated loop |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder, task = Path(name), ["--data", "task=text-classification"]
        project = make(folder, "texts-pytorch", *task)
        python = environment(project, "train,export,serve", "transformers", "accelerate")
        found = measured([python, HERE / "text_loops.py", project, str(rounds)], folder, "PyTorch")
        if not quick:
            other = make(folder, "texts-tensorflow", "--framework", "tensorflow", *task)
            measured([environment(other), HERE / "text_fit.py", other, str(rounds)], folder, "TensorFlow")
        met = "met" if found["filled"] <= MOST_FILLED else "**missed**"
        print(f"\nFilled up, of all places in the batches: {found['filled']:.1%} (≤ {MOST_FILLED:.0%}: {met}).")
        verb(project, "train", "smoke")
        verb(project, "export")
        by_text(project, python, rounds, seconds)


def measured(command: list[str | Path], folder: Path, framework: str) -> dict:
    found = json.loads(run(command, folder).splitlines()[-1])
    for loop, rate in found["rates"].items():
        ratio, target = found["ratios"].get(loop), TARGETS.get(loop)
        verdict = f" (≥ {target}: {'met' if ratio >= target else '**missed**'})" if ratio and target else ""
        print(f"| {framework}, {loop} | {rate:,.0f} | {f'{ratio:.2f}' if ratio else ''}{verdict} |")
    return found


def by_text(project: Path, python: Path, rounds: int, seconds: float) -> None:
    """One client, one connection that stays open, the same sentence either way."""
    text = "Please enter a valid e-mail address, or leave this field empty."
    encode = f"from {NAME}.artifacts import read; print(read().task.encode([{text!r}])[0].ids)"
    ids = json.loads(run([python, "-c", encode], project).splitlines()[-1])
    rows = json.dumps({"instances": [{"ids": ids, "mask": [1] * len(ids)}]})
    asked = {"text": ("/predict", text.encode()), "ids": (f"/v1/models/{NAME}:predict", rows.encode())}
    rates: dict[str, list[float]] = {kind: [] for kind in asked}
    with running([python, "-m", NAME, "serve", "--port", "8765"], project):
        for number in range(rounds + 1):
            for kind, question in asked.items():
                rate = asyncio.run(ask(*question, seconds))
                rates[kind] += [rate] if number else []  # the first warms up
    ratio = statistics.median(text / ids for text, ids in zip(rates["text"], rates["ids"], strict=True))
    median = {kind: statistics.median(found) for kind, found in rates.items()}
    met = "met" if ratio >= BY_TEXT else "**missed**"
    print(f"\nThe embedded server answers {median['text']:,.0f} texts a second, and {median['ids']:,.0f} by their ids:")
    print(f"{ratio:.2f} (≥ {BY_TEXT}: {met}). n = {rounds} rounds.")


async def ask(path: str, body: bytes, seconds: float) -> float:
    """Answers a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", 8765)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert answer.startswith(b"http/1.1 200"), answer
        await reader.readexactly(int(answer.partition(b"content-length: ")[2].split()[0]))
        count += 1
    writer.close()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
