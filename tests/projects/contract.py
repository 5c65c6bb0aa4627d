"""What every server of a model must do, asked by the project's own client: the same numbers, and clear refusals."""

import importlib.util
import json
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from .conftest import Project

SENSELESS: list[Any] = [
    {},
    [],
    "instances",
    {"instances": []},
    {"instances": [[1, 2], [3]]},
    {"instances": [[[8]]]},
    {"instances": [[["8"]]]},
    b'{"instances": [[',
    b"\xff",
    b"",
]
HUGE = b"[" + b"8," * 2**23 + b"8]"


def load_client(project: "Project") -> ModuleType:
    """The project's own client; numpy is all that it needs."""
    spec = importlib.util.spec_from_file_location("client", project.path / "src" / project.package / "client.py")
    client = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(client)
    return client


def check(project: "Project", server: str, token: str = "") -> None:
    """Of the server at that address, which has the project's model."""
    client, model = load_client(project), f"{server}/v1/models/{project.package}"
    with np.load(project.path / "artifacts" / "golden.npz") as golden:
        images, logits = golden["images"], golden["logits"]
    for batch in (1, len(images)):
        assert np.abs(client.predict(images[:batch], model, token) - logits[:batch]).max() < 1e-3
    for body in SENSELESS:
        refused(client, f"{model}:predict", body, token)
    image = images[:1].copy()
    for value in (np.nan, 1e30):
        image.flat[0] = value
        refused(client, f"{model}:predict", json.dumps({"instances": image.tolist()}).encode(), token)
    refused(client, f"{model}-other:predict", {"instances": images[:1].tolist()}, token)
    if token:
        for other in ("", "wrong"):
            refused(client, f"{model}:predict", {"instances": images[:1].tolist()}, other)
    refused(client, f"{model}:predict", HUGE, token)
    assert client.predict(images[:1], model, token).shape == (1, *logits.shape[1:])  # and it still answers


def refused(client: ModuleType, url: str, body: Any, token: str) -> None:
    """A request whose answer is a 4xx that says something; one too large may be cut off instead."""
    try:
        with pytest.raises(client.Refused) as refusal:
            client.ask(url, body, token)
    except OSError:
        assert body is HUGE
        return
    assert 400 <= refusal.value.args[0] < 500, f"{body!r:.80}: {refusal.value}"
    assert refusal.value.args[1]
