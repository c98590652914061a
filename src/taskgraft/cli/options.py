"""Options that several verbs share, and that are of the command line alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli.taking import option_of
from taskgraft.errors import RequestError
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
    str,
    typer.Argument(metavar="MODEL", help="A study, one of its runs, a model.safetensors, hf:USER/NAME."),
]
Variant = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which variant of the study; what it recommends unless given."),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Of which seed; the best on val unless given.")]
TaxonomyDigest = Annotated[
    str | None,
    typer.Option(metavar="DIGEST", help="Refuse a model whose tree has another digest; `card` names it."),
]
Rename = Annotated[
    Path | None,
    typer.Option("--rename", metavar="FILE", help="Which classes are older ones under other names."),
]
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


def chosen_confidence(confidence: float | None, target_accuracy: float | None) -> float:
    """With which confidence a target accuracy is promised.

    Args:
        confidence: As it was typed; None for the usual one.
        target_accuracy: Likewise; None where nothing is demanded.

    Raises:
        RequestError: If there is a confidence of nothing.
    """
    from taskgraft.scores import CONFIDENCE

    if confidence is None:
        return CONFIDENCE
    if target_accuracy is None:
        raise RequestError.expected(
            "--confidence", "used with --target-accuracy", confidence, "Add what is to be promised."
        )
    return confidence
