"""`taskgraft compare`: a whole study with one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.architecture import CONTROL
from taskgraft.cli import options
from taskgraft.cli.data_options import DataAsked, takes_data
from taskgraft.cli.study import Asked, plan_and_run
from taskgraft.place import fitting


@takes_data()
def compare(
    asked: DataAsked,
    architectures: options.Architectures = None,
    architecture_file: options.ArchitectureFile = None,
    forks: options.Forks = None,
    match: options.Match = None,
    match_to: options.MatchTo = CONTROL,
    recipe: options.RecipeName = "fast",
    trunk: options.Trunk = None,
    trunk_weights: options.TrunkWeights = None,
    balance: options.Balance = None,
    seeds: Annotated[int, typer.Option(help="Seeds: every architecture runs with each of 0 to N - 1.")] = 1,
    epochs: options.Epochs = None,
    num_threads: options.Threads = None,
    device: options.Device = "auto",
    auto_batch: options.AutoBatch = False,
    retry_failed: options.RetryFailed = False,
    prefer: options.Prefer = None,
    out: options.Out = None,
    as_json: options.Json = False,
    dry_run: options.DryRun = False,
) -> None:
    """Train every architecture from every seed and compare them.

    The same command goes on with a study that was cut off: finished runs are not done again.
    """
    # A sweep of forks is about sharing alone, unless more is asked for.
    is_sweep = forks is not None and architecture_file is None
    names = architectures or (f"{CONTROL},shared" if is_sweep else "all")
    plan_and_run(
        Asked(
            asked,
            recipe,
            epochs,
            num_threads,
            device,
            trunk,
            trunk_weights,
            balance,
            architecture_file,
            forks,
        ),
        names,
        seeds,
        match=match,
        match_to=match_to,
        prefer=prefer,
        out=out or Path("studies") / fitting(f"{asked.title}-{recipe}"),
        as_json=as_json,
        dry_run=dry_run,
        auto_batch=auto_batch,
        retry_failed=retry_failed,
    )
