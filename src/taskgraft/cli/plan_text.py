"""A plan as text and as plain data: what `--dry-run` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from taskgraft.execution import Plan

_WIDTH = 80


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain data, for `--json`."""
    return {
        "directory": str(plan.directory),
        "train_pflop": sum(run.train_pflop for run in plan.todo),
        "num_jobs": plan.hardware.num_jobs,
        "num_threads": plan.hardware.num_threads,
        "derived": list(plan.derived),
        "runs": [
            {
                "variant": run.spec.variant.name,
                "seed": run.spec.seed,
                **asdict(run.cost),
                "train_pflop": run.train_pflop,
                "is_finished": run.is_finished,
                "has_failed": run.failure is not None,
            }
            for run in plan.runs
        ],
    }


def plan_lines(plan: Plan, cautions: Sequence[str]) -> list[str]:
    """The plan for people: a line a run, and the sum of what is left to do.

    Args:
        plan: The plan.
        cautions: What there is to say of it before anything is trained.
    """
    data, hardware = plan.request.data, plan.hardware
    images = ", ".join(f"{count:,} {split}" for split, count in data.num_images.items())
    width = max(len(run.spec.variant.name) for run in plan.runs)
    lines = [
        f"data       {data.source} ({data.split}): {images}",
        *dict.fromkeys(
            f"recipe     {recipe.name}, epochs: {recipe.epochs:g}, batch: {recipe.batch_size}"
            for recipe in plan.request.recipes
        ),
        *(f"           {line}" for line in plan.derived),
        f"computes   {hardware.device}, {hardware.precision}, {hardware.jobs_and_threads}",
        f"directory  {plan.directory}",
        "",
        f"{'run':{width}}  seed  parameters      MACs   PFLOP",
    ]
    for run in plan.runs:
        state = "  finished" if run.is_finished else "  failed" if run.failure else ""
        lines.append(
            f"{run.spec.variant.name:{width}}  {run.spec.seed:4}  {run.cost.num_parameters:10,}"
            f"  {run.cost.macs / 1e6:6.1f} M  {run.train_pflop:6.3g}{state}"
        )
    total = sum(run.train_pflop for run in plan.todo)
    if plan.renamed:
        lines += ["", *textwrap.wrap(plan.renamed, _WIDTH)]
    lines += ["", f"{len(plan.todo)} of {len(plan.runs)} runs to do, {total:.3g} PFLOP of training."]
    for caution in (*plan.data.provenance.remarks, *cautions):
        lines += ["", *textwrap.wrap(caution, _WIDTH)]
    return lines
