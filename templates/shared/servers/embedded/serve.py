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
import socket
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
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
PATIENCE = 30  # seconds for a request to arrive, and after SIGTERM for the last answers
FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def create_app() -> FastAPI:
    """Return the application of one worker, with the model loaded."""
    predictor = Predictor()
    name, signature = predictor.package.manifest["name"], predictor.task.signature
    question, model = question_of(signature.inputs), f"/v1/models/{name}"
    rows_body = {"application/json": {"schema": question.model_json_schema()}}
    one_at_a_time = ThreadPoolExecutor(1)  # LiteRT must not be asked by two threads
    app = FastAPI(title=name, responses={"4XX": {"description": "Refused; `error` says why"}})
    metrics = Instrumentator(excluded_handlers=["/metrics", "/healthz", "/readyz"])
    metrics.instrument(app).expose(app, include_in_schema=False)
    guard = guards(os.environ.get("SERVE_TOKEN", "").encode())

    @app.exception_handler(AnyHTTPException)
    async def refuse(_: Request, error: AnyHTTPException) -> Response:
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    @app.get("/healthz")
    @app.get("/readyz")
    async def ready() -> str:
        return "ok"

    @app.get(model, dependencies=guard)
    async def status() -> dict[str, Any]:
        healthy = {"error_code": "OK", "error_message": ""}
        state = {"version": "1", "state": "AVAILABLE", "status": healthy}
        return {"model_version_status": [state], **asdict(signature)}

    async def answer(work: Callable[[bytes], Any], body: bytes) -> Response:
        try:
            loop = asyncio.get_running_loop()
            return JSONResponse(await loop.run_in_executor(one_at_a_time, work, body))
        except UserError as error:
            raise HTTPException(400, str(error)) from None

    def predict_rows(body: bytes) -> Any:
        try:
            rows = question.model_validate_json(body).model_dump()["instances"]
        except ValidationError as error:
            [why, *_] = error.errors(include_url=False, include_input=False)
            raise UserError(" ".join(map(str, (*why["loc"], why["msg"])))) from None
        inputs = signature.fit(from_rows(rows, signature.inputs))
        return {"predictions": to_rows(predictor.run(inputs))}

    @app.post(f"{model}:predict", dependencies=guard, openapi_extra=body(rows_body))
    async def predict(request: Request) -> Response:
        return await answer(predict_rows, await receive(request))

    def predict_file(file: bytes) -> Any:
        return predictor.answers(predictor.task.read(file))[0]

    @app.post("/predict", dependencies=guard, openapi_extra=body(FILE))
    async def predict_for_people(request: Request) -> Response:
        return await answer(predict_file, await receive_file(request))

    return app


def guards(token: bytes) -> list[Any]:
    """What a request has to pass: nothing, or a check of its bearer token."""

    async def authorize(given: Bearer) -> None:
        if not (given and secrets.compare_digest(given.credentials.encode(), token)):
            headers = {"WWW-Authenticate": "Bearer"}
            raise HTTPException(401, "a bearer token is missing or wrong", headers)

    return [Depends(authorize)] if token else []


def question_of(inputs: tuple[Spec, ...]) -> Any:
    """What `:predict` takes of this model, in the words of pydantic."""
    kinds = {spec.name: kind_of(spec) for spec in inputs}
    row: Any = create_model("Row", **kinds) if len(kinds) > 1 else kinds[inputs[0].name]
    rows: Any = Annotated[list[row], Field(min_length=1, max_length=MAX_BATCH)]
    return create_model("Question", instances=rows)


def kind_of(spec: Spec) -> Any:
    """A row of an input: numbers in nested lists."""
    limits = Field(strict=True, ge=spec.low, le=spec.high, allow_inf_nan=False)
    kind: Any = Annotated[float if spec.dtype.startswith("float") else int, limits]
    for size in reversed(spec.shape[1:]):
        most = size if isinstance(size, int) else None
        kind = Annotated[list[kind], Field(min_length=most or 1, max_length=most)]
    return kind


def body(content: dict[str, Any]) -> dict[str, Any]:
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

    async def again() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async with Request(request.scope, again).form() as form:
        for value in form.values():
            if isinstance(value, UploadFile):
                return await value.read()
    raise HTTPException(400, "the form has no file")


def main(*, host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Answer over HTTP until Ctrl+C or SIGTERM. 0.0.0.0 is every address; dead workers are replaced."""
    Predictor()  # or each worker would say in its turn what is wrong with the package
    if not host or workers < 1:
        given = f"they are {host!r} and {workers}"
        raise UserError(f"--host must not be empty, and --workers 1 or more: {given}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as error:
        advice = "Try another --port or --host."
        raise UserError(f"There can be no server at {host}:{port} ({error}). {advice}") from None
    with tempfile.TemporaryDirectory() as shared:  # /metrics adds up what the workers count there
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        uvicorn.run(
            f"{__name__}:create_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            access_log=False,
            timeout_graceful_shutdown=PATIENCE,
        )
