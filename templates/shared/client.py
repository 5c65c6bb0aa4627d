"""Ask a server that speaks TensorFlow Serving's REST API. The file needs NumPy alone: copy it."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np

LOCAL = f"http://127.0.0.1:8000/v1/models/{__package__}"


class Refused(Exception):
    """The HTTP status of a refusal, and what the server says about it."""


def predict(inputs: Any, model: str = LOCAL, token: str = "") -> Any:
    """Return the model's outputs for a batch of inputs.

    The inputs are an array [batch, ...] or, by their names, several; so are the outputs.
    """
    arrays = inputs if isinstance(inputs, dict) else {"": inputs}
    lists = [array.tolist() for array in arrays.values()]
    rows = lists[0]
    if len(lists) > 1:
        rows = [dict(zip(arrays, row, strict=True)) for row in zip(*lists, strict=True)]
    answers = ask(f"{model}:predict", {"instances": rows}, token)["predictions"]
    if not isinstance(answers[0], dict):
        return as_array(answers)
    return {name: as_array([answer[name] for answer in answers]) for name in answers[0]}


def as_array(numbers: list[Any]) -> np.ndarray:
    array = np.array(numbers)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def ask(url: str, question: Any = None, token: str = "", seconds: float = 30) -> Any:
    """Return the answer to a POST of the question, JSON or bytes; without one, to a GET."""
    body = question if isinstance(question, bytes | None) else json.dumps(question).encode()
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urlopen(Request(url, body, headers), timeout=seconds) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise Refused(error.code, error.read().decode()) from None
