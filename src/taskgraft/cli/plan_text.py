"""A plan as text and as plain data: what `--dry-run` prints."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from taskgraft.execution import Plan, PlannedRun, Search, search_text

_WIDTH = 80


def plan_json(plan: Plan, seconds: float | None = None) -> dict[str, Any]:
    """The plan as plain data, for `--json`.

    Args:
        plan: The plan.
        seconds: What is left to train would take, if that was measured.
    """
    return {
        "directory": str(plan.directory),
        "train_pflop": sum(run.train_pflop for run in plan.todo),
        "expected_seconds": seconds,
        "num_jobs": plan.hardware.num_jobs,
        "placement": None if plan.placement is None else list(plan.placement.lines),
        "num_threads": plan.hardware.num_threads,
        "num_processes": plan.hardware.num_processes,
        "derived": list(plan.derived),
        "search": None if plan.search is None else _search_json(plan.search),
        "runs": [
            {
                "variant": run.spec.variant.name,
                "seed": run.spec.seed,
                "partition": run.spec.partition,
                **asdict(run.cost),
                "train_pflop": run.train_pflop,
                "is_finished": run.is_finished,
                "precision": run.spec.hardware.precision,
                "has_failed": run.failure is not None,
                "saved_step": run.saved_step,
            }
            for run in plan.runs
        ],
    }


def _search_json(search: Search) -> dict[str, Any]:
    """The search before the runs, and what it costs at most; of a variant that is on record, nothing."""
    return {
        "num_trials": search.num_trials,
        "budget_pflop": search.budget_pflop,
        "train_pflop": search.budget_pflop * len(search.todo),
        "score": search.score,
        "variants": [
            {
                "variant": one.variant.name,
                "is_over": one not in search.todo,
                "num_whole_trials": one.num_whole_trials,
                "whole_pflop": one.whole_pflop,
                "ranges": {path: str(each) for path, each in one.ranges.items()},
            }
            for one in search.variants
        ],
    }


def _search_lines(search: Search) -> list[str]:
    if not search.todo:
        return ["search     over: the runs have the recipes that it came to"]
    trials = ", ".join(f"{one.variant.name} {one.num_whole_trials}" for one in search.todo)
    total = search.budget_pflop * len(search.todo)
    texts = (search_text(search), f"Whole trials: {trials}. At most {total:.3g} PFLOP before the runs below.")
    lines = [line for text in texts for line in textwrap.wrap(text, _WIDTH - 11)]
    return [f"{'search' if i == 0 else '':11}{line}" for i, line in enumerate(lines)]


def plan_lines(plan: Plan, cautions: Sequence[str], seconds: float | None = None) -> list[str]:
    """The plan for people: a line a run, and the sum of what is left to do.

    Args:
        plan: The plan.
        cautions: What there is to say of it before anything is trained.
        seconds: What is left to train would take, if that was measured.
    """
    data, hardware = plan.request.data, plan.hardware
    images = ", ".join(f"{count:,} {split}" for split, count in data.num_images.items())
    width = max(len(run.spec.variant.name) for run in plan.runs)
    lines = [
        f"data       {data.source} ({plan.request.split}): {images}",
        *dict.fromkeys(
            f"recipe     {recipe.name}, epochs: {recipe.epochs:g}, batch: {recipe.batch_size}"
            for recipe in plan.request.recipes
        ),
        *(f"           {line}" for line in plan.derived),
        *(_search_lines(plan.search) if plan.search else ()),
        f"computes   {hardware.device}, {_precisions(plan)}, {hardware.jobs_and_threads}",
        *_placement_lines(plan),
        f"directory  {plan.directory}, {_what_it_holds(plan)}",
        "",
        f"{'run':{width}}  seed  parameters      MACs   PFLOP",
    ]
    for run in plan.runs:
        lines.append(
            f"{run.spec.variant.name:{width}}  {run.spec.seed:4}  {run.cost.num_parameters:10,}"
            f"  {run.cost.macs / 1e6:6.1f} M  {run.train_pflop:6.3g}{_state(run)}"
        )
    if plan.renamed:
        lines += ["", *textwrap.wrap(plan.renamed, _WIDTH)]
    lines += ["", _sum(plan)]
    if seconds is not None and plan.todo:
        where = "on this machine" if plan.placement is None else "on machines like this one,"
        lines.append(f"{_about(seconds).capitalize()} {where} as busy as it is now.")
    for caution in (*plan.data.provenance.remarks, *cautions):
        lines += ["", *textwrap.wrap(caution, _WIDTH)]
    return lines


def _placement_lines(plan: Plan) -> list[str]:
    """Where an engine would do the runs."""
    lines = () if plan.placement is None else plan.placement.lines
    wrapped = [part for line in lines for part in textwrap.wrap(line, _WIDTH - 11)]
    return [f"{'' if i else 'placement':11}{line}" for i, line in enumerate(wrapped)]


def _precisions(plan: Plan) -> str:
    """In what the runs compute."""
    return " and ".join(dict.fromkeys(run.spec.hardware.precision for run in plan.runs))


def _what_it_holds(plan: Plan) -> str:
    if plan.record is None:
        return "new"
    return "which holds this study" if plan.record.request == plan.request else "whose study grows"


def _state(run: PlannedRun) -> str:
    if run.is_finished:
        return "  finished"
    step = run.saved_step
    at = "" if step is None else f"  at step {step:,}"
    return f"{at}  failed" if run.failure else at


def _sum(plan: Plan) -> str:
    """How much of the study is done, and what is left."""
    done, todo = sum(run.is_finished for run in plan.runs), plan.todo
    left = len(plan.runs) - done - len(todo)
    failed = f", {left} failed" if left else ""
    pflop = sum(run.train_pflop for run in todo)
    return f"{done} of {len(plan.runs)} runs are done{failed}; {len(todo)} to train: {pflop:.3g} PFLOP."


def _about(seconds: float) -> str:
    """Seconds as no more than they are worth.

    Example:
        >>> [_about(seconds) for seconds in (12, 70, 1_500, 20_000)]
        ['less than a minute', 'about 2 minutes', 'about 25 minutes', 'about 5.6 hours']
    """
    if seconds < 60:
        return "less than a minute"
    minutes = math.ceil(seconds / 60)
    return f"about {minutes} minutes" if minutes < 120 else f"about {minutes / 60:.2g} hours"
