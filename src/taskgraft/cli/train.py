"""`taskgraft train`: one run, in a study directory of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.architecture.catalogue import NAMES
from taskgraft.cli import options
from taskgraft.cli.study import Asked, plan_and_run
from taskgraft.errors import unknown_name


def train(
    architecture: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")],
    data: options.Data = "shapes",
    data_dir: options.DataDir = None,
    data_option: options.DataOption = None,
    recipe: options.RecipeName = "fast",
    seed: Annotated[int, typer.Option(help="The run's seed.")] = 0,
    epochs: options.Epochs = None,
    limit: options.Limit = None,
    val_fraction: options.ValFraction = None,
    threads: options.Threads = None,
    device: options.Device = "auto",
    out: Annotated[
        Path | None,
        typer.Option(help="Study directory; studies/DATA-RECIPE-ARCHITECTURE-seedN unless told."),
    ] = None,
    as_json: options.Json = False,
    dry_run: options.DryRun = False,
) -> None:
    """Train one architecture from one seed."""
    if architecture not in NAMES:
        raise unknown_name("architecture", architecture, NAMES)
    plan_and_run(
        Asked(data, data_dir, data_option, recipe, epochs, limit, val_fraction, threads, device),
        [architecture], [seed], out=out or Path("studies") / f"{data}-{recipe}-{architecture}-seed{seed}",
        as_json=as_json, dry_run=dry_run,
    )  # fmt: skip
