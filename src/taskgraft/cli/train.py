"""`taskgraft train`: one run, in a study directory of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.architecture import NAMES
from taskgraft.cli import options
from taskgraft.cli.data_options import DataAsked, takes_data
from taskgraft.cli.study import Asked, plan_and_run
from taskgraft.errors import RequestError
from taskgraft.place import fitting


@takes_data()
def train(
    architecture: Annotated[
        str, typer.Argument(help=f"One of {', '.join(NAMES)}, or of --architecture-file.")
    ],
    asked: DataAsked,
    architecture_file: options.ArchitectureFile = None,
    recipe: options.RecipeName = "fast",
    trunk: options.Trunk = None,
    trunk_weights: options.TrunkWeights = None,
    balance: options.Balance = None,
    seed: Annotated[int, typer.Option(help="The run's seed.")] = 0,
    epochs: options.Epochs = None,
    num_threads: options.Threads = None,
    device: options.Device = "auto",
    auto_batch: options.AutoBatch = False,
    retry_failed: options.RetryFailed = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Study directory; studies/DATA-RECIPE-ARCHITECTURE-seedN unless told."),
    ] = None,
    as_json: options.Json = False,
    dry_run: options.DryRun = False,
) -> None:
    """Train one architecture from one seed."""
    if architecture == "all" or "," in architecture:
        raise RequestError.expected(
            "the architecture", "one", architecture, "Use `taskgraft compare` for several."
        )
    plan_and_run(
        Asked(
            asked, recipe, epochs, num_threads, device, trunk, trunk_weights, balance, architecture_file, None
        ),
        [architecture],
        [seed],
        out=out or Path("studies") / fitting(f"{asked.title}-{recipe}-{architecture}-seed{seed}"),
        as_json=as_json,
        dry_run=dry_run,
        auto_batch=auto_batch,
        retry_failed=retry_failed,
    )
