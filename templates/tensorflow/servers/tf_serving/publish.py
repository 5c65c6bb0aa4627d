"""Publish for TensorFlow Serving: `publish` makes the SavedModel the next version that it serves."""

import shutil
from pathlib import Path

from . import artifacts, versions
from .backend import tf
from .grpc_client import question

# isort: split

from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

MODELS = Path("tf_serving", "models")
WARM_UP = (1, 64)  # batches to answer before a version takes over: the first of a size is slow


def main() -> None:
    """Make the SavedModel of artifacts/ the next version in tf_serving/models/."""
    package = artifacts.read()
    source, (inputs, _) = versions.source(package, "saved_model"), package.golden()

    def fill(new: Path) -> None:
        shutil.copytree(source, new, dirs_exist_ok=True)
        (new / "assets.extra").mkdir()
        requests = str(new / "assets.extra" / "tf_serving_warmup_requests")
        with tf.io.TFRecordWriter(requests) as writer:
            for batch in WARM_UP:
                request = question({name: array[:batch] for name, array in inputs.items()})
                log = PredictionLog(predict_log=PredictLog(request=request))
                writer.write(log.SerializeToString())

    print(versions.add(MODELS / package.manifest["name"], fill))
