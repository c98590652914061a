"""The options that several verbs share, each with its help, in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.architecture.catalogue import NAMES
from taskgraft.data.sources import SOURCES
from taskgraft.errors import RequestError
from taskgraft.hardware.device import DEVICES
from taskgraft.training.recipes import RECIPES

Data = Annotated[str, typer.Option("--data", metavar="NAME", help=f"Dataset: {', '.join(SOURCES)}.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Archive or folder that holds the data already; no download."),
]
DataOption = Annotated[
    list[str] | None,
    typer.Option(
        "--data-option", metavar="KEY=NUMBER", help="An option of the dataset, e.g. relatedness=0.5."
    ),
]
Architectures = Annotated[
    str, typer.Option(metavar="all|A,B", help=f"Architectures: all, or some of {', '.join(NAMES)}.")
]
Match = Annotated[
    str | None,
    typer.Option(
        metavar="macs|parameters",
        help="Add a twin, widened or narrowed to the cost of --match-to, of each that costs another.",
    ),
]
MatchTo = Annotated[str, typer.Option(metavar="NAME", help="The architecture whose cost the twins have.")]
RecipeName = Annotated[str, typer.Option("--recipe", metavar="NAME", help=f"Recipe: {', '.join(RECIPES)}.")]
Epochs = Annotated[float | None, typer.Option(help="Epochs to train, in place of the recipe's.")]
Limit = Annotated[
    int | None,
    typer.Option(help="Use at most this many images each of train and test, even over the leaves."),
]
ValFraction = Annotated[
    float | None, typer.Option(help="Share of train held out for validation, in place of the recipe's.")
]
Threads = Annotated[int | None, typer.Option(help="CPU threads; all cores unless told.")]
Device = Annotated[str, typer.Option(metavar="NAME", help=f"Device: {', '.join(DEVICES)}.")]
Prefer = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL|full-path|latency", help="What the recommendation is for; full-path unless told."
    ),
]
Out = Annotated[Path | None, typer.Option(help="Study directory; studies/DATA-RECIPE unless told.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON instead of tables.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would run and what it costs; run nothing.")
]


# What `load` takes for every dataset has options of its own.
_OF_THE_COMMAND = ("data_dir", "val_fraction", "limit")


def parse_data_options(pairs: list[str] | None) -> dict[str, float]:
    """Reads KEY=NUMBER options.

    Example:
        >>> parse_data_options(["relatedness=0.5", "seed=3"])
        {'relatedness': 0.5, 'seed': 3}
    """
    options: dict[str, float] = {}
    for pair in pairs or []:
        key, _, value = pair.partition("=")
        if key in _OF_THE_COMMAND:
            raise RequestError.expected(
                "--data-option", "an option of the dataset", pair, f"Use --{key.replace('_', '-')}."
            )
        try:
            options[key] = int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError as error:
            raise RequestError.expected(
                "--data-option", "KEY=NUMBER", pair, "For example relatedness=0.5."
            ) from error
    return options
