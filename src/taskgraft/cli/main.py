"""The command: its verbs, and how an error reaches the user."""

from __future__ import annotations

import signal
import sys
from importlib import metadata
from types import FrameType
from typing import Annotated

import typer

from taskgraft.cli.architectures import architectures
from taskgraft.cli.bench import bench
from taskgraft.cli.compare import compare
from taskgraft.cli.data import data
from taskgraft.cli.report import report
from taskgraft.cli.train import train
from taskgraft.errors import TaskgraftError


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"taskgraft {metadata.version('taskgraft')}")
        raise typer.Exit


app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Train and fairly compare image classifiers of every level of a label hierarchy at once."""


app.command()(compare)
app.command()(train)
app.command()(report)
app.command()(architectures)
app.command()(bench)
app.add_typer(data, name="data")


class _Stopped(BaseException):
    """Ctrl-C or SIGTERM, made into an exception of our own so that files under way are cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        # What a shell expects of a program that a signal ended.
        self.exit_code = 128 + number


def main() -> None:
    """Runs the command; exits with 0 done, 1 the work failed, 2 the request was wrong.

    Stopped by Ctrl-C it exits with 130, by SIGTERM with 143.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        app()
    except TaskgraftError as error:
        _say(f"taskgraft: {error}")
        sys.exit(error.exit_code)
    except _Stopped as stopped:
        _say("taskgraft: stopped. Finished runs of a study are kept; the same command goes on from there.")
        sys.exit(stopped.exit_code)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        sys.stderr.close()
        sys.exit(1)


def _stop(number: int, frame: FrameType | None) -> None:
    raise _Stopped(number)


def _say(text: str) -> None:
    """One line on standard error, whatever stood in the names it quotes."""
    sys.stderr.write("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text) + "\n")
