"""Answer over HTTP: predict.py behind FastAPI.

    POST /predict                      a file, as the body or in a form; its answer is for people
    POST /v1/models/NAME:predict       {"instances": [...]} gets {"predictions": [...]}: the model's
                                       own numbers, in the shape of TensorFlow Serving's REST API
    GET  /v1/models/NAME               state, version and signature of the model
    GET  /healthz /readyz /metrics     for whatever looks after servers; /docs for people

With SERVE_TOKEN in the environment, both POSTs and /v1 need `Authorization: Bearer TOKEN`.
"""

import asyncio
import os
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from threading import Timer
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic import Field, ValidationError, create_model
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.requests import ClientDisconnect

from .errors import UserError
from .predict import Predictor
from .signature import Spec, from_rows, to_rows

MAX_BATCH = 256  # instances in a request
MAX_BODY = 2**24  # bytes of a request
PATIENCE = 30  # seconds for a request to arrive, and at the end for the last answers
LINGER = 0.5  # seconds after SIGTERM in which requests are still taken
FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


class Service:
    """What one worker answers from the model package."""

    def __init__(self) -> None:
        self.predictor = Predictor()
        self.task, self.name = self.predictor.task, self.predictor.package.manifest["name"]
        self.request_model = request_model(self.task.signature.inputs)
        self.one_at_a_time = ThreadPoolExecutor(1)  # no runtime has to bear two threads

    async def ready(self) -> str:
        return "ok"

    async def status(self) -> dict[str, Any]:
        healthy = {"error_code": "OK", "error_message": ""}
        state = {"version": "1", "state": "AVAILABLE", "status": healthy}
        return {"model_version_status": [state], **asdict(self.task.signature)}

    async def predict_file(self, request: Request) -> Response:
        file = await receive_file(request)
        return await self.answer(lambda: self.predictor.answers(self.task.read(file))[0])

    async def predict_rows(self, request: Request) -> Response:
        body = await receive(request)
        return await self.answer(lambda: self.rows(body))

    def rows(self, body: bytes) -> dict[str, Any]:
        inputs = self.task.signature.inputs
        try:
            rows = self.request_model.model_validate_json(body).model_dump()["instances"]
        except ValidationError as error:
            [why, *_] = error.errors(include_url=False, include_input=False)
            raise UserError(" ".join(map(str, (*why["loc"], why["msg"])))) from None
        arrays = self.task.signature.fit(from_rows(rows, inputs))
        return {"predictions": to_rows(self.predictor.run(arrays))}

    async def answer(self, work: Callable[[], Any]) -> Response:
        loop = asyncio.get_running_loop()
        try:
            return JSONResponse(await loop.run_in_executor(self.one_at_a_time, work))
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
    app.add_api_route(
        f"{model}:predict", service.predict_rows, openapi_extra=openapi_body(rows), **post
    )
    app.add_api_route(model, service.status, dependencies=guard)
    for path in ("/healthz", "/readyz"):
        app.add_api_route(path, service.ready)
    return app


@asynccontextmanager
async def linger(_: FastAPI) -> AsyncIterator[None]:
    """At SIGTERM, stop a little later: uvicorn resets connections that it has not read from yet."""
    stop: Any = signal.getsignal(signal.SIGTERM)
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
    """What `:predict` takes, as a model of pydantic."""
    kinds = {spec.name: row_type(spec) for spec in inputs}
    row: Any = create_model("Row", **kinds) if len(kinds) > 1 else kinds[inputs[0].name]
    rows: Any = Annotated[list[row], Field(min_length=1, max_length=MAX_BATCH)]
    return create_model("Question", instances=rows)


def row_type(spec: Spec) -> Any:
    """A row of an input: numbers in nested lists."""
    limits = Field(strict=True, ge=spec.low, le=spec.high, allow_inf_nan=False)
    kind: Any = Annotated[float if spec.dtype.startswith("float") else int, limits]
    for size in reversed(spec.shape[1:]):
        most = size if isinstance(size, int) else None
        kind = Annotated[list[kind], Field(min_length=most or 1, max_length=most)]
    return kind


def openapi_body(content: dict[str, Any]) -> dict[str, Any]:
    """How /docs describes the body of a request."""
    return {"requestBody": {"required": True, "content": content}}


async def receive(request: Request) -> bytes:
    """Return the body. One that is too large is read to its end: clients then see the reason."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk if len(body) <= MAX_BODY else b""
    except (ClientDisconnect, TimeoutError):
        late = f"the request did not arrive within {PATIENCE} seconds"
        raise HTTPException(408, late) from None
    if len(body) > MAX_BODY:
        raise HTTPException(413, f"a request has at most {MAX_BODY:,} bytes")
    return bytes(body)


async def receive_file(request: Request) -> bytes:
    """Return the file of a request: its body, or the first file of a form."""
    body = await receive(request)
    if not request.headers.get("Content-Type", "").startswith("multipart/form-data"):
        return body

    async def replay() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async with Request(request.scope, replay).form() as form:
        for value in form.values():
            if isinstance(value, UploadFile):
                return await value.read()
    raise HTTPException(400, "the form has no file")


def main(*, host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Answer over HTTP until Ctrl+C or SIGTERM. 0.0.0.0 is every address; dead workers are replaced."""
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
        uvicorn.run(application, factory=True, host=host, port=port, workers=workers, **options)
