"""`taskgraft train`: one run, in a study directory by itself."""

from __future__ import annotations

from taskgraft.cli import options
from taskgraft.cli.taking import Given, takes
from taskgraft.request import TrainOptions


@takes(TrainOptions, argument="architecture")
def train(given: Given, as_json: options.Json = False, dry_run: options.DryRun = False) -> None:
    """Train one architecture from one seed."""
    chosen = TrainOptions.of(given).as_compare()
    from taskgraft.cli.study import plan_and_run

    plan_and_run(chosen, as_json=as_json, dry_run=dry_run)
