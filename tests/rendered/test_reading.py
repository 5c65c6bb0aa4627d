"""How images get from their files into batches: each decoded once, by threads, the same whatever their number."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from .conftest import Project

SIZE, FILES = 16, 24
Batches = list[tuple[np.ndarray, np.ndarray]]


@pytest.fixture
def made(pretrained: Project) -> Project:
    return pretrained


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Photographs of several sizes, of which some are small."""
    rng, found = np.random.default_rng(0), []
    for number in range(FILES):
        size = (20 + 7 * (number % 5), 18 + 9 * (number % 3))
        found.append(tmp_path / "photos" / f"{number}.{('jpg', 'png')[number % 2]}")
        found[-1].parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8)).resize(size).save(found[-1])
    return found


@pytest.fixture
def decoded(made: Project, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is decoded, as it happens."""
    reading, found = made("reading"), []
    decode = reading.Reader.decode
    monkeypatch.setattr(
        reading.Reader, "decode", lambda self, content: (found.append(content), decode(self, content))[1]
    )
    return found


def reader(made: Project, images: list[Any], train: bool = True, resize: str = "crop", **options: Any) -> Any:
    samples = made("samples").Samples(
        images, np.arange(len(images)), ("a", "b"), [str(i) for i in images], [""] * len(images)
    )
    task = made("task").Task(("a", "b"), (SIZE, SIZE, 3), resize)
    return made("reading").Reader(samples, task, made("config").Config(batch_size=5, **options), train)


def by_row(batches: Iterator[tuple[np.ndarray, np.ndarray]]) -> dict[int, bytes]:
    return {int(row): image.tobytes() for images, rows in batches for image, row in zip(images, rows, strict=True)}


def equal(one: Batches, other: Batches) -> bool:
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(mine, yours) for pair in pairs for mine, yours in zip(*pair, strict=True))


@pytest.mark.parametrize("resize", ["crop", "squeeze"])
@pytest.mark.parametrize("augment", ["crop", "trivial", "shift", "none"])
def test_what_is_measured_is_what_predict_reads(made: Project, files: list[Path], augment: str, resize: str) -> None:
    """In the order of the split, and without the augmentation."""
    measured = reader(made, files, train=False, resize=resize, augment=augment, flip=True)
    for _ in range(2):  # decoded, then from the cache
        batches = list(measured.batches(0))
        rows = np.concatenate([rows for _, rows in batches])
        read = [measured.task.read(file.read_bytes())["images"][0] for file in files]
        assert np.array_equal(rows, np.arange(FILES))
        assert np.array_equal(np.concatenate([images for images, _ in batches]), np.stack(read).astype(np.uint8))


@given(
    seed=st.integers(0, 2**32 - 1), threads=st.integers(1, 9), flip=st.booleans(), size=st.integers(1, 30),
    augment=st.sampled_from(["crop", "trivial", "shift", "none"]), gib=st.sampled_from([0.0, 1e-6, 1.0]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_an_epoch_follows_from_its_seed_alone(
    made: Project, images: list[Path], seed: int, threads: int, augment: str, flip: bool, size: int, gib: float
) -> None:
    """Not from the number of threads, the room in the cache, or the epochs before."""
    options = {"augment": augment, "flip": flip}
    first = reader(made, images, cache_gib=gib, **options)
    first.batch_size = second_size = size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made("reading").cpus, "count", lambda: threads)
        list(first.batches(seed + 1))
        one = list(first.batches(seed))
    second = reader(made, images, **options)
    second.batch_size = second_size
    assert equal(one, list(second.batches(seed)))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, rng = tmp_path_factory.mktemp("few"), np.random.default_rng(1)
    found = [folder / f"{number}.jpg" for number in range(12)]
    for number, file in enumerate(found):
        Image.fromarray(rng.integers(0, 256, (30 + number, 40, 3), np.uint8)).save(file)
    return found


@pytest.mark.parametrize("augment", ["crop", "trivial", "shift"])
def test_what_is_drawn_for_an_image_does_not_depend_on_those_after_it(
    made: Project, files: list[Path], augment: str
) -> None:
    every = by_row(reader(made, files, augment=augment, flip=True).batches((3, 1)))
    some = by_row(reader(made, files[:7], augment=augment, flip=True).batches((3, 1)))
    assert some.items() <= every.items()


@pytest.mark.parametrize("augment", ["crop", "trivial", "shift"])
def test_every_epoch_draws_anew(made: Project, files: list[Path], augment: str) -> None:
    read = reader(made, files, augment=augment)
    one, other = (by_row(read.batches((0, epoch))) for epoch in (1, 2))
    assert sum(one[row] != other[row] for row in one) > FILES / 2


@given(
    high=st.integers(1, 40), wide=st.integers(1, 40), resize=st.sampled_from(["crop", "squeeze"]),
    draws=st.tuples(*[st.floats(0, 1, exclude_max=True)] * 4),
)  # fmt: skip
def test_a_crop_is_a_part_of_the_image(
    made: Project, high: int, wide: int, resize: str, draws: tuple[float, ...]
) -> None:
    """Its colours are the image's own: nothing beyond the edge comes in."""
    task = made("task").Task(("a", "b"), (6, 9, 1), resize)
    places = np.linspace(40, 200, high * wide).astype(np.uint8).reshape(high, wide)
    part = np.asarray(made("augment").crop(Image.fromarray(places), task, *draws))
    assert part.shape == task.shape[:2]
    assert places.min() <= part.min() <= part.max() <= places.max()


@given(down=st.floats(0, 1, exclude_max=True), right=st.floats(0, 1, exclude_max=True), size=st.integers(1, 40))
def test_a_shift_moves_by_an_eighth_at_most(made: Project, down: float, right: float, size: int) -> None:
    image = np.arange(1, size * size + 1, dtype=np.int32).reshape(size, size)
    moved = np.asarray(made("augment").shift(Image.fromarray(image), down, right))
    most = max(size // 8, 1)
    padded = np.pad(image, most)
    views = [padded[y : y + size, x : x + size] for y in range(2 * most + 1) for x in range(2 * most + 1)]
    assert any(np.array_equal(moved, view) for view in views)


@given(
    which=st.floats(0, 1, exclude_max=True), strength=st.floats(0, 1), high=st.integers(1, 40), wide=st.integers(1, 40)
)
def test_trivialaugment_keeps_the_form_of_an_image(
    made: Project, which: float, strength: float, high: int, wide: int
) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (high, wide, 3), np.uint8))
    changed = made("augment").trivial(image, which, strength)
    assert (changed.size, changed.mode) == (image.size, image.mode)


def test_trivialaugment_knows_the_changes_of_its_paper(made: Project) -> None:
    """Table 2 of https://arxiv.org/abs/2103.10158, "wide": fourteen, of which one changes nothing."""
    image = np.asarray(Image.effect_noise((64, 64), 40).convert("RGB").point(lambda value: 20 + value // 2)).copy()
    image[:32, :, 0] //= 2
    augment, picture = made("augment"), Image.fromarray(image)
    assert len(augment.CHANGES) == 14
    for number in range(1, 14):
        assert augment.trivial(picture, (number + 0.5) / 14, 1.0) != picture, number
    assert augment.trivial(picture, 0.0, 1.0) == picture
    unmoved = [augment.trivial(picture, (number + 0.5) / 14, 0.5) for number in range(1, 10)]
    assert all(each == picture for each in unmoved)


@given(seed=st.integers(0, 99), alpha=st.sampled_from([0.1, 0.4, 1.0]), size=st.integers(1, 9))
def test_mixup_mixes_targets_as_it_mixes_images(made: Project, seed: int, alpha: float, size: int) -> None:
    """Each image has one grey of its own, so that the pixels say what was mixed, and how much."""
    greys, targets = np.arange(9) * 31, np.arange(9) % 3
    images = list(np.broadcast_to(greys[:, None, None, None], (9, SIZE, SIZE, 3)).astype(np.uint8))
    samples = made("samples").Samples(images, targets, tuple("abc"), list("123456789"), [""] * 9)
    config = made("config").Config(batch_size=size, augment="none", flip=False, mixup=alpha)
    task = made("task").Task(tuple("abc"), (SIZE, SIZE, 3))
    assert not made("reading").in_memory(samples, task, config)
    seen = 0
    for mixed, shown in made("reading").Reader(samples, task, config, True).batches(seed):
        assert (mixed.dtype, shown.dtype, shown.shape) == (np.uint8, np.float32, (len(mixed), 3))
        assert shown.sum(axis=1) == pytest.approx(1)
        seen += mixed[:, 0, 0, 0].astype(float).sum()
    assert seen == pytest.approx(greys.sum(), abs=9)  # each is once itself and once another's
    measured = made("reading").Reader(samples, task, config, False).batches(seed)
    assert np.concatenate([targets for _, targets in measured]).tolist() == targets.tolist()


def test_mixup_gives_a_pair_the_shares_of_its_images(made: Project) -> None:
    images = np.array([[100], [200]], np.uint8)
    mixed, shown = made("augment").mixup(images, np.array([0, 2]), 3, 0.75, np.array([1, 0]))
    assert mixed.tolist() == [[125], [175]]
    assert shown.tolist() == [[0.75, 0, 0.25], [0.25, 0, 0.75]]


def test_half_of_the_images_are_mirrored_if_asked(made: Project, tmp_path: Path) -> None:
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    image[:, : SIZE // 2] = 255
    flipped = list(reader(made, [image] * 400, augment="none", flip=True).batches(0))
    left = np.concatenate([images[:, 0, 0, 0] for images, _ in flipped])
    assert 150 < np.count_nonzero(left) < 250


def test_each_file_is_decoded_once_if_all_fit(made: Project, files: list[Path], decoded: list[Path]) -> None:
    read = reader(made, files, augment="crop")
    for epoch in range(3):
        list(read.batches(epoch))
    assert sorted(decoded) == sorted(files)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_the_cache_keeps_to_its_limit(made: Project, files: list[Path], decoded: list[Path], share: float) -> None:
    """And what it keeps is not decoded again."""
    limit = int(FILES * SIZE * SIZE * 3 * share)
    read = reader(made, files, augment="none", cache_gib=limit / 2**30 * 8 / 7)
    list(read.batches(0))
    kept = list(read.cache.images.values())
    assert limit - SIZE * SIZE * 3 < sum(image.nbytes for image in kept) <= limit or not share
    decoded.clear()
    list(read.batches(1))
    assert len(decoded) == FILES - len(kept)


def test_a_large_jpeg_is_not_decoded_whole_nor_smaller_than_the_crop_needs(made: Project, tmp_path: Path) -> None:
    Image.new("RGB", (400, 300)).save(tmp_path / "a.jpg")
    Image.new("RGB", (400, 300)).save(tmp_path / "a.png")
    read = reader(made, [tmp_path / "a.jpg", tmp_path / "a.png"], augment="crop")
    jpeg, png = map(read.decode, read.samples.images)
    assert (min(jpeg.size), min(png.size)) == (19, 20)  # of 300; 19 are needed


def test_arrays_take_the_shape_that_the_model_has(made: Project) -> None:
    digits = [np.full((8, 8, 1), 9 * number, np.uint8) for number in range(6)]
    known = made("task").Task(("a", "b"), (SIZE, SIZE, 3))
    samples = made("samples").Samples(digits, np.arange(6), ("a", "b"), [""] * 6, [""] * 6)
    pixels = samples.pixels(range(6), known)
    assert pixels.shape == (6, SIZE, SIZE, 3)
    assert [np.unique(image).tolist() for image in pixels] == [[9 * number] for number in range(6)]
    [(images, rows), *_] = reader(made, digits, augment="crop").batches(0)
    assert [image.max() for image in images] == [9 * row for row in rows]


@pytest.mark.parametrize("cached", [True, False])
def test_a_damaged_file_is_named_wherever_it_comes_in_the_epoch(
    made: Project, files: list[Path], tmp_path: Path, cached: bool
) -> None:
    files[13].write_bytes(files[13].read_bytes()[:-40])
    read = reader(made, files, cache_dir=tmp_path / "kept" if cached else None)
    with pytest.raises(made("errors").UserError, match=rf"{files[13].name} cannot be read as an image: "):
        list(read.batches(0))


def test_no_thread_is_left_where_nobody_wants_the_rest(made: Project, files: list[Path]) -> None:
    before = threading.active_count()
    next(reader(made, files).batches(0))
    assert threading.active_count() == before


def test_a_folder_keeps_what_was_decoded_for_the_next_run(
    made: Project, files: list[Path], tmp_path: Path, decoded: list[Path]
) -> None:
    options = {"augment": "crop", "cache_dir": tmp_path / "a" / "kept"}
    without = list(reader(made, files, augment="crop").batches(5))
    decoded.clear()
    assert equal(list(reader(made, files, **options).batches(5)), without)
    assert len(decoded) == FILES
    assert equal(list(reader(made, files, **options).batches(5)), without)
    assert len(decoded) == FILES


@pytest.mark.parametrize("how", ["another file", "a change of the same size and time", "another size", "another kind"])
def test_what_a_folder_keeps_is_not_used_for(
    made: Project, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    files, options = files[1::2], {"augment": "none", "cache_dir": tmp_path / "kept"}  # PNG, which have no losses
    list(reader(made, files, **options).batches(0))
    if how == "another file":
        files[0].rename(tmp_path / "aside")
        files[1].rename(files[0])
        (tmp_path / "aside").rename(files[1])
    elif how == "a change of the same size and time":
        stat, content = files[0].stat(), files[2].read_bytes()
        content = content + bytes(max(0, stat.st_size - len(content)))
        files[0].write_bytes(content)
        os.utime(files[0], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif how == "another size":
        monkeypatch.setattr(f"{__name__}.SIZE", SIZE + 4)
    else:
        options |= {"resize": "squeeze"}
    fresh = {**options, "cache_dir": None}
    assert by_row(reader(made, files, **options).batches(0)) == by_row(reader(made, files, **fresh).batches(0))


def test_what_is_not_whole_in_a_folder_is_decoded_anew(made: Project, files: list[Path], tmp_path: Path) -> None:
    options = {"augment": "none", "cache_dir": tmp_path / "kept"}
    whole = by_row(reader(made, files, **options).batches(0))
    for number, file in enumerate(sorted(options["cache_dir"].iterdir())):
        file.write_bytes(file.read_bytes()[: number * 60])
    assert by_row(reader(made, files, **options).batches(0)) == whole


def test_several_runs_may_share_a_folder(made: Project, files: list[Path], tmp_path: Path) -> None:
    options = {"augment": "crop", "cache_dir": tmp_path / "kept"}
    expected, found = by_row(reader(made, files, augment="crop").batches(0)), []
    runs = [
        threading.Thread(target=lambda: found.append(by_row(reader(made, files, **options).batches(0))))
        for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert found == [expected] * 4
    assert len(list(options["cache_dir"].iterdir())) == FILES


def test_a_folder_that_cannot_be_written_is_named(made: Project, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(made("errors").UserError, match=r"--cache-dir .*file cannot be written: File exists"):
        reader(made, files, cache_dir=tmp_path / "file")
