"""The options that several verbs share, each with its help, in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.architecture import NAMES
from taskgraft.errors import RequestError
from taskgraft.hardware import DEVICES
from taskgraft.recipe import RECIPES

Architectures = Annotated[
    str | None,
    typer.Option(
        metavar="all|A,B", help=f"Architectures: all, or some of {', '.join(NAMES)}, or of the file's."
    ),
]
ArchitectureFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Architectures of your own, in TOML or Python."),
]
Forks = Annotated[
    str | None,
    typer.Option(
        metavar="all|K,K", help="Compare where the trunk forks: after each stage, or after these many."
    ),
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
Trunk = Annotated[
    str | None,
    typer.Option(metavar="timm/NAME", help="A backbone of timm in place of the recipe's trunk (extra timm)."),
]
TrunkWeights = Annotated[
    str | None, typer.Option(metavar="FILE|hub", help="Its pretrained weights: a .safetensors file, or hub.")
]
Balance = Annotated[
    str | None,
    typer.Option(
        metavar="none|loss|sampler", help="Make rare classes count as much as others; or LEVEL=loss,..."
    ),
]
Threads = Annotated[int | None, typer.Option("--threads", help="CPU threads; all cores unless told.")]
Device = Annotated[str, typer.Option(metavar="NAME", help=f"Device: {', '.join(DEVICES)}.")]
Prefer = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL|full-path|latency", help="What the recommendation is for; full-path unless told."
    ),
]
Out = Annotated[Path | None, typer.Option(help="Study directory; studies/DATA-RECIPE unless told.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON instead of tables.")]
AutoBatch = Annotated[
    bool,
    typer.Option("--auto-batch", help="Halve the batch of a run that is out of memory, and begin it anew."),
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Do again the runs that failed before.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would run and what it costs; run nothing.")
]


# What has an option of its own.
_OF_THE_COMMAND = (
    "data_dir",
    "val_fraction",
    "limit",
    "levels",
    "label_columns",
    "image_column",
    "split_column",
    "taxonomy",
    "size",
    "fit",
    "on_bad_image",
    "test_fraction",
)


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
