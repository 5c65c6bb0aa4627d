"""A PredictionService on a SavedModel that was published, by TensorFlow Serving's own stubs, in place of its binary.

Run with a project's Python: prediction_service.py MODELS NAME. Prints the port.
"""

import sys
from concurrent import futures
from pathlib import Path

import grpc
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceServicer,
    add_PredictionServiceServicer_to_server,
)


class Service(PredictionServiceServicer):
    """The newest version answers, by the signature that TensorFlow Serving takes unasked."""

    def __init__(self, folder: Path) -> None:
        version = max((path for path in folder.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
        self.name, self.model = folder.name, tf.saved_model.load(str(version))
        self.signature = self.model.signatures["serving_default"]

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:  # noqa: N802 - gRPC's
        if request.model_spec.name != self.name:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no model is called {request.model_spec.name}")
        inputs = {name: tf.constant(tf.make_ndarray(tensor)) for name, tensor in request.inputs.items()}
        wanted = self.signature.structured_input_signature[1]
        if inputs.keys() != wanted.keys() or not all(wanted[name].is_compatible_with(inputs[name]) for name in wanted):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the model takes {wanted}")
        outputs = self.signature(**inputs)
        answer = PredictResponse()
        for name, tensor in outputs.items():
            answer.outputs[name].CopyFrom(tf.make_tensor_proto(tensor.numpy()))
        return answer


if __name__ == "__main__":
    server = grpc.server(futures.ThreadPoolExecutor(2))
    add_PredictionServiceServicer_to_server(Service(Path(sys.argv[1], sys.argv[2])), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()
