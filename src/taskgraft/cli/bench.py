"""`taskgraft bench`: how fast training and prediction are on this machine, against its own ceiling."""

from __future__ import annotations

from typing import Annotated

import typer

from taskgraft.bench.run import FULL, QUICK, Bench
from taskgraft.bench.table import bench_table
from taskgraft.cli import options
from taskgraft.hardware.device import choose_hardware
from taskgraft.printing import note, say_block, say_json


def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Two minutes: smaller batches, fewer rounds.")
    ] = False,
    threads: options.Threads = None,
    device: options.Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of figures instead.")] = False,
) -> None:
    """Measure the speed of training and prediction here, in alternation with what it is compared with."""
    hardware = choose_hardware(device, threads)
    effort = QUICK if quick else FULL
    figures = Bench(hardware, effort, note).run()
    if as_json:
        say_json([figure.model_dump() for figure in figures])
    else:
        say_block(bench_table(figures, hardware, effort.largest_batch))
