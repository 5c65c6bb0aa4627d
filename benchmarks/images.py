"""Photographs from their files to the model: images a second, time to the first step, a step, memory.

    nox -s benchmarks
    python benchmarks/images.py PROJECT PYTHON TENSORFLOW   # a project of PyTorch and two environments that exist

Makes 5,000 JPEGs of 500x375 from the photographs of scikit-image and scikit-learn, and measures the generated project
beside a bare decoder, torchvision's ImageFolder and Keras' image_dataset_from_directory. What is compared takes turns,
each in a process of its own on all CPUs; ratios are medians over the rounds. About 15 minutes on 2 cores; with --quick,
once, with 80 images, without torchvision and Keras.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from projects import environment, make, run

HERE = Path(__file__).parent
Command = list[str | Path]
PLAIN = "no augmentation"
COMPARED = {
    ("ours, first epoch", "bare decoder"): 0.9,
    ("ours, first epoch", "ImageFolder, crop and flip"): 1.2,
    ("ours, ten epochs", "ImageFolder, crop and flip"): 1.2,
    (f"ours, {PLAIN}, first epoch", f"ImageFolder, {PLAIN}"): 1.2,
    (f"ours, {PLAIN}, ten epochs", f"ImageFolder, {PLAIN}"): 1.2,
    (f"ours, {PLAIN}, first epoch", f"Keras, {PLAIN}"): 1.2,
    (f"ours, {PLAIN}, ten epochs", f"Keras, {PLAIN}"): 1.2,
}
"""The least that the one is to be of the other."""

EPOCHS = 10  # of a training, unless it is told another number

PHOTOGRAPHS = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_images
photographs = [*load_sample_images().images, data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
photographs, rng = [Image.fromarray(each) for each in photographs], np.random.default_rng(0)
for number in range(int(sys.argv[2])):
    image = photographs[number % len(photographs)]
    width = rng.uniform(0.5, 0.95) * min(image.width, image.height * 4 / 3)
    left, top = rng.uniform(0, image.width - width), rng.uniform(0, image.height - width * 3 / 4)
    box = (left, top, left + width, top + width * 3 / 4)
    pixels = np.asarray(image.resize((500, 375), Image.Resampling.BICUBIC, box)).astype(np.float32)
    pixels += 6 * rng.standard_normal((375, 500, 1), np.float32)
    file = Path(sys.argv[1], f"class{number % 10}", f"{number}.jpg")
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, quality=87)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see whether this program still works")
    parser.add_argument("--images", type=int, help="how many, instead of 5,000")
    parser.add_argument("--rounds", type=int, help="how often, instead of 5 times")
    parser.add_argument("existing", nargs="*", help="PROJECT PYTHON TENSORFLOW, instead of new ones")
    options = parser.parse_args()
    count, rounds = (80, 1) if options.quick else (options.images or 5000, options.rounds or 5)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, no GPU used.\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, python, tensorflow = options.existing or new(folder, options.quick)
        run([python, "-c", PHOTOGRAPHS, folder / "all", str(count)], folder)
        sizes = [file.stat().st_size for file in (folder / "all").rglob("*.jpg")]
        print(f"{count:,} JPEGs of 500x375, of {statistics.mean(sizes) / 1000:.0f} kB.\n")
        command = [python, HERE / "image_loaders.py", Path(project).absolute()]
        rates(command, [tensorflow, *command[1:]], folder, rounds, options.quick)
        first_steps(command, folder, count, rounds)
        fine_tuning([python, HERE / "fine_tuning.py", Path(project).absolute()], folder, rounds)
        memory(command, folder, count, 1 if options.quick else 10)


def new(folder: Path, quick: bool) -> tuple[Path, Path, Path]:
    project = make(folder, "photographs", "--data", "start=pretrained")
    frameworks = [] if quick else ["torchvision", "tensorflow-cpu"]
    python = environment(project, "train", "scikit-image", *frameworks)
    return project, python, python


def measured(command: Command, folder: Path, images: Path, loader: str) -> list[dict]:
    output = run([*command, images, loader], folder)
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def rates(command: Command, with_keras: Command, folder: Path, rounds: int, quick: bool) -> None:
    found = defaultdict(list)
    loaders = ["ours", "ours plain", "bare", *([] if quick else ["folder", "folder plain", "keras"])]
    for number in range(rounds):
        for loader in loaders if number % 2 else reversed(loaders):
            program = with_keras if loader == "keras" else command
            for row in measured(program, folder, folder / "all", loader):
                found[row["loader"]].append(row)
    for ours in ("ours", f"ours, {PLAIN}"):
        for first, cached in zip(found[f"{ours}, first epoch"], found[f"{ours}, cached"], strict=True):
            ten = {key: EPOCHS / (1 / first[key] + (EPOCHS - 1) / cached[key]) for key in ("rate", "cpu_rate")}
            found[f"{ours}, ten epochs"].append(ten)
    print("## Images a second\n\n| loader | images a second, median | lowest, highest | CPU time of an image |")
    print("|---|---|---|---|")
    for name, rows in found.items():
        rate = sorted(row["rate"] for row in rows)
        cpu = 1000 / statistics.median(row["cpu_rate"] for row in rows)
        print(f"| {name} | {statistics.median(rate):,.0f} | {rate[0]:,.0f}, {rate[-1]:,.0f} | {cpu:.2f} ms |")
    print("\n| speed, median of the rounds | by the clock | by CPU time | target |\n|---|---|---|---|")
    for (one, other), target in COMPARED.items():
        pairs = list(zip(found[one], found[other], strict=True)) if other in found else []
        ratios = [statistics.median(a[key] / b[key] for a, b in pairs) for key in ("rate", "cpu_rate") if pairs]
        if ratios:
            verdict = "met" if ratios[0] >= target else "**missed**"
            print(f"| {one} ÷ {other} | {ratios[0]:.2f} | {ratios[1]:.2f} | ≥ {target}: {verdict} |")
    print(f"\nn = {rounds} rounds.\n", flush=True)


def first_steps(command: Command, folder: Path, count: int, rounds: int) -> None:
    """A tenth of the images, a hundredth, and all."""
    print("## From `train` to the first step\n\n| images | seconds, median |\n|---|---|")
    files = sorted((folder / "all").rglob("*.jpg"), key=lambda file: int(file.stem))
    seconds = {}
    for many in sorted({max(count // 100, 20), max(count // 10, 20), count}):
        subset = linked(folder / f"few{many}", files[:many], classes=2)
        rows = [measured(command, folder, subset, "first step")[0] for _ in range(rounds)]
        seconds[many] = statistics.median(row["seconds"] for row in rows)
        print(f"| {many:,} | {seconds[many]:.2f} |")
    more = seconds[max(seconds)] - seconds[min(seconds)]
    print(
        f"\nAll, rather than the fewest: {more:.2f} s more (≤ 3 s: {'met' if more <= 3 else '**missed**'}).\n",
        flush=True,
    )


def fine_tuning(command: Command, folder: Path, rounds: int) -> None:
    print("## A step that trains all of ResNet-18\n\n| loop | CPU time of a step |\n|---|---|")
    found = json.loads(run([*command, str(rounds)], folder).splitlines()[-1])
    for loop in ("bare", "generated"):
        print(f"| {loop} | {1000 * found[loop]:,.0f} ms |")
    verdict = "met" if found["speed"] >= 0.97 else "**missed**"
    print(f"\nGenerated ÷ bare, speed: {found['speed']:.2f} (≥ 0.97: {verdict}). n = {found['n']}.\n", flush=True)


def memory(command: Command, folder: Path, count: int, times: int) -> None:
    print("## Resident memory\n\n| images | the list of files | an epoch with a cache of 256 MiB |\n|---|---|---|")
    files = sorted((folder / "all").rglob("*.jpg")) * times
    for subset in (folder / "all", linked(folder / "many", files, classes=10)):
        [row] = measured(command, folder, subset, "memory")
        print(f"| {row['images']:,} | {row['list']:.0f} MiB | {row['epoch']:.0f} MiB |", flush=True)


def linked(folder: Path, files: list[Path], classes: int) -> Path:
    """A folder of hard links to files, in so many classes."""
    for number, file in enumerate(files):
        link = folder / f"class{number % classes}" / f"{number}.jpg"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.hardlink_to(file)
    return folder


if __name__ == "__main__":
    main()
