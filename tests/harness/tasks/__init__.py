"""Two tiny tasks that no project has: they prove that nothing but a task's own room knows it.

`prices` has two inputs, one of them integers, and answers with a number; `pairs` trains on pairs, serves one input of
free length, and trains in two phases, in the first of which a part is frozen.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RECIPE = {"epochs": 30, "batch_size": 64, "learning_rate": "2e-3", "weight_decay": 0.3}

TRAITS: Mapping[str, Mapping[str, Any]] = {
    "prices": {
        "frameworks": ["pytorch", "tensorflow"],
        "exports": ["onnx", "torch_export", "torchscript", "saved_model", "tflite"],
        "servers": ["embedded", "torchserve", "tf_serving", "triton"],
        "starts": {"scratch": {"loops": ["standard", "compiled"], "recipe": RECIPE}},
    },
    "pairs": {
        "frameworks": ["pytorch"],
        "exports": ["onnx", "torch_export", "torchscript"],
        "servers": ["embedded", "torchserve", "triton"],
        "starts": {"scratch": {"loops": ["standard"], "recipe": RECIPE}},
    },
}


def add(template: Path) -> None:
    """Add these tasks to a copy of the templates, as CONTRIBUTING.md says: a room each, an entry, and a choice."""
    file = template / "templates" / "questions" / "task.yml"
    text = file.read_text("utf-8")
    for name, traits in TRAITS.items():
        shutil.copytree(Path(__file__).parent / name, template / "templates" / "tasks" / name)
        lines = "".join(f"      {kind}: {json.dumps(values)}\n" for kind, values in traits.items())
        text = text.replace("\ntask:\n", f"    {name}:\n{lines}\ntask:\n")
        choice, default = f"    {name}:\n      value: {name}\n", "  default: image-classification\n"
        text = text.replace(default, choice + default)
    file.write_text(text, "utf-8")
