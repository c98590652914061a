"""Options that several verbs share, and that are of the command line alone."""

from __future__ import annotations

from typing import Annotated

import typer

from taskgraft.cli.taking import option_of
from taskgraft.request import CompareOptions

Json = Annotated[
    bool,
    typer.Option("--json", help="Print machine-readable JSON instead of tables.", rich_help_panel="Output"),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Print what would run and what it costs; run nothing.", rich_help_panel="Output"
    ),
]
ArchitectureFile = Annotated[str | None, option_of(CompareOptions, "architecture_file")]
Forks = Annotated[str | None, option_of(CompareOptions, "forks")]
ModelPlace = Annotated[
    str, typer.Argument(metavar="MODEL", help="A study, one of its runs, or a model.safetensors.")
]
Variant = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which variant of the study; what it recommends unless given."),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Of which seed; the best on val unless given.")]
TargetAccuracy = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="Go down the tree only as far as this share of the answers is right: 0.95."
    ),
]
Confidence = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="With which --target-accuracy is promised.  [default: 0.95]", show_default=False
    ),
]
Prefer = Annotated[str | None, option_of(CompareOptions, "prefer")]
Margin = Annotated[float | None, option_of(CompareOptions, "margin")]
