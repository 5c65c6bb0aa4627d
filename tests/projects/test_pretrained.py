"""Training that starts from a backbone beats training from nothing, in both frameworks; and KerasHub's backbones."""

import hashlib
import json
import shutil
import statistics
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.harness.variants import weights
from tests.kit.machine import Machine

from .conftest import NPM_SETTINGS, Make, python_of

pytestmark = pytest.mark.nightly

STAMPS = Path("/usr/share/tuxpaint/stamps")
PHOTOGRAPHS = ("animals/mammals", "animals/birds", "animals/fish", "plants/flowers", "food/vegetables")
"""Folders of Tux Paint's stamps (Debian's tuxpaint-stamps-default) with photographs; others hold drawings, too."""

EMOJI = "emoji-datasource-google@16.0.0"
SEEDS = range(3)

TRAINED = """
import sys
import keras
from keras import layers
keras.utils.set_random_seed(0)
images = keras.utils.image_dataset_from_directory(sys.argv[1], image_size=(64, 64), batch_size=32, seed=0)
classes = len(images.class_names)
changes = [layers.RandomFlip("horizontal"), layers.RandomTranslation(0.1, 0.1)]
change = keras.Sequential([*changes, layers.RandomZoom(0.2), layers.RandomRotation(0.1)])
images = images.map(lambda pixels, targets: (pixels / 127.5 - 1, targets)).cache().shuffle(2000)
images = images.map(lambda pixels, targets: (change(pixels, training=True), targets)).prefetch(4)
network = keras.applications.MobileNet(weights=None, include_top=False, pooling="avg", input_shape=(64, 64, 3))
for layer in network.layers:
    if isinstance(layer, layers.BatchNormalization):
        layer.momentum = 0.9
model = keras.Sequential([network, layers.Dense(classes)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
rate = keras.optimizers.schedules.CosineDecay(2e-3, 40 * len(images))
model.compile(keras.optimizers.AdamW(rate, weight_decay=0.05), loss)
model.fit(images, epochs=40, verbose=0)
network.save_weights(sys.argv[2])
"""

SAVED = """
import sys
import keras_hub
from keras_hub.layers import ResNetImageConverter, ViTImageConverter
from keras_hub.models import (
    ResNetBackbone, ResNetImageClassifier, ResNetImageClassifierPreprocessor,
    ViTBackbone, ViTImageClassifier, ViTImageClassifierPreprocessor,
)
resnet = ResNetBackbone(
    input_conv_filters=[64], input_conv_kernel_sizes=[3], stackwise_num_filters=[64, 128],
    stackwise_num_blocks=[1, 1], stackwise_num_strides=[1, 2], block_type="basic_block",
)
converter = ResNetImageConverter(
    image_size=(32, 32), scale=[0.02, 0.018, 0.017], offset=[-2.1, -2.0, -1.8], interpolation="bicubic"
)
preprocessor = ResNetImageClassifierPreprocessor(converter)
ResNetImageClassifier(resnet, num_classes=7, preprocessor=preprocessor).save_to_preset(sys.argv[1] + "/resnet")
vit = ViTBackbone(image_shape=(32, 32, 3), patch_size=8, num_layers=2, num_heads=2, hidden_dim=64, mlp_dim=128)
preprocessor = ViTImageClassifierPreprocessor(ViTImageConverter(image_size=(32, 32), scale=2 / 255, offset=-1.0))
ViTImageClassifier(vit, num_classes=7, preprocessor=preprocessor).save_to_preset(sys.argv[1] + "/vit")
"""

EVERY = """
import numpy as np
from pictures_tensorflow_pretrained import backbone
for name in backbone.NAMES:
    prepare, network = backbone.preprocessing(name), backbone.build(name, 96, None, False)
    features = np.asarray(network(prepare(np.full((1, 96, 96, 3), 99, np.float32))))
    assert features.ndim == 2 and np.isfinite(features).all(), name
print(len(backbone.NAMES), "backbones")
"""


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Each is in a split by itself, and none is mirrored."""
    if not STAMPS.exists():
        pytest.skip("needs Debian's package tuxpaint-stamps-default")
    for folder in PHOTOGRAPHS:
        for file in (STAMPS / folder).rglob("*.png"):
            if "mirror" not in file.name:
                place = tmp_path / "photographs" / Path(folder).name / f"{file.parent.name}-{file.name}"
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
    return tmp_path / "photographs"


@pytest.fixture
def emoji(tmp_path: Path, machine: Machine) -> Path:
    """Pictures in a folder for each of their groups: each once, and without skin tones."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("needs npm")
    machine.ok([npm, "pack", "--silent", EMOJI], tmp_path, **NPM_SETTINGS)
    [package] = tmp_path.glob("*.tgz")
    with tarfile.open(package) as files:
        files.extractall(tmp_path, filter="data")
    seen = set()
    for each in json.loads((tmp_path / "package" / "emoji.json").read_text("utf-8")):
        file = tmp_path / "package" / "img" / "google" / "64" / each["image"]
        if each["category"] != "Component" and file.exists():
            place = tmp_path / "emoji" / each["category"].replace(" & ", "-") / file.name
            content = hashlib.sha256(file.read_bytes()).digest()
            if content not in seen:  # some flags are those of others
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
            seen.add(content)
    return tmp_path / "emoji"


@pytest.fixture
def made(new_project: Make) -> Make:
    """Makes a project of images with its environment, for one test."""

    def made(framework: str, start: str, *more: str) -> Path:
        return new_project(f"pictures-{framework}-{start}", framework, f"start={start}", *more)

    return made


def accuracies(machine: Machine, project: Path, *settings: str | Path) -> Sequence[float]:
    """The mean accuracy of the classes on the test split, from each seed."""
    found = []
    for seed in SEEDS:
        name = f"seed{seed}"
        for verb in (["train", *settings, "--name", name, "--seed", str(seed)], ["evaluate", name]):
            machine.ok([python_of(project), "-m", project.name.replace("-", "_"), *verb], project)
        measured = json.loads((project / "runs" / name / "evaluation.json").read_text())["class_accuracy"]
        found.append(round(statistics.mean(measured.values()), 4))
    return found


def test_it_does_on_photographs(machine: Machine, made: Make, photographs: Path) -> None:
    nothing, backbone = (made("pytorch", start) for start in ("scratch", "pretrained"))
    found = weights.settings("image-classification", "pytorch", python_of(backbone), machine)
    fine_tuned = accuracies(machine, backbone, "--data-dir", photographs, *found)
    trained = accuracies(machine, nothing, "--data-dir", photographs, "--image-size", "64")
    print(f"photographs, mean of the classes: from a backbone {fine_tuned}, from nothing {trained}")
    assert min(fine_tuned) > max(trained)
    assert statistics.median(fine_tuned) > 0.8


def test_it_does_on_many_pictures(machine: Machine, made: Make, emoji: Path) -> None:
    nothing, backbone = (made("pytorch", start) for start in ("scratch", "pretrained"))
    found = weights.settings("image-classification", "pytorch", python_of(backbone), machine)
    fine_tuned = accuracies(machine, backbone, "--data-dir", emoji, "--image-size", "96", *found)
    trained = accuracies(machine, nothing, "--data-dir", emoji, "--image-size", "32")
    print(f"emoji, mean of the classes: from a backbone {fine_tuned}, from nothing {trained}")
    assert min(fine_tuned) > max(trained)


def test_it_does_in_keras_from_a_network_that_was_trained_here(
    machine: Machine, made: Make, emoji: Path, tmp_path: Path
) -> None:
    """On three of four pictures; then the fourth ones are split, trained on and measured."""
    nothing, backbone = (made("tensorflow", start) for start in ("scratch", "pretrained"))
    few = tmp_path / "few"
    for file in sorted(emoji.rglob("*.png"))[::4]:
        place = few / file.relative_to(emoji)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.rename(place)
    file = tmp_path / "emoji.weights.h5"
    machine.ok([python_of(backbone), "-c", TRAINED, emoji, file], tmp_path)
    settings = ["--data-dir", few, "--image-size", "64", "--backbone", "MobileNet", "--weights", file]
    fine_tuned = accuracies(machine, backbone, *settings)
    trained = accuracies(machine, nothing, "--data-dir", few, "--image-size", "32")
    print(f"few emoji, mean of the classes: from a network of other emoji {fine_tuned}, from nothing {trained}")
    assert statistics.median(fine_tuned) > statistics.median(trained)


def test_every_backbone_of_keras_applications_gives_features(machine: Machine, made: Make) -> None:
    project = made("tensorflow", "pretrained")
    count, _ = machine.ok([python_of(project), "-c", EVERY], project).split()[-2:]
    assert int(count) >= 38


def test_a_backbone_that_kerashub_saved_is_trained_exported_and_verified(machine: Machine, made: Make) -> None:
    """With random weights: this is about the way, and not about what it reaches."""
    project = made("tensorflow", "pretrained", "exports=[onnx,saved_model,tflite]")
    machine.uv("pip", "install", "--quiet", "-e", ".[train,export]", "keras-hub", "-c", "constraints.txt", cwd=project)
    machine.ok([python_of(project), "-c", SAVED, project], project)
    for name, formats in (("resnet", {"onnx", "saved_model", "tflite"}), ("vit", {"saved_model", "tflite"})):
        verbs: list[list[str]] = [["train", "smoke", "--name", name, "--backbone", f"./{name}", "--image-size", "32"]]
        for verb in [*verbs, ["evaluate", name], ["export", name]]:
            machine.ok([python_of(project), "-m", "pictures_tensorflow_pretrained", *verb], project)
        machine.run([python_of(project), "-m", "pictures_tensorflow_pretrained", "verify"], project)
        task = json.loads((project / "runs" / name / "task.json").read_text())
        assert (task["shape"], task["notes"]["backbone"]) == ([32, 32, 3], name)
        assert task["interpolation"] == {"resnet": "bicubic", "vit": "bilinear"}[name]
        verified = json.loads((project / "artifacts" / "verify.json").read_text())
        assert formats <= {each["format"] for each in verified["artifacts"] if each["status"] == "passed"}
        first, *_, last = map(json.loads, (project / "runs" / name / "metrics.jsonl").read_text().splitlines())
        assert last["train_loss"] < first["train_loss"]
