"""What texts reach: from nothing, from MiniLM, and by the linear model that each training prints."""

import csv
import json
import random
import re
import statistics
from collections import defaultdict
from pathlib import Path

import pytest

from tests.harness.variants import weights
from tests.kit.machine import Machine

from .conftest import Make, python_of

pytestmark = pytest.mark.nightly

NOUNS = Path("/usr/share/wordnet/data.noun")
"""Of Debian's wordnet-base. A line has the number of a topic second, and after a bar what the noun means."""

TOPICS = [
    "tops",
    "act",
    "animal",
    "artifact",
    "attribute",
    "body",
    "cognition",
    "communication",
    "event",
    "feeling",
    "food",
    "group",
    "location",
    "motive",
    "object",
    "person",
    "phenomenon",
    "plant",
    "possession",
    "process",
    "quantity",
    "relation",
    "shape",
    "state",
    "substance",
    "time",
]
SEEDS = range(3)

FAMILIES = """
import sys
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
import numpy as np
import torch
import transformers as t
package = sys.argv[1]
Classifier = import_module(f"{package}.model").Classifier
FORMATS = import_module(f"{package}.formats").FORMATS
signature = import_module(f"{package}.signature")
optimizer = import_module(f"{package}.optimizer")
WORDS, LONGEST = 300, 100
small = dict(vocab_size=WORDS, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
distant = dict(relative_attention=True, position_buckets=32, pos_att_type=["p2c", "c2p"], share_att_key=True)
marks = dict(pad_token_id=0, cls_token_id=1, sep_token_id=2, bos_token_id=1, eos_token_id=2)
families = [
    t.BertConfig(**small), t.RobertaConfig(**small), t.XLMRobertaConfig(**small), t.MPNetConfig(**small),
    t.DistilBertConfig(vocab_size=WORDS, dim=32, n_layers=2, n_heads=2, hidden_dim=64),
    t.ElectraConfig(**small, embedding_size=32), t.AlbertConfig(**small, embedding_size=16),
    t.DebertaV2Config(**small, **distant, position_biased_input=False),
    t.ModernBertConfig(**small, **marks, global_attn_every_n_layers=2, local_attention=16),
]
shape = ("batch", "length")
inputs = [signature.Spec(name, "int64", shape, 0, WORDS - 1, LONGEST) for name in ("ids", "mask")]
asked = signature.Signature(tuple(inputs), (signature.Spec("logits", "float32", ("batch", 4)),))

def texts(many, length):
    ids, mask = torch.randint(5, WORDS, (many, length)), torch.ones(many, length, dtype=torch.int64)
    if many > 1:
        mask[0, length // 2 :] = 0
    return ids, mask

for family in families:
    torch.manual_seed(0)
    model = Classifier(t.AutoModel.from_config(family), 4).eval()
    assert max(optimizer.depths(model.backbone).values()) == (2 if family.model_type == "albert" else 3)
    for format in FORMATS.values():
        path = Path(tempfile.mkdtemp()) / format.FILE
        with warnings.catch_warnings(action="ignore"):
            format.export(model, texts(8, 20), path, asked)
        run = format.load(path, asked)
        for many, length in ((1, 1), (1, 2), (2, 17), (3, LONGEST)):
            given = texts(many, length)
            expected = model(*given).detach().numpy()
            found = run({"ids": given[0].numpy(), "mask": given[1].numpy()})["logits"]
            most = format.TOLERANCE * np.abs(expected).max()
            assert np.abs(found - expected).max() <= most, (family.model_type, format.FILE, many, length)
print(len(families), "families")
"""


@pytest.fixture
def glosses(tmp_path: Path) -> Path:
    """600 definitions of nouns for each of the 12 topics that have most, as a CSV file."""
    if not NOUNS.exists():
        pytest.skip("needs Debian's package wordnet-base")
    found: dict[str, set[str]] = defaultdict(set)
    for line in NOUNS.read_text("utf-8").splitlines():
        head, _, gloss = line.partition("|")
        if not line.startswith(" ") and (text := gloss.partition(";")[0].strip()):
            found[TOPICS[int(head.split()[1]) - 3]].add(text)
    rng, file = random.Random(0), tmp_path / "glosses.csv"
    with file.open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(["text", "label"])
        for topic in sorted(sorted(found, key=lambda topic: -len(found[topic]))[:12]):
            rows.writerows((text, topic) for text in rng.sample(sorted(found[topic]), 600))
    return file


def trained(machine: Machine, project: Path, *settings: str | Path) -> tuple[float, list[float], list[float]]:
    """The linear accuracy on the validation split; that of the network from each seed, and on the test split."""
    linear, validated, tested = 0.0, [], []
    for seed in SEEDS:
        run = [python_of(project), "-m", project.name.replace("-", "_")]
        printed = machine.ok([*run, "train", *settings, "--name", f"seed{seed}", "--seed", str(seed)], project)
        linear, *_, best = map(float, re.findall(r"val_accuracy (\d\.\d+)", printed))
        machine.ok([*run, "evaluate", f"seed{seed}"], project)
        evaluation = json.loads((project / "runs" / f"seed{seed}" / "evaluation.json").read_text())
        validated.append(best)
        tested.append(round(evaluation["accuracy"], 4))
    return linear, validated, tested


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_minilm_beats_a_linear_model_on_glosses(
    machine: Machine, new_project: Make, glosses: Path, framework: str
) -> None:
    project = new_project(f"glosses-{framework}", framework, "task=text-classification", "start=pretrained")
    backbone = weights.minilm(python_of(project), machine)
    settings = ["--data-dir", glosses, "--backbone", backbone, "--epochs", "3"]
    linear, validated, tested = trained(machine, project, *settings)
    print(f"glosses, {framework}: linear {linear}; from MiniLM {validated}, test split {tested}")
    assert min(validated) > linear


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_a_network_from_nothing_learns_which_language_a_sentence_is_in(
    machine: Machine, new_project: Make, framework: str
) -> None:
    """The linear model, which reads letters, is better: the README says so."""
    project = new_project(f"sentences-{framework}", framework, "task=text-classification")
    linear, validated, tested = trained(machine, project)
    print(f"sentences, {framework}: linear {linear}; from nothing {validated}, test split {tested}")
    assert statistics.median(validated) > 0.9


def test_each_family_of_encoders_is_exported(machine: Machine, new_project: Make) -> None:
    """With random weights, for texts of 1 token to the longest."""
    options = ("task=text-classification", "start=pretrained", "exports=[onnx,torch_export,torchscript]")
    project = new_project("families", "pytorch", *options)
    machine.uv("pip", "install", "--quiet", "-e", ".[train,export]", "-c", "constraints.txt", cwd=project)
    assert machine.ok([python_of(project), "-c", FAMILIES, "families"], project).endswith("9 families\n")
