"""The backbone: a network of timm's, what it expects of images, and its weights."""

import json
import re
import warnings
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub.utils import logging
from timm.models import load_state_dict
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from .config import Config
from .errors import UserError

Colour = tuple[float, float, float]
FILES = ("model.safetensors", "pytorch_model.bin", "best.pt")  # of a folder: the hub's, and a run's


@dataclass(frozen=True)
class About:
    """What timm knows of a backbone: the images that it was trained with, and its weights."""

    size: int
    mean: Colour  # of pixels from 0 to 1
    std: Colour
    interpolation: str
    kept: float  # the share of an image's height and width that it saw
    notes: dict[str, str]


def describe(config: Config) -> About:
    """Return what is known of the backbone. UserError names others if there is none of this name."""
    name, details = config.backbone, dict(known(config.backbone))
    if config.weights:
        details |= folder_config(config.weights).get("pretrained_cfg", {})
    source, licence = details.get("hf_hub_id") or "its authors", details.get("license")
    if config.weights:
        source, licence = config.weights.name, "that of their source"
    return About(
        size=details["input_size"][-1],
        mean=tuple(details["mean"]),
        std=tuple(details["std"]),
        interpolation=details["interpolation"],
        kept=details["crop_pct"],
        notes={"backbone": name, "weights": source, "licence": licence or "not stated"},
    )


def known(name: str) -> dict[str, Any]:
    """Return what timm lists of a backbone."""
    names = timm.list_models(pretrained=True)  # each as NAME.TAG, where TAG says which weights
    every = {*names, *timm.list_models()}
    if name not in every:
        near = ", ".join(get_close_matches(name, sorted(every), n=3))
        advice = f"Names near it: {near}." if near else "timm.list_models() has them all."
        raise UserError(f"timm has no backbone {name}. {advice}")
    listed = timm.get_pretrained_cfg(name)
    assert listed
    return listed.to_dict()


def build(name: str, size: int, state: dict[str, Tensor] | None, download: bool) -> nn.Module:
    """Return a backbone that gives features, with the weights of `state`, its own, or random ones.

    UserError if the weights cannot be downloaded or are another's, or images are too small.
    """
    options: dict[str, Any] = {"num_classes": 0}
    about = known(name)
    if about["fixed_input_size"] and size != about["input_size"][-1]:
        options["img_size"] = size
    try:
        backbone: Any = timm.create_model(name, **options)
        with torch.no_grad():
            backbone.eval()(torch.zeros(1, 3, size, size))
    except (AssertionError, RuntimeError, ValueError) as error:
        raise UserError(f"{name} does not take images of {size} pixels: {error}") from None
    least = max(stage["reduction"] for stage in backbone.feature_info)
    if size < least or (about["fixed_input_size"] and size % least):
        wanted = f"a multiple of {least}" if about["fixed_input_size"] else f"{least} or more"
        raise UserError(f"--image-size {size} does not fit {name}, which takes {wanted}.")
    if state is not None:
        return filled(name, options, state)
    return downloaded(name, options) if download else backbone


def bytes_kept(model: nn.Module, images: Tensor) -> int:
    """Return how many bytes the gradients need of these images, and of the model itself."""
    kept: dict[int, int] = {}  # bytes, by the address: two operations often keep the same

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = model.eval()(images)
    del outputs  # while it was there, all that was kept had an address of its own
    return sum(kept.values())


def filled(name: str, options: dict[str, Any], state: dict[str, Tensor]) -> nn.Module:
    """Return the backbone with these weights. A head that they have is left out."""
    head = known(name)["classifier"]
    first = head if isinstance(head, str) else head[0]
    # built with that head, so that timm checks that no tensor is missing
    classes = len(state.get(f"{first}.weight", ()))
    overlay = {"state_dict": state, "label_offset": 0, "num_classes": classes}
    options = options | {"num_classes": classes, "pretrained_cfg_overlay": overlay}
    try:
        backbone: Any = timm.create_model(name, pretrained=True, **options)
    except (RuntimeError, KeyError) as error:
        raise UserError(f"--weights are not those of {name}: {first_difference(error)}") from None
    if classes:
        print(f"the head of these weights, for {classes} classes, makes room for a new one")
    backbone.reset_classifier(0)
    return backbone


def downloaded(name: str, options: dict[str, Any]) -> nn.Module:
    """Return the backbone with the weights of timm's hub, or of the cache of it."""
    where = known(name)["hf_hub_id"]
    print(f"backbone: {name}, with the weights of huggingface.co/{where}")
    logging.set_verbosity_error()  # else it says each attempt
    try:
        return timm.create_model(name, pretrained=True, **options)
    except (OSError, RuntimeError):
        advice = f"Where there is a network, `hf download {where} --local-dir FOLDER`;"
        found = f"The weights of {name} cannot be downloaded."
        raise UserError(f"{found} {advice} then pass the folder as --weights.") from None


def first_difference(error: Exception) -> str:
    """Return what PyTorch says first of tensors that are missing, not expected or of other shapes."""
    found = re.search(r"(Missing|Unexpected) key\(s\) in state_dict: (\"[^\"]+\")", str(error))
    if found:
        return f"{found[1].lower()} tensor {found[2]}"
    return re.sub(r"\s+", " ", str(error).strip().splitlines()[-1])


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors in a file, or in that of a folder. UserError if it holds anything else."""
    if path.is_dir():
        path = next((path / name for name in FILES if (path / name).exists()), path / FILES[0])
    if not path.is_file():
        raise UserError(f"--weights: there is no file {path}.")
    try:
        with warnings.catch_warnings(action="ignore"):
            state = load_state_dict(str(path), weights_only=True)
    except Exception:  # noqa: BLE001 - a file may hold anything
        found = f"--weights: {path} is damaged, or holds more than tensors"
        raise UserError(f"{found}, which is not loaded: it could run code.") from None
    inner = {name: value for name, value in state.items() if name.startswith("backbone.")}
    return {name.removeprefix("backbone."): value for name, value in inner.items()} or state


def folder_config(weights: Path) -> dict[str, Any]:
    """Return what the hub's config.json beside the weights says, where there is one."""
    file = weights / "config.json"
    try:
        return json.loads(file.read_text("utf-8")) if file.is_file() else {}
    except ValueError as error:
        raise UserError(f"{file} cannot be used: {error}") from None
