"""How the server takes in a request: its patience, its limit, gzip and forms."""

import asyncio
import zlib
from typing import Any

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect
from uvicorn.protocols.http.auto import AutoHTTPProtocol

MAX_BODY = 2**24  # bytes of a request
PATIENCE = 30  # seconds for a request to arrive, and at the end for the last answers


class Patient(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """Closes a connection on which no request came: idle ones would use up the descriptors."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.timer = self.loop.call_later(PATIENCE, self.give_up)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.timer.cancel()
        self.timer = self.loop.call_later(PATIENCE, self.give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self.timer.cancel()  # it would keep the connection's last request until then
        super().connection_lost(exc)

    def give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:  # no headers of another one are here
            self.transport.close()


async def receive(request: Request) -> bytes:
    """Return the body. One that is too large is read to its end: clients then see the reason."""
    body, size = bytearray(), int(request.headers.get("Content-Length", 0))
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                if max(size, len(body)) <= MAX_BODY:
                    body += chunk
    except (ClientDisconnect, TimeoutError):
        late = f"the request did not arrive within {PATIENCE} seconds"
        raise HTTPException(408, late) from None
    content = unpack(bytes(body), request.headers.get("Content-Encoding", "identity").lower())
    if max(size, len(content)) > MAX_BODY:
        raise HTTPException(413, f"a request has at most {MAX_BODY:,} bytes")
    return content


def unpack(body: bytes, encoding: str) -> bytes:
    """Return a body as it was before it was packed; of one that is too large, the beginning."""
    if encoding == "identity" or not body or len(body) > MAX_BODY:
        return body
    if encoding != "gzip":
        raise HTTPException(415, f"a body may be packed by gzip, not by {encoding}")
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(body, MAX_BODY + 1)
    except zlib.error:
        content = b""
    whole = unpacking.eof and not unpacking.unused_data
    if not (whole or len(content) > MAX_BODY):
        raise HTTPException(400, "the body is not gzip, or not all of it")
    return content


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
