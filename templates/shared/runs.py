"""The runs, runs/NAME: their settings, their metrics, and which of them a verb is to use."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import tyro
from filelock import FileLock, Timeout

from . import fingerprints
from .config import Config
from .errors import UserError
from .fingerprints import Fingerprints
from .samples import Samples, load_samples, load_unseen, sources
from .task import Task

History = list[dict[str, Any]]
"""The metrics of a run, an entry for each epoch."""

Name = Annotated[
    str | None,
    tyro.conf.Positional,
    tyro.conf.arg(help="a run in runs/; without a name the one trained last"),
]

Other = Annotated[
    Path | None,
    tyro.conf.arg(help="measure this folder or file, without what the run was trained on"),
]

SAMPLES = "samples.csv"
LOCKS: dict[Path, FileLock] = {}
NOT_FINITE = "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."


def find(name: str | None) -> Path:
    """Return the folder of the named run, or of the one that was trained last."""
    runs = [Path("runs", Path(name).name)] if name else Path("runs").glob("*")
    trained = [run for run in runs if any(run.glob("best.*"))]
    if not trained:
        where = Path("runs", Path(name or "*").name)
        advice = "`train smoke` makes one in seconds."
        raise UserError(f"There is no trained model in {where}. {advice}")
    return max(trained, key=lambda run: max(file.stat().st_mtime for file in run.glob("*st.*")))


def begin(config: Config, task: Task) -> None:
    """Write the settings of a new run, its samples, and what its task learnt from those to train."""
    config.run_dir.mkdir(parents=True, exist_ok=True)
    lock(config.run_dir)
    found = fingerprints.take(sources(config), {})
    fingerprints.show_twins(found)
    fingerprints.save(config.run_dir / SAMPLES, found)
    task.save(config.run_dir / "task.json")
    text = json.dumps(settings(config), indent=2) + "\n"
    write(config.run_dir / "config.json", lambda new: new.write_text(text, "utf-8"))


def lock(run_dir: Path) -> None:
    """Hold a run until this process ends. UserError if another process trains it."""
    held = LOCKS.setdefault(run_dir.resolve(), FileLock(run_dir / "lock"))
    try:
        held.acquire(timeout=6)  # seconds: after a kill, workers of PyTorch live for 5
    except Timeout:
        raise UserError(f"{run_dir} is being trained by another process.") from None


def settings(config: Config) -> dict[str, Any]:
    """Return the settings as JSON has them."""
    return json.loads(json.dumps(asdict(config), default=str))


def load(run_dir: Path) -> tuple[Config, Task]:
    """Return the settings of a run, and what its task learnt from the training split."""
    try:
        saved = json.loads((run_dir / "config.json").read_text("utf-8"))
        return Config.load(saved | {"name": run_dir.name}), Task.load(run_dir / "task.json")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{run_dir} cannot be used ({error}). Train it again.") from None


def check_unchanged(config: Config, task: Task) -> None:
    """UserError unless the settings and the data are those that the run was begun with."""
    lock(config.run_dir)
    began, learnt = load(config.run_dir)
    was, now = settings(began), settings(config)
    changes = [f"{key} was {was[key]}, now {now[key]}" for key in now if was[key] != now[key]]
    advice = f"Give the new run another --name, or delete {config.run_dir}."
    if changes:
        raise UserError(f"{config.run_dir} was begun with others: {'; '.join(changes)}. {advice}")
    check_samples(config)
    if learnt != task:  # by other code
        raise UserError(f"{config.run_dir} was begun with another Task. {advice}")


def check_samples(config: Config) -> None:
    """UserError unless the samples are those that the run was begun with."""
    known = read_samples(config)
    found = fingerprints.differences(known, fingerprints.take(sources(config), known))
    if found:
        advice = "Put them back, or train under another --name."
        raise UserError(f"{config.run_dir} was begun with other samples: {found}. {advice}")


def read_samples(config: Config) -> Fingerprints:
    try:
        return fingerprints.load(config.run_dir / SAMPLES)
    except (OSError, ValueError) as error:
        found = f"{config.run_dir / SAMPLES} cannot be used ({error})"
        raise UserError(f"{found}. Train it again under another --name.") from None


def load_test(config: Config, other: Path | None = None) -> Samples:
    """Return the test split; or the samples in another folder that the run was not trained on."""
    if other is None:
        check_samples(config)
        return load_samples("test", config)
    known = read_samples(config).values()
    return load_unseen(other, {each.sha256 for each in known if each.split != "test"})


def best(history: History) -> dict[str, Any]:
    """Return the epoch with the lowest validation loss: on few samples it is steadier than a share."""
    return min(history, key=lambda metrics: metrics["val_loss"])


def log(config: Config, history: History) -> None:
    """Keep the metrics of all epochs in metrics.jsonl. Loops call it before they save weights."""
    lines = "".join(json.dumps(metrics) + "\n" for metrics in history)
    write(config.run_dir / "metrics.jsonl", lambda new: new.write_text(lines, "utf-8"))


def show_resumed(config: Config, history: History) -> None:
    """Print after which epoch a run goes on; or that it was finished, and nothing is trained."""
    done = f"{len(history)} of {config.epochs} epochs"
    if len(history) < config.epochs:
        print(f"resuming {config.run_dir} after {done}")
    else:
        advice = "To train changed code, give the run another --name."
        print(f"{config.run_dir} has its {done} already: nothing is trained. {advice}")


def show(config: Config, metrics: dict[str, Any]) -> None:
    """Print the metrics of an epoch. Loops call it last: `train | head -1` ends there."""
    names = [name for name in metrics if name not in ("epoch", "seconds")]
    values = "  ".join(f"{name} {metrics[name]:.4f}" for name in names)
    epoch = f"epoch {metrics['epoch']:>3}/{config.epochs}"
    print(f"{epoch}  {values}  {metrics['seconds']:.1f} s")


def report(config: Config, metrics: dict[str, Any], other: Path | None = None) -> None:
    """Print the metrics, of those by class the three lowest; write all to evaluation.json."""
    text = json.dumps(metrics, indent=2) + "\n"
    file = f"evaluation-{other.resolve().name}.json" if other else "evaluation.json"
    write(config.run_dir / file, lambda new: new.write_text(text, "utf-8"))
    what = f"samples of {other} that it was not trained on" if other else "test samples"
    print(f"{config.run_dir}, {metrics['n']} {what}")
    rows = {name: value for name, value in metrics.items() if isinstance(value, float)}
    for name, values in metrics.items():
        if isinstance(values, dict):
            lowest = sorted(values, key=values.__getitem__)[:3]
            rows |= {f"{name} {key}": values[key] for key in lowest}
    for name, value in rows.items():
        print(f"  {name:<18} {value:.4f}")


def write(path: Path, save: Callable[[Path], object]) -> None:
    """Write a file as a whole: a kill leaves the old one, and so does a full disk."""
    new = path.with_name(f"new-{path.name}")  # not best.pt.new: a run is found by its best.*
    try:
        save(new)
        os.replace(new, path)
    except Exception as error:  # each framework has its own
        raise UserError(f"{path} cannot be written: {error}") from error
    finally:
        new.unlink(missing_ok=True)
