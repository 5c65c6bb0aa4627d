"""Ask TensorFlow Serving over gRPC, which spares both sides the numbers in decimals."""

from .backend import tf  # before what imports TensorFlow with all its notes
from .signature import Arrays

# isort: split

import grpc
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub


def predict(inputs: Arrays, address: str = "127.0.0.1:8500", seconds: float = 30) -> Arrays:
    """Return the model's outputs for a batch of inputs. grpc.RpcError says why not."""
    with grpc.insecure_channel(address) as channel:
        answer = PredictionServiceStub(channel).Predict(question(inputs), timeout=seconds)
    return {name: tf.make_ndarray(output) for name, output in answer.outputs.items()}


def question(inputs: Arrays) -> PredictRequest:
    request = PredictRequest()
    request.model_spec.name = __package__
    for name, array in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
    return request
