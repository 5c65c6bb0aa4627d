"""The settings of a run, their checks and the presets. The command line of `train` is built from them."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import tyro


@dataclass(frozen=True, kw_only=True)
class Config:
    # data
    data_dir: Path | None = None  # a folder with a sub-folder of PNG or JPEG images per class; none: the digits
    image_size: int = 32  # images of data_dir are resized to this height and width
    width: int = 32  # channels of the first layer; deeper layers have more

    # optimisation
    epochs: int = 30  # passes over the training split
    batch_size: int = 64  # images in a step
    learning_rate: float = 2e-3  # the peak: a cosine brings it down to zero
    weight_decay: float = 0.3  # pulls the weights towards zero
    clip_norm: float = 1.0  # gradients longer than this are shortened to it
    label_smoothing: float = 0.1  # how much of each target is spread over all classes
    precision: Literal["auto", "float32", "bfloat16"] = "auto"  # auto: bfloat16 on a GPU

    # run
    name: str = "default"  # the run's folder is runs/NAME
    seed: int = 0  # on a CPU, the same seed gives the same model

    def __post_init__(self) -> None:
        for field in ("image_size", "width", "epochs", "batch_size", "learning_rate", "clip_norm"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field} must be positive, not {getattr(self, field)}")
        if not self.weight_decay >= 0:
            raise ValueError(f"weight_decay must not be negative, as {self.weight_decay} is")
        if self.name in ("", ".", "..") or Path(self.name).name != self.name:
            raise ValueError(f"name must be a plain folder name, not {self.name!r}")

    @property
    def run_dir(self) -> Path:
        return Path("runs") / self.name

    @classmethod
    def load(cls, run_dir: Path) -> Self:
        """The settings that a run was trained with."""
        try:
            saved = json.loads((run_dir / "config.json").read_text("utf-8"))
            values = {name: saved[name] for name in cls.__dataclass_fields__ if name in saved}  # fields come and go
            return cls(**values | {"data_dir": values["data_dir"] and Path(values["data_dir"]), "name": run_dir.name})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SystemExit(f"{run_dir / 'config.json'} cannot be read ({error}). Train the run again.") from None

    def check_unchanged(self) -> None:
        """A run goes on only with the settings that it began with: another schedule would be neither run."""
        began = asdict(Config.load(self.run_dir))
        changes = [f"{key} was {began[key]}, now {value}" for key, value in asdict(self).items() if value != began[key]]
        if changes:
            advice = f"Give the new run another --name, or delete {self.run_dir}."
            raise SystemExit(f"{self.run_dir} was begun with other settings: {'; '.join(changes)}. {advice}")


PRESETS = {
    "default": ("Train as well as it goes. The other preset: smoke.", Config()),
    "smoke": ("Seconds on a CPU: proves that it all works, not how good it can be.", Config(name="smoke", epochs=3)),
}
Run = Annotated[str | None, tyro.conf.Positional, tyro.conf.arg(help="a folder in runs/; or the one trained last")]


def find_run(name: str | None) -> Path:
    """The folder of the named run, or of the one that was trained last."""
    runs = [Path("runs", Path(name).name)] if name else Path("runs").glob("*")
    trained = sorted((best for run in runs for best in run.glob("best.*")), key=lambda best: best.stat().st_mtime)
    if not trained:
        raise SystemExit(f"There is no trained model in runs/{name or '*'}. Train one first: train smoke")
    return trained[-1].parent


def write(path: Path, save: Callable[[Path], object]) -> None:
    """The whole file or, after a kill, the old one."""
    new = path.with_name(f"new-{path.name}")  # a run is found by its best.*, so this must be no best.keras.new
    save(new)
    os.replace(new, path)
