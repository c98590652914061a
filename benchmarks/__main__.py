"""`python -m benchmarks`: how fast training and prediction are on this machine, against its own ceiling."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.command import bench_app, run_app
from benchmarks.run import FULL, QUICK, Bench
from benchmarks.table import bench_table
from taskgraft.hardware import choose_hardware
from taskgraft.printing import note, say_block, say_json

app = bench_app()


@app.command()
def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Two minutes: smaller batches, fewer rounds.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="CPU threads; all cores by default.")] = None,
    device: Annotated[str, typer.Option(metavar="NAME", help="Device to measure.")] = "auto",
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


if __name__ == "__main__":
    run_app(app)
