"""`python -m benchmarks.reporting STUDY`: the CPU seconds of a verdict and of its page, part by part."""

from __future__ import annotations

from itertools import pairwise
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
from taskgraft.verdict._reading_cache import ReadingCache

app = bench_app()


@app.command()
def reporting(
    study: Annotated[Path, typer.Argument(help="A study directory; its report.html is written again.")],
    rounds: Annotated[int, typer.Option(help="How often each part is done.")] = 3,
) -> None:
    """Measure what a verdict takes once its runs are trained: scoring or finding them, judging, writing."""
    say_json([figure.model_dump() for figure in figures_of(Study.open(study), rounds)])


def figures_of(study: Study, rounds: int) -> list[Figure]:
    """CPU seconds of each part, and the bytes of the page."""
    seconds: dict[str, list[float]] = {"runs_scored": [], "runs_kept": [], "verdict": [], "page": []}
    num_bytes = 0
    gather(study)
    for _ in range(rounds):
        moments = [process_time()]
        gather(study, readings=ReadingCache(None))
        moments.append(process_time())
        evidence = gather(study)
        moments.append(process_time())
        verdict = verdict_of(evidence, Aim.of(evidence))
        moments.append(process_time())
        num_bytes = write_page(study, verdict, read_pictures(study, verdict)).stat().st_size
        moments.append(process_time())
        for name, (before, after) in zip(seconds, pairwise(moments), strict=True):
            seconds[name].append(after - before)
    figures = [summarise(f"{name}.cpu", measured, "s") for name, measured in seconds.items()]
    return [*figures, summarise("page.size", [num_bytes / 1e6], "MB")]


if __name__ == "__main__":
    run_app(app)
