"""The command: its verbs, and how an error reaches the user."""

from __future__ import annotations

import os
import shlex
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
from taskgraft.cli.data_check import check
from taskgraft.cli.data_export import data_export
from taskgraft.cli.doctor import doctor
from taskgraft.cli.predictions import predictions
from taskgraft.cli.report import report
from taskgraft.cli.train import train
from taskgraft.errors import TaskgraftError
from taskgraft.hardware.memory import is_out_of_memory
from taskgraft.spelling import on_command_line
from taskgraft.training.stop import STOP, Stopped


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
app.command()(predictions)
app.command()(architectures)
app.command()(bench)
app.command()(doctor)
data.command()(check)
data.command("export")(data_export)
app.add_typer(data, name="data")


def main() -> None:
    """Runs the command; exits with 0 done, 1 the work failed, 2 the request was wrong.

    Stopped by Ctrl-C it exits with 130, by SIGTERM with 143.
    """
    STOP.clear()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        with on_command_line():
            app()
    except TaskgraftError as error:
        _say(f"taskgraft: {error}")
        for line in error.details:
            _say(f"  {line}")
        sys.exit(error.exit_code)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        _say(f"taskgraft: Out of memory. Free some, or use less data. {_how_to_go_on()}")
        sys.exit(TaskgraftError.exit_code)
    except Stopped as stopped:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        _say(f"taskgraft: stopped. {_how_to_go_on()}")
        sys.stdout.flush()
        sys.stderr.flush()
        # Everything is closed by now; to take Python and torch apart as well would be seconds more.
        os._exit(stopped.exit_code)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        sys.stderr.close()
        sys.exit(1)


def _stop(number: int, frame: FrameType | None) -> None:
    if STOP.make(number):
        # Not through sys.stderr: the handler may have come in the middle of a write to it.
        os.write(
            2, b"taskgraft: stopping as soon as the state is whole and saved; once more stops at once.\n"
        )


def _how_to_go_on() -> str:
    if set(sys.argv[1:2]) & {"compare", "train"}:
        command = shlex.join(["taskgraft", *sys.argv[1:]])
        return f"What is done is kept; the same command goes on from there: {command}"
    return "Nothing is left half written."


def _say(text: str) -> None:
    """One line on standard error, whatever stood in the names it quotes."""
    sys.stderr.write("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text) + "\n")
