"""`taskgraft serve`: trained models over HTTP."""

from __future__ import annotations

import os
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.taking import Given, takes
from taskgraft.errors import RequestError
from taskgraft.request import ServeLimits
from taskgraft.user_text import user_text

_NEEDS = ("fastapi", "httptools", "prometheus_client", "python_multipart", "uvicorn")
_TOKEN = "TASKGRAFT_TOKEN"
_AT_HOME = ("127.0.0.1", "::1", "localhost")


@takes(ServeLimits)
def serve(
    given: Given,
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Studies, runs or model.safetensors; NAME=MODEL to name one of several.",
        ),
    ],
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Listen on this address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="Listen on this port; 0 for a free one.")] = 8000,
    variant: options.Variant = None,
    seed: options.Seed = None,
    taxonomy_digest: options.TaxonomyDigest = None,
    target_accuracy: options.TargetAccuracy = None,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Requests have to bring the token in it, or in {_TOKEN}."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name by which the server may be called, without a token."),
    ] = None,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Show a page for people at /.")] = True,
) -> None:
    """Serve trained models over HTTP, with a page to try them.

    MODEL may be replaced while it is served: the new one is taken over when it proves undamaged. SIGTERM and
    Ctrl-C answer what has come, then end with exit code 0.
    """
    if missing := next((name for name in _NEEDS if find_spec(name) is None), None):
        raise RequestError.expected(
            "the extra 'serve'", "installed", f"no {missing} package", "pip install taskgraft[serve]"
        )
    limits, token = ServeLimits.of(given), _token(token_file)
    from taskgraft.models import model_file
    from taskgraft.serve import create_app, run

    places = _named(models)
    is_open = token is None and host not in _AT_HOME
    caution = f"Everybody who reaches {host} may use this server: set {_TOKEN} to keep it to some."
    app = create_app(
        {name: partial(model_file, place, variant=variant, seed=seed) for name, place in places.items()},
        target_accuracy=target_accuracy,
        taxonomy_digest=taxonomy_digest,
        token=token,
        allow_hosts=allow_host or (),
        has_page=page,
        **limits.model_dump(),
    )
    run(app, host, port, caution if is_open else "")


def _token(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(_TOKEN) or None
    return user_text("the token", file).strip()


def _named(models: list[str]) -> dict[str, str]:
    """Places by name: that of the folder or the file, unless one is given."""
    places: dict[str, str] = {}
    for model in models:
        name, sign, place = model.partition("=")
        # A path may hold the sign, too.
        if not sign or not name or os.path.exists(model):
            name, place = _name_of(Path(model)), model
        if name in places:
            raise RequestError.expected("each model", "of another name", name, "Name it: NAME=MODEL.")
        places[name] = place
    return places


def _name_of(path: Path) -> str:
    path = path.absolute()
    return path.parent.name if path.name == "model.safetensors" else path.stem
