"""People's own images, in whatever form they lie, in the modules of a project that need no framework."""

import csv
import hashlib
import json
import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from .conftest import Project
from .test_images import PICTURES

TEXT = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="/\\"), min_size=1, max_size=12)
NAMES = TEXT.filter(lambda text: text not in (".", "..") and len(text.encode()) < 100)
FRESH = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def file_of(kind: str) -> bytes:
    buffer = BytesIO()
    Image.effect_noise((60, 40), 50).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


FILES = {kind: file_of(kind) for kind in ("PNG", "JPEG", "GIF", "WEBP")}


def fill(root: Path, label: str, count: int = 9, content: bytes = FILES["PNG"]) -> None:
    (root / label).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (root / label / f"{number}.png").write_bytes(content)


def splits(project: Project, root: Path, **values: Any) -> dict[str, str]:
    """The split of each sample, by its name."""
    config = project("config").Config(data_dir=root, **values)
    return {name: split for name, (split, _) in project("samples").sources(config).items()}


def refused(project: Project, root: Path, **values: Any) -> str:
    """The one sentence with which a training ends before it begins."""
    config = project("config").Config(data_dir=root, **values)
    with pytest.raises(project("errors").UserError) as error:
        project("fit").fit_task(project("samples").load_samples("train", config), config)
    assert not Path("runs").exists()
    return str(error.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("data")


@pytest.fixture
def parted(folder: Path) -> Path:
    for split, count in (("train", 8), ("val", 2), ("test", 3)):
        for label in ("cat", "dög"):
            fill(folder / split, label, count)
    return folder


def as_before(names: list[str], classes: list[str]) -> list[str]:
    """How version 0.10 drew the splits."""
    shares = [int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32 for name in names]
    found = [""] * len(names)
    for label in sorted(set(classes)):
        rows = sorted((row for row in range(len(names)) if classes[row] == label), key=shares.__getitem__)
        test = min(max(sum(shares[row] < 0.2 for row in rows), 1), len(rows) - 2)
        val = min(max(sum(shares[row] < 0.2 + 0.1 for row in rows), test + 1), len(rows) - 1)
        for place, row in enumerate(rows):
            found[row] = "test" if place < test else "val" if place < val else "train"
    return found


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 999)), min_size=21, unique=True))
def test_a_plain_folder_is_split_as_it_always_was(project: Project, drawn: list[tuple[str, int]]) -> None:
    classes = [label for label, _ in drawn]
    assume(all(classes.count(label) >= 7 for label in set(classes)))
    names = [f"{label}/{number}.png" for label, number in drawn]
    labels = tuple(sorted(set(classes)))
    targets = np.array([labels.index(label) for label in classes])
    data = project("samples").Samples([], targets, labels, names, [""] * len(names))
    assert project("samples").split_of_each(data).tolist() == as_before(names, classes)


def test_ten_thousand_classes_are_split(project: Project) -> None:
    labels = tuple(str(number) for number in range(10_000))
    names = [f"{label}/{number}.jpg" for label in labels for number in range(7)]
    data = project("samples").Samples([], np.repeat(np.arange(10_000), 7), labels, names, [""] * 70_000)
    found = project("samples").split_of_each(data).reshape(10_000, 7)
    assert all((found == split).any(axis=1).all() for split in ("train", "val", "test"))


def test_splits_are_kept(project: Project, parted: Path) -> None:
    found = splits(project, parted)
    assert len(found) == 26
    assert all(name.split("/")[0] == split for name, split in found.items())


@pytest.mark.parametrize("name", ["valid", "validation", "Val"])
def test_the_validation_split_has_other_names(project: Project, parted: Path, name: str) -> None:
    (parted / "val").rename(parted / name)
    assert splits(project, parted)[f"{name}/dög/1.png"] == "val"


@pytest.mark.parametrize("missing", ["val", "test"])
def test_a_split_that_is_missing_is_drawn_from_train_and_no_other_sample_moves(
    project: Project, parted: Path, missing: str
) -> None:
    shutil.rmtree(parted / missing)
    found = splits(project, parted)
    drawn = {name: split for name, split in found.items() if name.split("/")[0] != split}
    assert set(drawn.values()) == {missing}
    assert {"/".join(name.split("/")[:2]) for name in drawn} == {"train/cat", "train/dög"}


def test_what_was_understood_is_said(project: Project, parted: Path, capsys: pytest.CaptureFixture) -> None:
    def said() -> str:
        config = project("config").Config(data_dir=parted)
        project("fit").fit_task(project("samples").load_samples("train", config), config)
        return capsys.readouterr().out

    assert said() == "splits as in data: 16 train, 4 val, 6 test\n"
    shutil.rmtree(parted / "val")
    assert re.fullmatch(r"splits as in data: 1\d train, \d val, 6 test; val is drawn from train\n", said())
    shutil.rmtree(parted)
    for label in ("test", "train"):
        fill(parted, label)
    assert said() == "taken for classes of data, not for splits: test, train\n"


def test_classes_that_are_called_as_splits_are_classes(project: Project, folder: Path) -> None:
    for label in ("train", "test", "bus"):
        fill(folder, label)
    (folder / "train" / "more").mkdir()
    assert set(splits(project, folder).values()) == {"train", "val", "test"}
    assert "train/1.png" in splits(project, folder)


def test_a_class_that_train_lacks_is_refused(project: Project, parted: Path) -> None:
    fill(parted / "test", "zebra")
    assert refused(project, parted) == "zebra has 0 images to train on; a class needs 1 or more."


def test_a_rare_class_need_not_be_in_every_split(project: Project, parted: Path) -> None:
    fill(parted / "train", "zebra", 1)
    assert splits(project, parted)["train/zebra/0.png"] == "train"


def test_a_class_without_images_is_refused(project: Project, parted: Path) -> None:
    for file in (parted / "train" / "cat").iterdir():
        file.unlink()
    assert refused(project, parted) == "data/train/cat has no images. If it is not a class, remove it."


@FRESH
@given(
    rows=st.lists(st.tuples(NAMES, TEXT, st.sampled_from(["train", "val", "test"])), min_size=1, max_size=6),
    separator=st.sampled_from(",;\t"),
    bom=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_csv_is_read_as_it_was_written(
    project: Project, tmp_path_factory: pytest.TempPathFactory, rows: Any, bom: bool, **how: Any
) -> None:
    root = tmp_path_factory.mktemp("csv")
    folded = [project("data_dir").normalize("NFC", name) for name, *_ in rows]
    assume(len(set(folded)) == len(rows))
    (root / "über").mkdir()
    for name, *_ in rows:
        (root / "über" / name).touch()
    with (root / "list.csv").open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        options = {"delimiter": how["separator"], "lineterminator": how["end"], "quoting": how["quoting"]}
        writer = csv.writer(file, **options)
        writer.writerows([("path", "label", "split"), *((f"über/{name}", label, split) for name, label, split in rows)])
    found = project("data_dir").find(root / "list.csv")
    normal = project("data_dir").normalize
    written = {normal("NFC", f"über/{name}"): (normal("NFC", label), split) for name, label, split in rows}
    assert {row.name: (row.label, row.split) for row in found} == written
    assert all(row.file.is_file() for row in found)


def test_spaces_around_a_cell_make_no_other_class(project: Project, folder: Path) -> None:
    fill(folder, "cat", 2)
    (folder / "list.csv").write_text("path,label\ncat/0.png, cat\n cat/1.png ,cat \n", "utf-8")
    assert {(row.name, row.label) for row in project("data_dir").find(folder / "list.csv")} == {
        ("cat/0.png", "cat"),
        ("cat/1.png", "cat"),
    }


def test_a_csv_may_name_files_elsewhere(project: Project, folder: Path) -> None:
    fill(folder, "cat")
    fill(Path("lists"), "dog")
    lines = [f"{Path('data/cat').resolve()}/{i}.png,cat" for i in range(9)] + [f"./dog/{i}.png,dog" for i in range(9)]
    Path("lists/all.csv").write_text("\n".join(["path,label", *lines]), "utf-8")
    found = splits(project, Path("lists/all.csv"))
    assert {"dog/1.png", f"{Path('data/cat').resolve()}/1.png"} <= found.keys()


FAULTS = {
    "another header": ("photo,kind\na.png,cat\n", " needs columns called path and label; it can have split, too."),
    "no header": ("", " needs columns called path and label; it can have split, too."),
    "a long row": ("path,label\na.png,cat,3\n", ", line 2: not as many cells as in the header."),
    "a short row": ("path,label\na.png,cat\nb.png\n", ", line 3: not as many cells as in the header."),
    "a file twice": ("path,label\na.png,cat\n./a.png,dog\n", ", line 3: a.png is there a second time."),
    "a missing file": ("path,label\na.png,cat\nb.png,cat\n", ", line 3: there is no file data/b.png."),
    "a folder": ("path,label\n.,cat\n", ", line 2: there is no file data."),
    "no label": ("path,label\na.png,\n", ", line 2: no label."),
    "another split": ("path;label;split\na.png;cat;dev\n", ", line 2: 'dev' is not train, val or test."),
    "an open quote": ('path,label\n"a.png,cat\n', " cannot be read as a CSV in UTF-8: unexpected end of data"),
    "an image": (FILES["PNG"], " cannot be read as a CSV in UTF-8: 'utf-8' codec can't decode"),
    "UTF-16": ("path,label\n".encode("utf-16"), " cannot be read as a CSV in UTF-8: 'utf-8' codec can't decode"),
    "one class": ("path,label\na.png,cat\n", "cat has 1 images to train on; a class needs 7 or more."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_csv_that_cannot_be_used_is_one_sentence(project: Project, folder: Path, fault: str) -> None:
    content, said = FAULTS[fault]
    fill(folder, "")
    (folder / "0.png").rename(folder / "a.png")
    (folder / "list.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    message = refused(project, folder / "list.csv")
    assert message.removeprefix("data/list.csv").startswith(said)
    assert "\n" not in message


def test_other_data_with_a_test_split_is_measured_on_that(
    project: Project, parted: Path, capsys: pytest.CaptureFixture
) -> None:
    found = project("samples").load_unseen(parted, set())
    assert {name.split("/")[0] for name in found.names} == {"test"}
    assert capsys.readouterr().out == "only the test split of data\n"
    assert len(project("samples").load_unseen(parted / "train", set())) == 16


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [picture[0] for picture in PICTURES])
def test_a_picture_that_can_be_read_is_not_called_damaged(project: Project, tmp_path: Path, name: str) -> None:
    content = next(picture[1] for picture in PICTURES if picture[0] == name)
    (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "b.jpg").write_bytes(content + b"what a camera appends" * 9)
    assert project("data_dir").damaged([tmp_path / "a.jpg", tmp_path / "b.jpg"]) == []


@FRESH
@given(kind=st.sampled_from(sorted(FILES)), share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_short_is_found(
    project: Project, tmp_path_factory: pytest.TempPathFactory, kind: str, share: float
) -> None:
    """A file that was cut after its last pixel is whole."""
    path = tmp_path_factory.mktemp("cut") / "cut.jpg"
    path.write_bytes(FILES[kind][: int(share * len(FILES[kind]))])
    task = project("task").Task(("a", "b"), (8, 8, 3))
    try:
        project("task").read_image(path, task)
    except project("errors").UserError:
        assert len(project("data_dir").damaged([path])) == 1
    else:
        assert project("data_dir").damaged([path]) == []


@pytest.fixture
def spoiled(folder: Path) -> Path:
    for label in ("cat", "dog"):
        fill(folder, label, 20)
    for number in range(7):
        (folder / "cat" / f"{number}.png").write_bytes(b"" if number else b"not an image")
    return folder


def test_damaged_files_are_listed_before_a_run_begins(
    project: Project, spoiled: Path, capsys: pytest.CaptureFixture
) -> None:
    assert refused(project, spoiled) == "7 of 40 images cannot be opened. Remove them."
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("data/cat/0.png: it is none of PNG, ")
    assert others == [f"data/cat/{number}.png: it is empty" for number in range(1, 7)]


def test_a_folder_of_empty_files_is_one_sentence(project: Project, folder: Path) -> None:
    for label in ("cat", "dog"):
        fill(folder, label, content=b"")
    assert refused(project, folder) == "18 of 18 images cannot be opened. Remove them."


def test_other_data_with_damaged_files_is_not_measured(project: Project, spoiled: Path) -> None:
    with pytest.raises(project("errors").UserError, match="7 of 40 images cannot be opened"):
        project("samples").load_unseen(spoiled, set())


def test_few_images_are_one_sentence(project: Project, folder: Path) -> None:
    for label in ("cat", "dog"):
        fill(folder, label, 2)
    assert refused(project, folder) == "cat has 2 images to train on; a class needs 7 or more."


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=200))
def test_metrics_count_each_class(project: Project, pairs: list[tuple[int, int]]) -> None:
    targets, answers = np.array(pairs).T
    metrics = project("task").Metrics(project("task").Task(tuple("abcd"), (8, 8, 3)))
    for part in (slice(0, 50), slice(50, None)):
        metrics.add({"logits": np.eye(4)[answers[part]]}, targets[part])
    result = metrics.result()
    json.dumps(result)
    present = sorted(set(targets.tolist()))
    recalls = [np.mean(answers[targets == i] == i) for i in present]
    assert [row["label"] for row in result["classes"]] == ["abcd"[i] for i in present]
    assert [row["n"] for row in result["classes"]] == [np.sum(targets == i) for i in present]
    assert list(result["class_accuracy"].values()) == pytest.approx(recalls)
    precisions = [np.mean(targets[answers == i] == i) if (answers == i).any() else 0 for i in present]
    assert [row["precision"] for row in result["classes"]] == pytest.approx(precisions)
    assert result["accuracy"] == pytest.approx(np.mean(targets == answers))
    assert sum(n for *_, n in result["confused"]) <= np.sum(targets != answers)
    sizes = np.bincount(targets)[present]
    assert ("balanced_accuracy" in result) == (sizes.max() > 3 * sizes.min())
    assert result.get("balanced_accuracy", np.mean(recalls)) == pytest.approx(np.mean(recalls))


def test_balanced_classes_count_alike_and_leave_the_mean_of_the_loss(project: Project) -> None:
    samples = project("samples").Samples([], np.repeat([0, 1, 2], [60, 30, 3]), tuple("abc"), [], [])
    balanced = project("config").Config(class_weights="balanced")
    weights = np.array(project("samples").class_weights(samples, balanced))
    assert weights[samples.targets].mean() == pytest.approx(1)
    assert weights * [60, 30, 3] == pytest.approx(31)
    assert project("samples").class_weights(samples, project("config").Config()) == ()


def test_a_rare_class_is_pointed_out(project: Project, folder: Path, capsys: pytest.CaptureFixture) -> None:
    fill(folder, "cat", 140)
    fill(folder, "dog", 8)

    def said(**values: Any) -> str:
        config = project("config").Config(data_dir=folder, **values)
        project("fit").fit_task(project("samples").load_samples("train", config), config)
        return capsys.readouterr().out

    assert re.fullmatch(r"images to train on: \d+ of cat but \d of dog; see --class-weights balanced\n", said())
    assert said(class_weights="balanced") == ""


def test_what_an_earlier_version_learnt_is_the_same_task(project: Project, tmp_path: Path) -> None:
    task = project("task").Task(("a", "b"), (8, 8, 3), "crop")
    (tmp_path / "task.json").write_text('{"labels": ["a", "b"], "shape": [8, 8, 3], "resize": "crop"}', "utf-8")
    assert project("task").Task.load(tmp_path / "task.json") == task
    task.save(tmp_path / "new.json")
    assert project("task").Task.load(tmp_path / "new.json") == task
