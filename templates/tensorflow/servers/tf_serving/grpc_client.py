"""Ask TensorFlow Serving over gRPC, which spares both sides the numbers in decimals."""

import numpy as np

from .backend import tf  # before what imports TensorFlow with all its notes

# isort: split

import grpc
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub


def predict(images: np.ndarray, address: str = "127.0.0.1:8500", seconds: float = 30) -> np.ndarray:
    """The model's outputs [n, ...] for images [n, ...] as the model takes them; grpc.RpcError says why not."""
    with grpc.insecure_channel(address) as channel:
        answer = PredictionServiceStub(channel).Predict(question(images), timeout=seconds)
    return tf.make_ndarray(answer.outputs["logits"])


def question(images: np.ndarray) -> PredictRequest:
    request = PredictRequest()
    request.model_spec.name = __package__
    request.inputs["images"].CopyFrom(tf.make_tensor_proto(images))
    return request
