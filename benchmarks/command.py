"""What all benches have as commands."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from taskgraft.errors import TaskgraftError
from taskgraft.printing import note


def bench_app() -> typer.Typer:
    """A command without completion, decoration and long tracebacks."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def run_app(app: typer.Typer) -> None:
    """Runs a bench; an error is one line and exits as the command does."""
    try:
        app()
    except TaskgraftError as error:
        note(f"benchmarks: {error}")
        sys.exit(error.exit_code)


def run_main(main: Callable[..., None]) -> None:
    """Runs the function of a bench, whose parameters are its options."""
    app = bench_app()
    app.command()(main)
    run_app(app)
