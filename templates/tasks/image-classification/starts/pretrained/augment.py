"""Random changes of an image to train on. What is drawn for them is from 0 to 1."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from .task import Task

AREA, RATIO = (0.35, 1.0), (3 / 4, 4 / 3)  # the share of an image that a crop takes, and its form
BILINEAR = Image.Resampling.BILINEAR


def crop(
    image: Image.Image, task: Task, down: float, right: float, area: float, ratio: float
) -> Image.Image:
    """Return a part of an image, of any place and size, in the shape of the task."""
    high, wide, (height, width, _) = image.height, image.width, task.shape
    share = AREA[0] + (AREA[1] - AREA[0]) * area
    form = RATIO[0] * (RATIO[1] / RATIO[0]) ** ratio
    form *= wide / high if task.resize == "squeeze" else width / height
    h, w = math.sqrt(share * high * wide / form), math.sqrt(share * high * wide * form)
    fits = min(1, high / h, wide / w)
    h, w = max(round(h * fits), 1), max(round(w * fits), 1)
    top, left = int(down * (high - h + 1)), int(right * (wide - w + 1))
    return image.resize((width, height), BILINEAR, (left, top, left + w, top + h))


def shift(image: Image.Image, down: float, right: float) -> Image.Image:
    """Move an image by up to an eighth of its size, on a black ground."""
    most = max(image.height // 8, 1)
    x, y = (int(draw * (2 * most + 1)) - most for draw in (right, down))
    moved = Image.new(image.mode, image.size)
    moved.paste(image, (x, y))
    return moved


def affine(image: Image.Image, *inverse: float) -> Image.Image:
    """Move each pixel, in black where none comes from: x + ay + b and cx + y + d are where from."""
    a, b, c, d = inverse
    return image.transform(image.size, Image.Transform.AFFINE, (1, a, b, c, 1, d), BILINEAR)


CHANGES: list[Callable[[Image.Image, float], Image.Image]] = [
    lambda image, _: image,
    lambda image, by: affine(image, by, 0, 0, 0),
    lambda image, by: affine(image, 0, 0, by, 0),
    lambda image, by: affine(image, 0, by * image.width / 7, 0, 0),
    lambda image, by: affine(image, 0, 0, 0, by * image.height / 7),
    lambda image, by: image.rotate(135 * by, BILINEAR),
    lambda image, by: ImageEnhance.Brightness(image).enhance(1 + by),
    lambda image, by: ImageEnhance.Color(image).enhance(1 + by),
    lambda image, by: ImageEnhance.Contrast(image).enhance(1 + by),
    lambda image, by: ImageEnhance.Sharpness(image).enhance(1 + by),
    lambda image, by: ImageOps.posterize(image, 8 - round(6 * abs(by))),
    lambda image, by: ImageOps.solarize(image, round(256 * (1 - abs(by)))),
    lambda image, _: ImageOps.autocontrast(image),
    lambda image, _: ImageOps.equalize(image),
]
"""What `trivial` chooses from; the number, from -1 to 1, says how much and in which direction."""


def trivial(image: Image.Image, which: float, strength: float) -> Image.Image:
    """Change an image in one way of many. TrivialAugment, see https://arxiv.org/abs/2103.10158"""
    change = CHANGES[int(which * len(CHANGES))]
    return change(image, 2 * strength - 1)


def mixup(
    images: np.ndarray, targets: np.ndarray, classes: int, share: float, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mix each image with another of the batch, and what they show: float32 [batch, classes].

    See https://arxiv.org/abs/1710.09412
    """
    shown = np.zeros((len(targets), classes), np.float32)
    shown[np.arange(len(targets)), targets] = 1
    mixed, targets = (share * each + (1 - share) * each[others] for each in (images, shown))
    return np.rint(mixed).astype(np.uint8), targets.astype(np.float32)
