"""Triton's own server, from NVIDIA's wheel, with the model repository of a real project; and KServe's manifest.

The wheel holds no ONNX Runtime backend, so a few lines of Python are installed under its name and run the same file;
Triton gets the repository as the project wrote it.
"""

import ast
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

from tests.kit.machine import Machine

from .conftest import Project

MAX_BATCH = 256  # of config.pbtxt
BACKEND = """
import os

import onnxruntime
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        path = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
        self.session = onnxruntime.InferenceSession(path)

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        names = [each.name for each in self.session.get_inputs()]
        inputs = {name: triton.get_input_tensor_by_name(request, name).as_numpy() for name in names}
        outputs = zip(self.session.get_outputs(), self.session.run(None, inputs))
        return triton.InferenceResponse([triton.Tensor(each.name, array) for each, array in outputs])
"""
PARSE = """
import sys
from google.protobuf import json_format, text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig
print(json_format.MessageToJson(text_format.Parse(sys.stdin.read(), ModelConfig()), indent=None))
"""


@pytest.fixture(scope="module")
def triton(machine: Machine) -> Iterator[Path]:
    """An environment with Triton's server and client."""
    environment = machine.folder / "triton"
    machine.uv("venv", "--python", sys.executable, environment)
    machine.uv("pip", "install", "--python", environment, "nvidia-pytriton>=0.7", "onnxruntime>=1.20")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    home, backends = tritonserver(environment), tritonserver(environment) / "backends"
    shutil.copy(home / "python_backend_stubs" / version / "triton_python_backend_stub", backends / "python")
    (backends / "onnxruntime").mkdir()
    (backends / "onnxruntime" / "model.py").write_text(BACKEND)
    yield environment
    shutil.rmtree(environment)


def tritonserver(environment: Path) -> Path:
    """The folder of the server in the wheel."""
    [folder] = environment.glob("lib/python3*/site-packages/pytriton/tritonserver")
    return folder


@pytest.fixture
def client(project: Project, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The project's own client of this protocol."""
    monkeypatch.syspath_prepend(project.path / "src")
    return importlib.import_module(f"{project.package}.v2_client")


@contextmanager
def started(triton: Path, repository: Path, log: Path, *options: str) -> Iterator[str]:
    """Triton's server on that repository; gives its address."""
    home = tritonserver(triton)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    command = [home / "bin" / "tritonserver", f"--model-repository={repository}"]
    command += [f"--backend-directory={home / 'backends'}", "--http-address=127.0.0.1", f"--http-port={port}"]
    command += ["--allow-grpc=false", "--allow-metrics=false", *options]
    variables = {
        "LD_LIBRARY_PATH": sysconfig.get_config_var("LIBDIR"),
        "PATH": f"{triton / 'bin'}:{os.environ['PATH']}",
    }
    with (
        log.open("w") as output,
        subprocess.Popen(command, env=os.environ | variables, stdout=output, stderr=output) as server,
    ):
        try:
            wait(f"http://127.0.0.1:{port}/v2/health/ready", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def laid_out(project: Project) -> Path:
    """The project's model repository, with two versions."""
    repository = project.path / "tritonserver" / "models"
    shutil.rmtree(repository, ignore_errors=True)
    for version in "12":
        assert project.verb("repository").out == f"tritonserver/models/{project.package}/{version}\n"
    model = repository / project.package
    assert sorted(path.name for path in model.iterdir()) == ["1", "2", "config.pbtxt"]
    exported = (project.path / "artifacts" / "model.onnx").read_bytes()
    assert all((model / version / "model.onnx").read_bytes() == exported for version in "12")
    assert project.machine.ok(["git", "status", "--porcelain"], project.path) == ""
    return repository


def test_the_configuration_is_triton_s_and_that_of_the_model(project: Project, triton: Path) -> None:
    text = (laid_out(project) / project.package / "config.pbtxt").read_text()

    def parse(text: str) -> subprocess.CompletedProcess[str]:
        command = [triton / "bin" / "python", "-c", PARSE]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    config = json.loads(parse(text).stdout)
    manifest = json.loads((project.path / "artifacts" / "manifest.json").read_text())
    assert (config["name"], config["backend"]) == (project.package, "onnxruntime")
    for side in ("input", "output"):
        [given], [described] = config[side], manifest[f"{side}s"]
        assert given == {
            "name": described["name"],
            "dataType": "TYPE_FP32",
            "dims": [str(length) for length in described["shape"][1:]],
        }
    assert 'no field named "dynamic_baching"' in parse(text.replace("dynamic_batching", "dynamic_baching")).stderr


def test_triton_gives_the_trained_models_numbers_or_refuses(
    project: Project, triton: Path, client: ModuleType, tmp_path: Path
) -> None:
    refused = importlib.import_module(f"{project.package}.client").Refused
    with np.load(project.path / "artifacts" / "golden.npz") as golden:
        images, logits = golden["images"], golden["logits"]

    def predict(images: np.ndarray, model: str) -> np.ndarray:
        return client.predict({"images": images}, model)["logits"]

    with started(triton, laid_out(project), tmp_path / "triton.log") as url:
        model = f"{url}/v2/models/{project.package}"
        for batch in (1, len(images)):
            assert np.abs(predict(images[:batch], model) - logits[:batch]).max() < 1e-3
        assert np.abs(predict(images[:1], f"{model}/versions/1") - logits[:1]).max() < 1e-3
        shape = images.shape[1:]
        sizes = [np.zeros((size, *shape), np.float32) for size in (0, MAX_BATCH + 1)]
        for wrong in (images[:, :, :4], images[0], images.astype(np.int64), *sizes):
            with pytest.raises(refused) as refusal:
                predict(wrong, model)
            assert 400 <= refusal.value.args[0] < 500
        tensor = {"name": "images", "datatype": "FP32", "shape": [1, *shape], "data": images[0].tolist()}
        bodies = [b"", b"{", {}, [], {"inputs": []}, {"inputs": [tensor | {"datatype": "INT64"}]}]
        bodies += [{"inputs": [tensor | {"data": [1, 2]}]}, {"inputs": [tensor | {"name": "other"}]}]
        for path, body in [(model, body) for body in bodies] + [(f"{model}-2", {"inputs": [tensor]})]:
            with pytest.raises(refused) as refusal:
                client.ask(f"{path}/infer", body)
            assert "error" in refusal.value.args[1]  # with a status of 500 where it is no JSON: Triton's own way
        assert predict(images[:1], model).shape == (1, *logits.shape[1:])  # and it still answers


def test_triton_takes_up_a_version_while_it_answers_and_refuses_nobody(
    project: Project, triton: Path, client: ModuleType, tmp_path: Path
) -> None:
    repository = laid_out(project)
    compose = yaml.safe_load((project.path / "tritonserver" / "compose.yaml").read_text())
    polling = [option for option in compose["services"]["model"]["command"] if "poll" in option]
    with np.load(project.path / "artifacts" / "golden.npz") as golden:
        images, logits = {"images": golden["images"][:1]}, golden["logits"][:1]
    with started(triton, repository, tmp_path / "triton.log", *polling) as url:
        model = f"{url}/v2/models/{project.package}"
        assert client.ask(model)["versions"] == ["1", "2"]
        assert project.verb("repository").code == 0
        answers, end = 0, time.monotonic() + 60
        while client.ask(model)["versions"] != ["2", "3"]:
            assert time.monotonic() < end
            assert np.abs(client.predict(images, model)["logits"] - logits).max() < 1e-3
            answers += 1
        assert answers > 0
        assert np.abs(client.predict(images, f"{model}/versions/3")["logits"] - logits).max() < 1e-3


def test_kserve_knows_every_field_of_its_manifest(project: Project, machine: Machine, tmp_path: Path) -> None:
    """By the types of KServe's own SDK; those of Kubernetes, which its types hold, are not looked into."""
    machine.uv("pip", "install", "--no-deps", "--target", tmp_path, "kserve>=0.15")
    types = {}
    for file in (tmp_path / "kserve" / "models").glob("v1*.py"):
        [model] = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef)]
        tables = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in model.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        types[model.name] = {tables["attribute_map"][name]: kind for name, kind in tables["openapi_types"].items()}

    def unknown(value: Any, kind: str) -> list[str]:
        if kind not in types:
            return []
        known = types[kind]
        return [f"{kind}.{key}" for key in value if key not in known] + [
            name for key in value if key in known for name in unknown(value[key], known[key])
        ]

    manifest = yaml.safe_load((project.path / "tritonserver" / "inferenceservice.yaml").read_text())
    assert (manifest["apiVersion"], manifest["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    assert unknown(manifest, "V1beta1InferenceService") == []
    model = manifest["spec"]["predictor"]["model"]
    model["storageURI"] = model.pop("storageUri")
    assert unknown(manifest, "V1beta1InferenceService") == ["V1beta1ModelSpec.storageURI"]
