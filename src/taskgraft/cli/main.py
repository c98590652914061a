"""The command: its verbs, and how an error reaches the user."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from taskgraft.cli.adapt import adapt
from taskgraft.cli.architectures import architectures
from taskgraft.cli.compare import compare
from taskgraft.cli.data import data
from taskgraft.cli.data_check import check
from taskgraft.cli.data_export import data_export
from taskgraft.cli.doctor import doctor
from taskgraft.cli.evaluate import evaluate
from taskgraft.cli.export import export
from taskgraft.cli.help import GroupedCommand
from taskgraft.cli.predict import predict
from taskgraft.cli.predictions import predictions
from taskgraft.cli.recipe import recipes
from taskgraft.cli.remap import remap
from taskgraft.cli.report import report
from taskgraft.cli.serve import serve
from taskgraft.cli.sharing import card, push
from taskgraft.cli.signals import listen, stopping_signals
from taskgraft.cli.spelling import on_command_line
from taskgraft.cli.studies import studies
from taskgraft.cli.train import train
from taskgraft.cli.usage import PROGRAM, UsageError, Verbs, say_usage
from taskgraft.errors import RequestError, TaskgraftError
from taskgraft.legible import shell_line
from taskgraft.parameter import spelled
from taskgraft.printing import OutputError, give_up_output, note, protect_streams, say
from taskgraft.stopping import Stopped

_NO_THREAD = "can't start new thread"


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        say(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Train and fairly compare image classifiers of every level of a label hierarchy at once."""
    try:
        os.getcwd()
    except OSError as error:
        raise RequestError.expected(
            "the working directory",
            "a directory that is there",
            error.strerror or error,
            "It was removed or moved: change to another one, or to it once more.",
        ) from error


# Each with what fits into a line of the list.
_VERBS: dict[Callable[..., None], str] = {
    compare: "Train every architecture from every seed and compare them.",
    train: "Train one architecture from one seed.",
    report: "Conclude a study again, or two side by side.",
    predict: "Say what pictures show, and how far down that is sure.",
    export: "Write a trained model as one file for another runtime.",
    serve: "Serve trained models over HTTP, with a page to try them.",
    evaluate: "Score a trained model on labelled data, class by class.",
    adapt: "Train a model further after its tree has changed.",
    remap: "Give a model a changed tree without training.",
    card: "Write the card of a trained model.",
    push: "Put a model and its card onto the hub.",
    predictions: "Write what a run predicts of each image as CSV.",
    architectures: "Draw the architectures, with what they cost.",
    doctor: "Look at this machine, and whether it can train.",
}
for verb, line in _VERBS.items():
    app.command(cls=GroupedCommand, short_help=line)(verb)
data.command(cls=GroupedCommand)(check)
data.command("export", cls=GroupedCommand)(data_export)
app.add_typer(data, name="data")
app.add_typer(recipes, name="recipe")
app.add_typer(studies, name="studies")


def main() -> None:
    """Runs the command; exits with 0 done, 1 the work failed, 2 the request was wrong.

    Stopped by Ctrl-C it exits with 130, by SIGTERM with 143, by a terminal that closes with 129.
    """
    protect_streams()
    hush = listen(_farewell)
    try:
        sys.exit(app(prog_name=PROGRAM, standalone_mode=False))
    except TaskgraftError as error:
        details = (f"  {spelled(line, on_command_line)}" for line in error.details)
        note(f"{PROGRAM}: {error.spelled(on_command_line)}", *details)
        if isinstance(error, OutputError):
            give_up_output()
        sys.exit(error.exit_code)
    except UsageError as error:
        sys.exit(say_usage(error))
    except Stopped as stopped:
        _end(stopped)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        give_up_output()
        sys.exit(TaskgraftError.exit_code)
    except (MemoryError, RuntimeError, OSError) as error:
        sentence = _of_the_system(error)
        if sentence is None:
            raise
        note(f"taskgraft: {sentence} {_how_to_go_on()}")
        give_up_output()
        sys.exit(TaskgraftError.exit_code)
    finally:
        hush()


def _end(stopped: Stopped) -> None:
    for number in stopping_signals():
        signal.signal(number, signal.SIG_IGN)
    note(_farewell())
    # Everything is closed by now; to take Python and torch apart as well would be seconds more.
    os._exit(stopped.exit_code)


def _of_the_system(error: Exception) -> str | None:
    """A sentence for what the system refused where no closer place had one; None for a fault of ours."""
    if _is_out_of_memory(error):
        return "Out of memory. Free some, or use less data."
    is_process_limit = isinstance(error, OSError) and error.errno == errno.EAGAIN
    if is_process_limit or _NO_THREAD in str(error):
        return "The system starts no more processes or threads. Raise their limit (ulimit -u), or end some."
    if isinstance(error, OSError) and error.strerror:
        place = f" {os.fsdecode(error.filename)!r}" if isinstance(error.filename, str | bytes) else ""
        return f"The system refused a file or a stream{place}: {error.strerror}."
    return None


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, RuntimeError) and "torch" in sys.modules:
        from taskgraft.hardware import is_out_of_memory

        return is_out_of_memory(error)
    return isinstance(error, MemoryError)


def _farewell() -> str:
    return f"taskgraft: stopped. {_how_to_go_on()}"


def _how_to_go_on() -> str:
    if "--dry-run" in sys.argv[1:]:
        return "Nothing was written."
    if set(sys.argv[1:2]) & {"compare", "train", "adapt"}:
        command = shell_line([PROGRAM, *sys.argv[1:]])
        return f"What is done is kept; the same command goes on from there: {command}"
    return "Nothing is left half written."
