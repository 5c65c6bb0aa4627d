"""Answer over HTTP: predict.py behind FastAPI.

    POST /predict                      a file, as the body or in a form; its answer is for people
    POST /v1/models/NAME:predict       as TensorFlow Serving does: {"instances": [...]} by rows, or
                                       {"inputs": ...} by columns, get the model's own numbers
    GET  /v1/models/NAME               state, version and signature of the model; /metadata
    GET  /healthz /readyz /metrics     for whatever looks after servers; /docs for people

With SERVE_TOKEN in the environment, both POSTs and /v1 need `Authorization: Bearer TOKEN`.
"""

import asyncio
import math
import os
import secrets
import signal
import socket
import tempfile
import timeit
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from threading import Lock, Timer
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic import ConfigDict, Field, ValidationError, create_model
from starlette.exceptions import HTTPException as AnyHTTPException

from .errors import UserError
from .predict import Predictor
from .receive import PATIENCE, Patient, receive, receive_file
from .signature import Spec, from_rows, to_rows

MAX_BATCH = 256  # instances in a request
MAX_FREE = 2**12  # the size of an axis that the signature leaves free
QUICK, SMALL, TINY = 1e-3, 2**14, 2**10  # seconds, bytes, bytes of a file: below, no thread helps
LINGER = 0.5  # seconds after SIGTERM in which requests are still taken
FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


class Service:
    """What one worker answers from the model package."""

    def __init__(self) -> None:
        self.predictor = Predictor()
        self.task, self.name = self.predictor.task, self.predictor.package.manifest["name"]
        self.signature = self.task.signature
        self.request_model = request_model(self.signature.inputs)
        self.most_values = MAX_BATCH * sum(map(values_of_row, self.signature.inputs))
        self.worker, self.lock = ThreadPoolExecutor(1), Lock()  # no runtime has to bear two threads
        self.quick = self.seconds() < QUICK

    def seconds(self) -> float:
        """Return how long the model takes for a row."""
        inputs, _ = self.predictor.package.golden()
        row = {name: array[:1] for name, array in inputs.items()}
        return min(timeit.repeat(lambda: self.predictor.run(row), number=1))

    async def ready(self) -> str:
        return "ok"

    async def status(self) -> dict[str, Any]:
        healthy = {"error_code": "OK", "error_message": ""}
        state = {"version": "1", "state": "AVAILABLE", "status": healthy}
        return {"model_version_status": [state], **asdict(self.signature)}

    async def metadata(self) -> dict[str, Any]:
        sides = {"inputs": self.signature.inputs, "outputs": self.signature.outputs}
        tensors = {side: {spec.name: tensor_info(spec) for spec in sides[side]} for side in sides}
        signatures = {"serving_default": {**tensors, "method_name": "tensorflow/serving/predict"}}
        spec = {"name": self.name, "signature_name": "", "version": "1"}
        return {"model_spec": spec, "metadata": {"signature_def": {"signature_def": signatures}}}

    async def predict_file(self, request: Request) -> Response:
        file = await receive_file(request)
        at_once = self.quick and len(file) < TINY
        return await self.answer(lambda: self.predictor.answers(self.task.read(file))[0], at_once)

    async def predict_rows(self, request: Request) -> Response:
        body = await receive(request)
        return await self.answer(lambda: self.rows(body), self.quick and len(body) < SMALL)

    def rows(self, body: bytes) -> dict[str, Any]:
        if sum(map(body.count, (b",", b"[", b"{"))) > self.most_values:  # before objects are made
            raise UserError(f"these are more numbers than {MAX_BATCH} rows have")
        inputs = self.signature.inputs
        try:
            asked = self.request_model.model_validate_json(body).model_dump(exclude_unset=True)
        except ValidationError as error:
            [why, *_] = error.errors(include_url=False, include_input=False)
            raise UserError(" ".join(map(str, (*why["loc"], why["msg"])))) from None
        if asked.keys() == {"instances"}:
            values = from_rows(asked["instances"], inputs)
        elif asked.keys() == {"inputs"}:
            columns = asked["inputs"]
            values = columns if isinstance(columns, dict) else {inputs[0].name: columns}
        else:
            raise UserError('either "instances" or "inputs" is needed')
        outputs = self.predictor.run(self.signature.fit(values))
        if "instances" in asked:
            return {"predictions": to_rows(outputs)}
        lists = {name: array.tolist() for name, array in outputs.items()}
        return {"outputs": lists if len(lists) > 1 else lists.popitem()[1]}

    async def answer(self, work: Callable[[], Any], at_once: bool = False) -> Response:
        """Answer in a thread, so that other requests are read meanwhile; or at once."""
        if at_once and self.lock.acquire(blocking=False):
            try:
                return self.respond(work)
            finally:
                self.lock.release()
        return await asyncio.get_running_loop().run_in_executor(self.worker, self.in_turn, work)

    def in_turn(self, work: Callable[[], Any]) -> Response:
        with self.lock:
            return self.respond(work)

    def respond(self, work: Callable[[], Any]) -> Response:
        try:
            return JSONResponse(work())
        except UserError as error:
            raise HTTPException(400, str(error)) from None


def create_app() -> FastAPI:
    """Return the application of one worker, with the model loaded."""
    service = Service()
    refusals: dict[int | str, Any] = {"4XX": {"description": "Refused; `error` says why"}}
    app = FastAPI(title=service.name, responses=refusals, lifespan=linger)
    app.add_exception_handler(AnyHTTPException, refuse)
    metrics = Instrumentator(excluded_handlers=["/metrics", "/healthz", "/readyz"])
    metrics.instrument(app).expose(app, include_in_schema=False)

    guard = token_check(os.environ.get("SERVE_TOKEN", "").encode())
    model = f"/v1/models/{service.name}"
    post: dict[str, Any] = {"methods": ["POST"], "dependencies": guard}
    rows = {"application/json": {"schema": service.request_model.model_json_schema()}}
    app.add_api_route("/predict", service.predict_file, openapi_extra=openapi_body(FILE), **post)
    for path in (model, f"{model}/versions/1"):
        answers_rows: dict[str, Any] = {"openapi_extra": openapi_body(rows), **post}
        app.add_api_route(f"{path}:predict", service.predict_rows, **answers_rows)
        app.add_api_route(path, service.status, dependencies=guard)
        app.add_api_route(f"{path}/metadata", service.metadata, dependencies=guard)
    for path in ("/healthz", "/readyz"):
        app.add_api_route(path, service.ready)
        app.add_api_route(path, service.ready, methods=["HEAD"], include_in_schema=False)
    return app


@asynccontextmanager
async def linger(_: FastAPI) -> AsyncIterator[None]:
    """At SIGTERM, stop a little later: uvicorn resets connections that it has not read from yet."""
    stop = signal.getsignal(signal.SIGTERM)
    if callable(stop):
        with suppress(ValueError):  # tests run an application outside of the main thread
            signal.signal(signal.SIGTERM, lambda *caught: Timer(LINGER, stop, caught).start())
    yield


async def refuse(_: Request, error: Any) -> Response:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def token_check(token: bytes) -> list[Any]:
    """What a request has to pass: nothing, or a check of its bearer token."""

    async def authorize(given: Bearer) -> None:
        if not (given and secrets.compare_digest(given.credentials.encode(), token)):
            headers = {"WWW-Authenticate": "Bearer"}
            raise HTTPException(401, "a bearer token is missing or wrong", headers)

    return [Depends(authorize)] if token else []


def request_model(inputs: tuple[Spec, ...]) -> Any:
    """What `:predict` takes, as a model of pydantic: rows, or the columns of all rows."""
    kinds = {spec.name: row_type(spec) for spec in inputs}
    row: Any = create_model("Row", **kinds) if len(kinds) > 1 else kinds[inputs[0].name]
    columns: Any = create_model("Columns", **{name: batch_of(kind) for name, kind in kinds.items()})
    if len(kinds) == 1:
        columns |= batch_of(row)
    one: Any = {"oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}]}
    config = ConfigDict(json_schema_extra=one)
    return create_model(
        "Question", __config__=config, instances=(batch_of(row), None), inputs=(columns, None)
    )


def batch_of(kind: Any) -> Any:
    return Annotated[list[kind], Field(min_length=1, max_length=MAX_BATCH)]


def values_of_row(spec: Spec) -> int:
    """Return how many commas and brackets the JSON of a row has at most."""
    sizes = [size if isinstance(size, int) else spec.longest or MAX_FREE for size in spec.shape[1:]]
    return 2 + sum(math.prod(sizes[: depth + 1]) for depth in range(len(sizes)))


def tensor_info(spec: Spec) -> dict[str, Any]:
    """A tensor as TensorFlow Serving describes it."""
    sizes = (size if isinstance(size, int) else -1 for size in spec.shape)
    kinds = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}
    kind = f"DT_{kinds.get(spec.dtype, spec.dtype.upper())}"
    shape = {"dim": [{"size": str(size), "name": ""} for size in sizes], "unknown_rank": False}
    return {"dtype": kind, "tensor_shape": shape, "name": spec.name}


def row_type(spec: Spec) -> Any:
    """A row of an input: numbers in nested lists."""
    limits = Field(strict=True, ge=spec.low, le=spec.high, allow_inf_nan=False)
    kind: Any = Annotated[float if spec.dtype.startswith("float") else int, limits]
    for size in reversed(spec.shape[1:]):
        least, most = (size, size) if isinstance(size, int) else (1, spec.longest)
        kind = Annotated[list[kind], Field(min_length=least, max_length=most)]
    return kind


def openapi_body(content: dict[str, Any]) -> dict[str, Any]:
    """How /docs describes the body of a request."""
    return {"requestBody": {"required": True, "content": content}}


def main(
    *, host: str = "127.0.0.1", port: int = 8000, workers: int = 1, root_path: str = ""
) -> None:
    """Answer over HTTP until Ctrl+C or SIGTERM. 0.0.0.0 is every address; dead workers return."""
    Predictor()  # or each worker would say in its turn what is wrong with the package
    if not host:
        raise UserError("--host must not be empty.")
    if workers < 1:
        raise UserError(f"--workers must be 1 or more, not {workers}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as error:
        advice = "Try another --port or --host."
        raise UserError(f"Cannot listen on {host}:{port} ({error}). {advice}") from None
    with tempfile.TemporaryDirectory() as shared:  # /metrics adds up what the workers count there
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        application = f"{__name__}:create_app"
        options: Any = {"access_log": False, "timeout_graceful_shutdown": PATIENCE}
        options |= {"http": Patient, "root_path": root_path}
        uvicorn.run(application, factory=True, host=host, port=port, workers=workers, **options)
