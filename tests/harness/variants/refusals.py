"""Backbones that a project of texts refuses, each with a sentence, and whose code it does not run."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.harness.variants import weights
from tests.kit.machine import Machine

DESCRIBE = """
import sys
from importlib import import_module
package, *backbones = sys.argv[1:]
backbone, config, errors = (import_module(f"{package}.{name}") for name in ("backbone", "config", "errors"))
for name in backbones:
    try:
        backbone.describe(settings := config.Config(backbone=name))
        backbone.build(settings, download=True)
        print("taken")
    except errors.UserError as error:
        print(error)
"""
"""A line for each backbone."""

CODE = "open(__file__ + '.ran', 'w')\nfrom transformers import BertConfig as Config, BertModel as Model\n"


def backbones(framework: str, python: Path, machine: Machine) -> Mapping[Path, str]:
    """Return folders with what is wrong in each, made from one that is right."""
    right, broken = weights.minilm(python, machine, layers=2), machine.folder / "broken"
    pickled, coded, short = (broken / name for name in ("pickled", "coded", "short"))
    for folder in (pickled, coded, short):
        shutil.copytree(right, folder)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    own = {"AutoConfig": "own.Config", "AutoModel": "own.Model"}
    change(coded, model_type="own", auto_map=own)
    (coded / "own.py").write_text(CODE, "utf-8")
    change(short, vocab_size=100)
    return {
        pickled: {"pytorch": "no .safetensors", "tensorflow": "`model.safetensors` doesn't exist"}[framework],
        coded: {"pytorch": "code of its own, which is not run", "tensorflow": "no converter"}[framework],
        short: "it has 30522 tokens, and the network knows 100",
        broken / "nowhere": "there is no folder",
    }


def change(folder: Path, **settings: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **settings}), "utf-8")
