"""`python -m benchmarks.reporting STUDY`: the CPU seconds of a verdict and of its page, part by part."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Annotated

import typer

from benchmarks.command import bench_app, run_app
from benchmarks.figure import Figure, summarise
from taskgraft.printing import say_json
from taskgraft.report.page._html import write_page
from taskgraft.report.page._pictures import read_pictures
from taskgraft.study import Study
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._conclude import verdict_of
from taskgraft.verdict._gather import gather

app = bench_app()


@app.command()
def reporting(
    study: Annotated[Path, typer.Argument(help="A study directory; its report.html is written again.")],
    rounds: Annotated[int, typer.Option(help="How often each part is done.")] = 3,
) -> None:
    """Measure what a verdict takes once its runs are trained: reading and scoring, judging, writing."""
    say_json([figure.model_dump() for figure in figures_of(Study.open(study), rounds)])


def figures_of(study: Study, rounds: int) -> list[Figure]:
    """CPU seconds of each part, and the bytes of the page."""
    seconds: dict[str, list[float]] = {"runs_scored": [], "verdict": [], "page": []}
    num_bytes = 0
    for _ in range(rounds):
        started = process_time()
        evidence = gather(study)
        scored = process_time()
        verdict = verdict_of(evidence, Aim.of(evidence))
        judged = process_time()
        num_bytes = write_page(study, verdict, read_pictures(study, verdict)).stat().st_size
        for name, taken in zip(
            seconds, (scored - started, judged - scored, process_time() - judged), strict=True
        ):
            seconds[name].append(taken)
    figures = [summarise(f"{name}.cpu", measured, "s") for name, measured in seconds.items()]
    return [*figures, summarise("page.size", [num_bytes / 1e6], "MB")]


if __name__ == "__main__":
    run_app(app)
