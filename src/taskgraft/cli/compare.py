"""`taskgraft compare`: a whole study with one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.cli import options
from taskgraft.cli.study import Asked, plan_and_run


def compare(
    data: options.Data = "shapes",
    data_dir: options.DataDir = None,
    data_option: options.DataOption = None,
    architectures: options.Architectures = "all",
    match: options.Match = None,
    match_to: options.MatchTo = CONTROL,
    recipe: options.RecipeName = "fast",
    seeds: Annotated[int, typer.Option(help="Seeds: every architecture runs with each of 0 to N - 1.")] = 1,
    epochs: options.Epochs = None,
    limit: options.Limit = None,
    val_fraction: options.ValFraction = None,
    threads: options.Threads = None,
    device: options.Device = "auto",
    prefer: options.Prefer = None,
    out: options.Out = None,
    as_json: options.Json = False,
    dry_run: options.DryRun = False,
) -> None:
    """Train every architecture from every seed and compare them.

    The same command goes on with a study that was cut off: finished runs are not done again.
    """
    plan_and_run(
        Asked(data, data_dir, data_option, recipe, epochs, limit, val_fraction, threads, device),
        architectures, seeds, match=match, match_to=match_to, prefer=prefer,
        out=out or Path("studies") / f"{data}-{recipe}", as_json=as_json, dry_run=dry_run,
    )  # fmt: skip
