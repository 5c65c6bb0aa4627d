"""Images a second from JPEG files to batches, by one loader; and what a training costs before its first step.

    python image_loaders.py PROJECT FOLDER LOADER   # a generated project of PyTorch, a folder of images; prints JSON

Runs in an environment that has the frameworks; `images.py` calls it, each time in a process of its own. Batches are of
64 images of 224x224, as uint8 (Keras: float32). Nothing is done with them.
"""

import json
import os
import resource
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
KEPT: list[Any] = []
SIDE, LARGER, BATCH, CPUS = 224, 256, 64, len(os.sched_getaffinity(0))


def module(project: Path, name: str) -> Any:
    sys.path.append(str(project / "src"))
    return import_module(f"{next((project / 'src').iterdir()).name}.{name}")


def timed(loader: str, files: int, batches: Callable[[], Iterable[Any]]) -> None:
    """Print how many images come from one pass, a second and a second of CPU time, that of its processes, too."""
    started, before = time.perf_counter(), sum(os.times()[:4])
    for _ in batches():
        pass
    seconds, cpu = time.perf_counter() - started, sum(os.times()[:4]) - before
    print(json.dumps({"loader": loader, "rate": files / seconds, "cpu_rate": files / cpu}))


def batches(project: Path, folder: Path, **options: Any) -> Any:
    """The project's own batches, of a whole folder."""
    import torch

    samples = module(project, "samples").read(folder)
    settings = {"data_dir": folder, "batch_size": BATCH, "augment": "crop", "flip": True, "cache_gib": 8.0, **options}
    task = module(project, "task").Task(samples.labels, (SIDE, SIDE, 3), "crop")
    config = module(project, "config").Config(**settings)
    return module(project, "data").batches(samples, task, config, torch.device("cpu"), train=True)


def ours(project: Path, folder: Path, augment: bool = True) -> None:
    found = batches(project, folder) if augment else batches(project, folder, augment="none", flip=False)
    of = "" if augment else ", no augmentation"
    for epoch in ("first epoch", "cached"):
        timed(f"ours{of}, {epoch}", found.size, lambda: found)


def decode(file: Path) -> int:
    with Image.open(file) as opened:
        image = opened.convert("RGB")
    share = LARGER / min(image.size)
    image = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BILINEAR)
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    return len(np.asarray(image.crop((left, top, left + SIDE, top + SIDE))))


def bare(project: Path, folder: Path) -> None:
    """Processes that decode, and hand nothing on."""
    files = sorted(folder.rglob("*.jpg"))

    def decoded() -> Iterator[int]:
        with Pool(CPUS) as pool:
            yield from pool.imap_unordered(decode, files, 16)
            pool.close()
            pool.join()

    timed("bare decoder", len(files), decoded)


def add_missing_operations() -> None:
    """Some builds of torchvision lack these two, and cannot be imported without them."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    KEPT.append(library)  # without a reference its operations go
    if not hasattr(torch.ops.torchvision, "nms"):
        for name in ("nms(Tensor a, Tensor b, float c) -> Tensor", "qnms(Tensor a, Tensor b, float c) -> Tensor"):
            library.define(name)


def image_folder(project: Path, folder: Path, augment: bool = True) -> None:
    import torch

    add_missing_operations()
    from torchvision import datasets, transforms

    changes = [transforms.RandomResizedCrop(SIDE, (0.35, 1)), transforms.RandomHorizontalFlip()]
    plain = [transforms.Resize(LARGER), transforms.CenterCrop(SIDE)]
    steps = [*(changes if augment else plain), transforms.PILToTensor()]
    images = datasets.ImageFolder(folder, transforms.Compose(steps))
    loader = torch.utils.data.DataLoader(images, BATCH, shuffle=augment, num_workers=CPUS)
    timed(f"ImageFolder, {'crop and flip' if augment else 'no augmentation'}", len(images), lambda: loader)


def keras(project: Path, folder: Path) -> None:
    """Which squeezes each image to the size, without a crop or a flip."""
    import keras

    keras.utils.disable_interactive_logging()
    data = keras.utils.image_dataset_from_directory(folder, image_size=(SIDE, SIDE), batch_size=BATCH, verbose=False)
    timed("Keras, no augmentation", len(data.file_paths), lambda: data)


def first_step(project: Path, folder: Path) -> None:
    """Seconds from the call of `train` to the first batch that the model is given."""
    import torch

    add_missing_operations()
    train, settings = module(project, "train"), module(project, "config").Config
    name = f"first-{folder.name}-{time.time_ns()}"
    started = time.perf_counter()

    def stop(*_: Any) -> None:
        print(json.dumps({"loader": "first step", "seconds": time.perf_counter() - started}), flush=True)
        raise KeyboardInterrupt

    layers = {"backbone": torch.nn.Flatten(), "head": torch.nn.Linear(SIDE * SIDE * 3, 2)}
    train.build_model = lambda *_: torch.nn.Sequential(OrderedDict(layers))  # a real one needs weights
    train.loss = stop
    try:
        train.train(settings(name=name, data_dir=folder.absolute(), augment="crop", flip=True, image_size=SIDE))
    except KeyboardInterrupt:
        return


def memory(project: Path, folder: Path) -> None:
    """Growth of resident memory in MiB by the list of files, and by an epoch with a cache of 256 MiB."""

    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

    module(project, "data")
    before = resident()
    found = batches(project, folder, cache_gib=0.25 * 8 / 7)  # an eighth is the validation split's
    listed = resident()
    for _ in found:
        pass
    row = {"loader": "memory", "images": found.size, "list": listed - before, "epoch": resident() - listed}
    print(json.dumps(row))


LOADERS = {
    "ours": ours,
    "ours plain": lambda project, folder: ours(project, folder, augment=False),
    "bare": bare,
    "folder": image_folder,
    "folder plain": lambda project, folder: image_folder(project, folder, augment=False),
    "keras": keras,
    "first step": first_step,
    "memory": memory,
}

if __name__ == "__main__":
    LOADERS[sys.argv[3]](Path(sys.argv[1]), Path(sys.argv[2]))
