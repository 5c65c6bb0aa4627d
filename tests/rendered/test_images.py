"""Pictures as people have them, and the data of a run, in the modules of a project that need no framework."""

import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.kit.commands import run

from .conftest import Project

RNG = np.random.default_rng(0)
COLOURS = RNG.integers(0, 256, (4, 6, 3), np.uint8)
GREYS = RNG.integers(0, 256, (4, 6), np.uint8)
ALPHA = RNG.integers(0, 256, (4, 6), np.uint8)
FEW = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]], np.uint8)  # what a palette has
PLACES = RNG.integers(0, 4, (4, 6), np.uint8)
ORIENTED = {  # what a camera stored, so that turning it gives the picture
    1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a.swapaxes(0, 1), 2),
    8: lambda a: np.rot90(a, -1),
}  # fmt: skip
FINE = np.kron(COLOURS[:3, :3] // 4 + 96, np.ones((8, 8, 1), np.uint8))  # flat enough for JPEG


def file(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def on_white(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., None] / 255
    return np.rint(colours * share + 255 * (1 - share)).astype(np.uint8)


def as_rgb(greys: np.ndarray) -> np.ndarray:
    return np.repeat(greys[..., None], 3, axis=2)


def exif(**tags: Any) -> Image.Exif:
    found = Image.Exif()
    for name, value in tags.items():
        found[ExifTags.Base[name].value] = value
    return found


def raw_exif(*entries: tuple[int, int, int]) -> bytes:
    """Of tags, their types and values; the value of a rational, type 5, is 0/0."""
    end = 14 + 12 * len(entries)
    rows = b"".join(pack("<HHII", tag, kind, 1, end if kind == 5 else value) for tag, kind, value in entries)
    return b"Exif\0\0II*\0" + pack("<IH", 8, len(entries)) + rows + bytes(4) + bytes(8)


def png_of_16_bits(samples: np.ndarray, colour_type: int) -> bytes:
    """Which Pillow does not write for more than one channel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    height, width = samples.shape[:2]
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([16, colour_type, 0, 0, 0])
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def palette(mode: str = "P") -> Image.Image:
    image = Image.fromarray(PLACES, "P")
    image.putpalette(FEW.tobytes())
    return image if mode == "P" else image.convert(mode)


def pictures() -> Iterator[tuple[str, bytes, np.ndarray, int]]:
    """A name, a file, what people see, and how far a lossy file may be from it."""
    rgb, grey = Image.fromarray(COLOURS), Image.fromarray(GREYS)
    rgba = Image.fromarray(np.dstack([COLOURS, ALPHA]), "RGBA")
    la = Image.fromarray(np.dstack([GREYS, ALPHA]), "LA")
    lossless = {"PNG": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True, "exact": True}}
    for kind, options in lossless.items():
        yield f"{kind} RGB", file(rgb, kind, **options), COLOURS, 0
        if kind != "BMP":
            yield f"{kind} RGBA", file(rgba, kind, **options), on_white(COLOURS, ALPHA), 1
        if kind != "WEBP":
            yield f"{kind} grey", file(grey, kind), as_rgb(GREYS), 0
            yield f"{kind} palette", file(palette(), kind), FEW[PLACES], 0
            yield f"{kind} of one bit", file(Image.fromarray(GREYS > 99), kind), as_rgb((GREYS > 99) * np.uint8(255)), 0
    for kind in ("PNG", "TIFF"):
        yield f"{kind} LA", file(la, kind), on_white(as_rgb(GREYS), ALPHA), 1
    for compression in ("tiff_lzw", "tiff_deflate", "packbits"):
        yield f"TIFF {compression}", file(rgb, "TIFF", compression=compression), COLOURS, 0
    yield "TIFF of two pages", file(rgb, "TIFF", save_all=True, append_images=[rgba]), COLOURS, 0
    yield "GIF", file(palette(), "GIF"), FEW[PLACES], 0
    clear = np.where((PLACES == 2)[..., None], 255, FEW[PLACES])
    yield "GIF with transparency", file(palette(), "GIF", transparency=2), clear, 0
    yield "PNG palette with a clear colour", file(palette(), "PNG", transparency=2), clear, 0
    half = on_white(FEW[PLACES], np.array([0, 128, 255, 64], np.uint8)[PLACES])
    yield "PNG palette with alphas", file(palette(), "PNG", transparency=bytes([0, 128, 255, 64])), half, 1
    colour = tuple(map(int, COLOURS[1, 2]))
    seen = np.where((COLOURS[1, 2] == COLOURS).all(axis=2)[..., None], 255, COLOURS)
    yield "PNG RGB with a clear colour", file(rgb, "PNG", transparency=colour), seen, 0
    seen = as_rgb(np.where(GREYS[1, 2] == GREYS, 255, GREYS))
    yield "PNG grey with a clear shade", file(grey, "PNG", transparency=int(GREYS[1, 2])), seen, 0
    deep = RNG.integers(0, 2**16, (4, 6), np.uint16)
    for kind in ("PNG", "TIFF"):
        yield f"{kind} of 16 bits", file(Image.fromarray(deep), kind), as_rgb(np.rint(deep / 257).astype(np.uint8)), 0
    dark = np.full((4, 6), 300, np.uint16)  # clipped to 8 bits, it would be white
    yield "PNG of 16 bits, nearly black", file(Image.fromarray(dark), "PNG"), np.ones((4, 6, 3), np.uint8), 0
    wide = RNG.integers(0, 2**16, (4, 6, 4), np.uint16)
    yield "PNG RGB of 16 bits", png_of_16_bits(wide[..., :3], 2), np.rint(wide[..., :3] / 257).astype(np.uint8), 1
    deep_seen = on_white(wide[..., :3] / 257, wide[..., 3] / 257)
    yield "PNG RGBA of 16 bits", png_of_16_bits(wide, 6), deep_seen, 1
    yield (
        "PNG LA of 16 bits",
        png_of_16_bits(wide[..., :2], 4),
        on_white(as_rgb(wide[..., 0] / 257), wide[..., 1] / 257),
        1,
    )
    for kind in ("GIF", "WEBP", "PNG"):
        more = {"save_all": True, "append_images": [palette("RGB").rotate(180)], **lossless.get(kind, {})}
        yield f"{kind} animation", file(palette("RGB"), kind, **more), FEW[PLACES], 0
    for orientation, stored in ORIENTED.items():
        turned = Image.fromarray(np.ascontiguousarray(stored(FINE)))
        tags = exif(Orientation=orientation)
        yield f"JPEG turned {orientation}", file(turned, "JPEG", quality=100, subsampling=0, exif=tags), FINE, 3
        turned = Image.fromarray(np.ascontiguousarray(stored(COLOURS)))
        for kind in ("PNG", "TIFF", "WEBP"):
            yield f"{kind} turned {orientation}", file(turned, kind, exif=tags, **lossless[kind]), COLOURS, 0
    fine = Image.fromarray(FINE)
    odd = {
        "with NaN": raw_exif((282, 5, 0)),
        "of a rational orientation": raw_exif((274, 5, 0)),
        "of no sense": b"Exif\0\0" + bytes(range(64)),
        "cut short": exif(Orientation=1, Make="camera").tobytes()[:-9],
        "of orientation 0": exif(Orientation=0),
        "of orientation 99": exif(Orientation=99),
        "of orientation u": raw_exif((274, 2, ord("u"))),
    }
    for name, tags in odd.items():
        yield f"JPEG with EXIF {name}", file(fine, "JPEG", quality=100, subsampling=0, exif=tags), FINE, 3
        yield f"PNG with EXIF {name}", file(rgb, "PNG", exif=tags), COLOURS, 0
    upright = {"exif": raw_exif((274, 3, 6), (282, 5, 0)), "quality": 100, "subsampling": 0}
    turned = Image.fromarray(np.ascontiguousarray(ORIENTED[6](FINE)))
    yield "JPEG turned 6, with NaN", file(turned, "JPEG", **upright), FINE, 3
    yield "JPEG grey", file(fine.convert("L"), "JPEG", quality=100), as_rgb(np.asarray(fine.convert("L"))), 2
    yield "JPEG CMYK", file(fine.convert("CMYK"), "JPEG", quality=100), FINE, 4
    yield "JPEG progressive", file(fine, "JPEG", quality=100, subsampling=0, progressive=True), FINE, 3
    second = {"save_all": True, "append_images": [fine.rotate(180)]}
    yield "JPEG of a phone, and a second", file(fine, "MPO", quality=100, subsampling=0, **second), FINE, 3
    yield "PNG that says it is JPEG", file(rgb, "PNG"), COLOURS, 0
    if "AVIF" in Image.SAVE:
        yield "AVIF", file(fine, "AVIF", quality=100, subsampling="4:4:4"), FINE, 3


PICTURES = list(pictures())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("content", "seen", "tolerance"), [picture[1:] for picture in PICTURES], ids=[picture[0] for picture in PICTURES]
)
def test_a_picture_is_read_as_people_see_it(
    project: Project, tmp_path: Path, content: bytes, seen: np.ndarray, tolerance: int
) -> None:
    """By training from its file as by `predict` and the server from its bytes."""
    task, samples = project("task"), project("samples")
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    known = task.Task(("a", "b"), seen.shape, "crop")
    of_server = known.read(content)["images"][0]
    of_training = samples.Samples([path], np.zeros(1, int), ("a",), ["a/1"], [""]).pixels([0], known)[0]
    assert np.array_equal(of_server, of_training)
    assert np.abs(of_training.astype(int) - seen.astype(int)).max() <= tolerance


def test_what_pillow_warns_of_does_not_reach_the_user(project: Project, tmp_path: Path) -> None:
    names = [str(number) for number in range(len(PICTURES))]
    for name, (_, content, *_) in zip(names, PICTURES, strict=True):
        (tmp_path / name).write_bytes(content)
    script = (
        f"import sys; from pathlib import Path; from {project.package}.task import Task, read_image\n"
        "for name in sys.argv[1:]: read_image(Path(name), Task(('a', 'b'), (8, 8, 3), 'crop'))"
    )
    command = [sys.executable, "-W", "default", "-c", script, *names]
    paths = {"PYTHONPATH": str(Path(project("task").__file__).parents[1])}
    done = run(command, tmp_path, paths)
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(("size", "resize"), [((12, 4), "crop"), ((4, 12), "crop"), ((12, 4), "squeeze")])
def test_a_photograph_is_cropped_to_its_middle_or_squeezed_if_asked(
    project: Project, tmp_path: Path, size: tuple[int, int], resize: str
) -> None:
    """Black in the middle, white outside."""
    pixels = np.full(size[::-1], 255, np.uint8)
    pixels[size[1] // 2 - 2 : size[1] // 2 + 2, size[0] // 2 - 2 : size[0] // 2 + 2] = 0
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    read = project("task").read_image(tmp_path / "photo.png", project("task").Task(("a", "b"), (4, 4, 1), resize))
    assert read.max() == (0 if resize == "crop" else 255)
