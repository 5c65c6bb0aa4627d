"""Answer over HTTP, in the shape of TensorFlow Serving's REST interface: predict.py behind FastAPI.

    POST /v1/models/NAME:predict       {"instances": [image, ...]} is answered by {"predictions": [logits, ...]}
    GET  /v1/models/NAME               state, version and signature of the model
    GET  /healthz /readyz /metrics     for whatever looks after servers; /docs for people

With SERVE_TOKEN in the environment, all below /v1 asks for `Authorization: Bearer TOKEN`.
"""

import asyncio
import os
import secrets
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import numpy as np
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic import Field, ValidationError, create_model
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.requests import ClientDisconnect

from .package import Manifest
from .predict import Predictor

MAX_BATCH = 256  # images in a request
MAX_BODY = 2**24  # bytes of a request
PATIENCE = 30  # seconds for a request to arrive, and after SIGTERM for the last answers
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def create_app() -> FastAPI:
    """The application of one worker, with the model loaded."""
    predictor = Predictor()
    question, model = question_of(predictor.manifest), f"/v1/models/{predictor.manifest['name']}"
    one_at_a_time = ThreadPoolExecutor(1)  # LiteRT must not be asked by two threads, and the others gain nothing
    token = os.environ.get("SERVE_TOKEN", "").encode()
    app = FastAPI(title=predictor.manifest["name"], responses={"4XX": {"description": "Refused; `error` says why"}})
    metrics = Instrumentator(excluded_handlers=["/metrics", "/healthz", "/readyz"])  # what asks for those is no client
    metrics.instrument(app).expose(app, include_in_schema=False)

    async def authorize(given: Bearer) -> None:
        if not (given and secrets.compare_digest(given.credentials.encode(), token)):
            raise HTTPException(401, "a bearer token is missing or wrong", {"WWW-Authenticate": "Bearer"})

    guard = [Depends(authorize)] if token else []

    @app.exception_handler(AnyHTTPException)
    async def refuse(_: Request, error: AnyHTTPException) -> Response:
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    @app.get("/healthz")
    @app.get("/readyz")
    async def ready() -> str:
        return "ok"

    @app.get(model, dependencies=guard)
    async def status() -> dict[str, Any]:
        state = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        return {"model_version_status": [state]} | {k: predictor.manifest[k] for k in ("inputs", "outputs", "labels")}

    def answer(body: bytearray) -> Response:
        try:
            images = np.array(question.model_validate_json(body).instances, np.float32)
        except ValidationError as error:
            [why, *_] = error.errors(include_url=False, include_input=False)
            raise HTTPException(400, " ".join(map(str, (*why["loc"], why["msg"])))) from None
        return JSONResponse({"predictions": predictor.run(images).tolist()})

    body = {"required": True, "content": {"application/json": {"schema": question.model_json_schema()}}}

    @app.post(f"{model}:predict", dependencies=guard, openapi_extra={"requestBody": body})
    async def predict(request: Request) -> Response:
        return await asyncio.get_running_loop().run_in_executor(one_at_a_time, answer, await receive(request))

    return app


def question_of(manifest: Manifest) -> Any:
    """The request to predict: what this model takes, in the words of pydantic."""
    low, high = manifest["preprocessing"]["range"]
    image: Any = Annotated[float, Field(strict=True, ge=low, le=high)]
    for length in reversed(manifest["inputs"][0]["shape"][1:]):
        image = Annotated[list[image], Field(min_length=length, max_length=length)]
    return create_model("Question", instances=Annotated[list[image], Field(min_length=1, max_length=MAX_BATCH)])


async def receive(request: Request) -> bytearray:
    """The body. One that is too large is read to its end: clients then see the reason, and no broken connection."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk if len(body) <= MAX_BODY else b""
    except (ClientDisconnect, TimeoutError):
        raise HTTPException(408, f"the request did not arrive within {PATIENCE} seconds") from None
    if len(body) > MAX_BODY:
        raise HTTPException(413, f"a request has at most {MAX_BODY:,} bytes")
    return body


def main(*, host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Answer over HTTP until Ctrl+C or SIGTERM. 0.0.0.0 is every address of this machine; dead workers are replaced."""
    Predictor()  # or each worker would say in its turn what is wrong with the package
    if not host or workers < 1:
        raise SystemExit(f"--host must not be empty, and --workers 1 or more: they are {host!r} and {workers}.")
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, OverflowError) as error:
        raise SystemExit(f"There can be no server at {host}:{port} ({error}). Try another --port or --host.") from None
    with tempfile.TemporaryDirectory() as shared:  # /metrics adds up what the workers count there
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        app: Any = {"app": f"{__name__}:create_app", "factory": True, "workers": workers, "access_log": False}
        uvicorn.run(**app, host=host, port=port, timeout_graceful_shutdown=PATIENCE)
