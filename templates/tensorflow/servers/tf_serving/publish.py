"""Publish for TensorFlow Serving: `publish` makes the SavedModel the next version in the folder that it watches."""

import shutil
from pathlib import Path

import numpy as np

from . import package, versions
from .backend import tf
from .grpc_client import question

# isort: split

from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

MODELS = Path("tf_serving", "models")
WARM_UP = (
    1,
    64,
)  # the batches that are asked for before a version takes over: the first of a size is slow


def main() -> None:
    """Make the SavedModel of artifacts/ the next version in tf_serving/models/."""
    manifest = package.read(package.ARTIFACTS)
    artifacts = {artifact["format"]: artifact for artifact in manifest["artifacts"]}
    if "saved_model" not in artifacts:
        raise SystemExit(f"There is no saved_model in {package.ARTIFACTS}. Export again.")
    try:
        source = package.whole(package.ARTIFACTS, artifacts["saved_model"])
        with np.load(package.whole(package.ARTIFACTS, manifest["golden"])) as golden:
            images = golden["images"]
    except ValueError as error:
        raise SystemExit(f"{package.ARTIFACTS} cannot be used: {error}. Export again.") from None

    def fill(new: Path) -> None:
        shutil.copytree(source, new, dirs_exist_ok=True)
        (new / "assets.extra").mkdir()
        with tf.io.TFRecordWriter(
            str(new / "assets.extra" / "tf_serving_warmup_requests")
        ) as requests:
            for batch in WARM_UP:
                log = PredictionLog(predict_log=PredictLog(request=question(images[:batch])))
                requests.write(log.SerializeToString())

    print(versions.add(MODELS / manifest["name"], fill))
