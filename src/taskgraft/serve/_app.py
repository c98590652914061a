"""The server as an ASGI app."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from taskgraft.errors import Phrase, RequestError
from taskgraft.inference import Model
from taskgraft.models import model_file
from taskgraft.printing import note
from taskgraft.request import ServeLimits, has_options
from taskgraft.serve._answers import json_response
from taskgraft.serve._gate import PATHS, Gate
from taskgraft.serve._page import page
from taskgraft.serve._refused import RefusedError
from taskgraft.serve._routes import ENDPOINTS
from taskgraft.serve._served import Served
from taskgraft.serve._service import Service

Source = Model | Path | str | Callable[[], Path]
_LEAST_TOKEN = 16


@has_options(ServeLimits)
def create_app(
    models: Source | Mapping[str, Source],
    *,
    target_accuracy: float | None = None,
    taxonomy_digest: str | None = None,
    token: str | None = None,
    allow_hosts: Collection[str] = (),
    has_page: bool = True,
    **options: Any,
) -> Starlette:
    """Makes the server as an ASGI app, to be run by any server of those or mounted in another app.

    Args:
        models: A model, or several by name: each a `Model`, what `load_model` takes, or a function that
            gives the path of its file.
        target_accuracy: Of answers to requests that name none.
        taxonomy_digest: Of the tree that every model has to have, one that replaces another, too; any unless
            given.
        token: What requests have to bring as `Authorization: Bearer`.
        allow_hosts: Names by which the app may be called, beside addresses and localhost; where there is a
            token, by any.
        has_page: Whether to show the page for people at `/`.
        **options: The limits of the server.

    Returns:
        The app. `app.state.service` is what its requests share.

    Raises:
        TaskgraftError: If a model cannot be read or served, or the token or a limit is out of range.

    Example:
        >>> from taskgraft.serve import create_app
        >>> app = create_app("study", target_accuracy=0.9)  # doctest: +SKIP
        >>> app = create_app({"animals": "animals.safetensors", "plants": plants})  # doctest: +SKIP
    """
    check_token(token)
    named = models if isinstance(models, Mapping) else {"model": models}
    served = {
        name: Served(name, _source(each), target_accuracy, taxonomy_digest) for name, each in named.items()
    }
    if not served:
        raise RequestError.expected("models", "one or more", Phrase("none"), "Name one.")
    service = Service(served, ServeLimits.of(options))
    routes: list[BaseRoute] = [Route(each.path, each.endpoint, methods=each.methods) for each in ENDPOINTS]
    if has_page:
        routes.append(Route("/", page))
    gate = Middleware(Gate, service=service, token=token, hosts=allow_hosts, log=_log)
    app = Starlette(routes=routes, middleware=[gate], exception_handlers={HTTPException: _refused})
    app.state.service = service
    return app


def check_token(token: str | None) -> None:
    """Refuses a token that is easily guessed, or that no header can hold.

    Raises:
        RequestError: If it is one.
    """
    if token is None or (len(token) >= _LEAST_TOKEN and token.isascii() and token.isprintable()):
        return
    raise RequestError.expected(
        "the token",
        f"{_LEAST_TOKEN} signs of ASCII or more",
        Phrase("another one"),
        "Make one: python -c 'import secrets; print(secrets.token_urlsafe())'.",
    )


def _source(source: Source) -> Model | Callable[[], Path]:
    if isinstance(source, Model) or callable(source):
        return source
    return lambda: model_file(source)


def _log(line: str) -> None:
    note(f"taskgraft: {line}")


async def _refused(request: Request, error: Exception) -> Response:
    """A path or a method that there is not."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        refusal = RefusedError.of(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "the method",
            allowed,
            request.method,
            "Use that.",
            (("allow", allowed),),
        )
    else:
        got = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        rule = f"one of {', '.join(PATHS)}"
        refusal = RefusedError.of(HTTPStatus(error.status_code), "the path", rule, got, "Correct it.")
    return json_response({"error": str(refusal)}, refusal.status, refusal.headers)
