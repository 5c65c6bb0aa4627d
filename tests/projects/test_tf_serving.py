"""What is published for TensorFlow Serving, read by its own protocol buffers and asked over its own protocol.

Its binary is on no package index. Where one is on PATH it is started with the generated configuration; elsewhere a
service made of its stubs answers from the same folder.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from . import contract
from .conftest import Project

BINARY = "tensorflow_model_server"
BATCHING = {"max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads"}
"""Fields of BatchingParameters, in tensorflow_serving/servables/tensorflow/session_bundle_config.proto."""
MONITORING = ["prometheus_config", "enable", "path"]
"""Fields of MonitoringConfig, in tensorflow_serving/config/monitoring_config.proto."""

PARSE = """
import sys
from google.protobuf import json_format, text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig
print(json_format.MessageToJson(text_format.Parse(sys.stdin.read(), ModelServerConfig()), indent=None))
"""
WARM_UP = """
import sys
from {package}.backend import tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
version = sys.argv[1]
run = tf.saved_model.load(version).signatures["serving_default"]
for record in tf.data.TFRecordDataset(version + "/assets.extra/tf_serving_warmup_requests"):
    request = PredictionLog.FromString(record.numpy()).predict_log.request
    images = tf.make_ndarray(request.inputs["images"])
    print(request.model_spec.name, len(images), *run(images=tf.constant(images))["logits"].shape)
"""
ASK = """
import sys
import grpc, numpy as np
from {package} import grpc_client
address = sys.argv[1]
with np.load("artifacts/golden.npz") as golden:
    images, logits = golden["images"], golden["logits"]
for batch in (1, len(images)):
    answer = grpc_client.predict({{"images": images[:batch]}}, address)["logits"]
    assert np.abs(answer - logits[:batch]).max() < 1e-3
for wrong in (images[:, :, :4], images.astype(np.int64)):
    try:
        grpc_client.predict({{"images": wrong}}, address)
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, error
    else:
        raise AssertionError(wrong.shape)
grpc_client.__package__ = "another"
try:
    grpc_client.predict({{"images": images[:1]}}, address)
except grpc.RpcError as error:
    assert error.code() is grpc.StatusCode.NOT_FOUND, error
else:
    raise AssertionError("another model answered")
"""

pytestmark = pytest.mark.parametrize("project", ["tensorflow"], indirect=True)


def published(project: Project) -> Path:
    """The model's folder, with two versions."""
    models = project.path / "tf_serving" / "models"
    shutil.rmtree(models, ignore_errors=True)
    for version in "12":
        assert project.verb("publish").out == f"tf_serving/models/{project.package}/{version}\n"
    assert project.machine.ok(["git", "status", "--porcelain"], project.path) == ""
    return models / project.package


def test_each_version_is_the_exported_model_with_requests_that_warm_it_up(project: Project) -> None:
    folder, exported = published(project), project.path / "artifacts" / "saved_model"
    assert sorted(path.name for path in folder.iterdir()) == ["1", "2"]
    for version in folder.iterdir():
        added = {path.relative_to(version) for path in version.rglob("*") if path.is_file()}
        for file in filter(Path.is_file, exported.rglob("*")):
            assert (version / file.relative_to(exported)).read_bytes() == file.read_bytes()
            added.remove(file.relative_to(exported))
        assert added == {Path("assets.extra/tf_serving_warmup_requests")}
    script = WARM_UP.format(package=project.package)
    out = project.machine.ok([project.python, "-c", script, folder / "2"], project.path)
    assert out.splitlines() == [f"{project.package} 1 1 10", f"{project.package} 64 64 10"]


def test_a_spoiled_package_is_not_published(project: Project) -> None:
    folder, file = published(project), project.path / "artifacts" / "saved_model" / "saved_model.pb"
    content = file.read_bytes()
    try:
        file.write_bytes(content[:-1])
        done = project.verb("publish")
    finally:
        file.write_bytes(content)
    assert done.code == 1
    assert done.err == "artifacts/saved_model was changed since the export: see its sha256. Export again.\n"
    assert sorted(path.name for path in folder.iterdir()) == ["1", "2"]


def test_its_configuration_names_the_published_folder(project: Project) -> None:
    text = (project.path / "tf_serving" / "models.config").read_text()

    def parse(text: str) -> subprocess.CompletedProcess[str]:
        command = [project.python, "-c", PARSE]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    assert json.loads(parse(text).stdout)["modelConfigList"]["config"] == [
        {
            "name": project.package,
            "basePath": f"/models/{project.package}",
            "modelPlatform": "tensorflow",
            "modelVersionPolicy": {"latest": {"numVersions": 2}},
        }
    ]
    assert 'no field named "base_pth"' in parse(text.replace("base_path", "base_pth")).stderr


def test_monitoring_and_batching_have_the_fields_of_tensorflow_serving(project: Project) -> None:
    """Of names only: their protocol buffers are in no package."""
    text = (project.path / "tf_serving" / "monitoring.config").read_text()
    assert re.findall(r"\w+(?= \{|: )", text) == MONITORING
    text = (project.path / "tf_serving" / "batching.config").read_text()
    assert set(re.findall(r"^(\w+) \{ value: \d+ \}$", text, re.MULTILINE)) == BATCHING


def test_its_own_client_gets_the_numbers_of_the_trained_model_over_grpc(project: Project) -> None:
    folder = published(project)
    with started(project, folder.parent) as (address, _):
        script = ASK.format(package=project.package)
        project.machine.ok([project.python, "-c", script, address], project.path)


def test_tensorflow_serving_itself_keeps_the_contract_over_rest(project: Project) -> None:
    if not shutil.which(BINARY):
        pytest.skip(f"TensorFlow Serving was not started: that needs {BINARY}")
    folder = published(project)
    with started(project, folder.parent) as (_, url):
        contract.check(project, url)


@contextmanager
def started(project: Project, models: Path) -> Iterator[tuple[str, str]]:
    """The gRPC address of a server, and its URL where it is TensorFlow Serving itself."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        grpc, rest = one.getsockname()[1], other.getsockname()[1]
    if binary := shutil.which(BINARY):
        settings = project.path / "tf_serving"
        config = models / "models.config"
        config.write_text((settings / "models.config").read_text().replace("/models/", f"{models}/"))
        command = [binary, f"--port={grpc}", f"--rest_api_port={rest}", f"--model_config_file={config}"]
        command += ["--enable_batching", f"--batching_parameters_file={settings / 'batching.config'}"]
        command += [f"--monitoring_config_file={settings / 'monitoring.config'}"]
    else:
        script = Path(__file__).with_name("prediction_service.py")
        command = [str(project.python), str(script), str(models), project.package]
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet) as server:
        try:
            if binary:
                wait(grpc)
                yield f"127.0.0.1:{grpc}", f"http://127.0.0.1:{rest}"
            else:
                yield f"127.0.0.1:{int(server.stdout.readline())}", ""
        finally:
            server.terminate()


def wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("TensorFlow Serving was not ready in half a minute")
