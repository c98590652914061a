"""What every request passes: who may come in, and how a refusal leaves."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Callable, Collection
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taskgraft.errors import RequestError
from taskgraft.serve._answers import json_response
from taskgraft.serve._refused import RefusedError
from taskgraft.serve._service import Service

_OPEN = ("/", "/health")
PATHS = (*_OPEN, "/predict", "/taxonomy", "/metrics", "/openapi.json")
"""Every path. The first ones need no token: without it they say nothing of the models."""
IS_KNOWN = "taskgraft.is_known"
"""Where the scope says whether a request brought the token, or there is none."""

_CLOSED = 499  # as nginx calls a client that has gone
_MOST_HOSTS = 100


class Gate:
    """Checks who asks, makes one line of JSON of every refusal, and counts.

    Args:
        app: What is behind it.
        service: What is served.
        token: What `Authorization: Bearer` has to name; None where everybody may come in.
        hosts: Names, beside addresses and localhost, by which the server may be called.
        log: Called with a line for each fault of the server.
    """

    def __init__(
        self,
        app: ASGIApp,
        service: Service,
        token: str | None,
        hosts: Collection[str],
        log: Callable[[str], None],
    ) -> None:
        self._app, self._service, self._log = app, service, log
        self._token = None if token is None else _digest(token.encode())
        self._hosts = {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, as ASGI has it."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1003})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), _CLOSED

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._service.is_stopping:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        try:
            self._check(request := Request(scope))
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            return
        except Exception as error:
            if status != _CLOSED:  # the answer is on its way already
                raise
            await self._refuse(error, request, noted)
        finally:
            path = _path(scope)
            seconds = time.perf_counter() - started
            self._service.metrics.request(path if path in PATHS else "other", status, seconds)

    async def _refuse(self, error: Exception, request: Request, send: Send) -> None:
        if isinstance(error, RefusedError):
            response = json_response({"error": str(error)}, error.status, error.headers)
        elif isinstance(error, RequestError):
            response = json_response({"error": str(error)}, HTTPStatus.UNPROCESSABLE_ENTITY)
        else:
            # What it says of the server is the server's own business.
            self._log(f"A request failed: {type(error).__name__}: {error}")
            line = "Expected the server to answer, but got a fault of the server. Its log says more."
            response = json_response({"error": line}, HTTPStatus.INTERNAL_SERVER_ERROR)
        await response(request.scope, request.receive, send)

    def _check(self, request: Request) -> None:
        limits, headers = self._service.limits, request.scope["headers"]
        size = sum(len(name) + len(value) for name, value in headers)
        if len(headers) > limits.num_headers or size > limits.header_bytes:
            raise RefusedError.of(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the headers",
                f"at most {limits.num_headers:,} of {limits.header_bytes:,} bytes",
                f"{len(headers):,} of {size:,} bytes",
                "Send fewer.",
                (("connection", "close"),),
            )
        is_known = request.scope[IS_KNOWN] = self._is_known(request)
        if self._token is None:
            self._check_host(request.headers.get("host", ""))
        elif not is_known and _path(request.scope) not in _OPEN:
            raise RefusedError.of(
                HTTPStatus.UNAUTHORIZED,
                "the header Authorization",
                "Bearer and the token of this server",
                "none, or another one",
                "Send the token.",
                (("www-authenticate", "Bearer"),),
            )

    def _is_known(self, request: Request) -> bool:
        """Whether a request brings the token; all do where there is none."""
        if self._token is None:
            return True
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        is_token = hmac.compare_digest(_digest(token.strip().encode("latin-1", "replace")), self._token)
        return is_token and kind.lower() == "bearer"

    def _check_host(self, header: str) -> None:
        """Refuses names that anybody may point at this address (DNS rebinding)."""
        host = header.rpartition(":")[0] if header.rpartition(":")[2].isdecimal() else header
        host = host.strip("[]").lower()
        if host in self._hosts or host == "localhost" or host.endswith(".localhost"):
            return
        try:
            ipaddress.ip_address(host)
        except ValueError as error:
            raise RefusedError.of(
                HTTPStatus.MISDIRECTED_REQUEST,
                "the header Host",
                "an address, localhost or a name that the server was started with",
                header,
                "Start it with that name among its hosts, or with a token.",
            ) from error
        if len(self._hosts) < _MOST_HOSTS:
            self._hosts.add(host)


def _path(scope: Scope) -> str:
    """Of a request, wherever the app is mounted."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


def _digest(token: bytes) -> bytes:
    # Of one length, so that comparing takes the same time for all.
    return hashlib.sha256(token).digest()
