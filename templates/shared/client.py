"""Ask a server that speaks TensorFlow Serving's REST shape: this project's own, or any other."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np

LOCAL = f"http://127.0.0.1:8000/v1/models/{__package__}"


class Refused(Exception):
    """The HTTP status of a no, and what the server says about it."""


def predict(images: np.ndarray, model: str = LOCAL, token: str = "") -> np.ndarray:
    """The model's outputs [n, ...] for images [n, ...] as the model takes them."""
    return np.array(ask(f"{model}:predict", {"instances": images.tolist()}, token)["predictions"], np.float32)


def ask(url: str, question: Any = None, token: str = "", seconds: float = 30) -> Any:
    """The answer to a POST of the question, JSON or bytes; without one, to a GET."""
    body = question if isinstance(question, bytes | None) else json.dumps(question).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urlopen(Request(url, body, headers), timeout=seconds) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise Refused(error.code, error.read().decode()) from None
