"""What `compare` and `train` share: load the data, plan, show the plan or run it, tell the verdict."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from taskgraft.architecture import CONTROL
from taskgraft.cli.data_options import DataAsked
from taskgraft.cli.verdict_json import verdict_json
from taskgraft.errors import StudyError, TaskgraftError
from taskgraft.execution import Plan, check_study_place, plan_study, progress_for, resolve_recipe, run_plan
from taskgraft.legible import shell_line
from taskgraft.printing import note_paragraph, say, say_block, say_json
from taskgraft.recipe import few_steps_caution
from taskgraft.report import verdict_text, write_report
from taskgraft.training import num_steps
from taskgraft.verdict import conclude, score_preferred, seed_cautions

_WIDTH = 80


@dataclass(frozen=True)
class Asked:
    """The options that both verbs take, as they came from the command line."""

    data: DataAsked
    recipe: str
    epochs: float | None
    threads: int | None
    device: str
    trunk: str | None
    trunk_weights: str | None
    balance: str | None
    architecture_file: Path | None
    forks: str | None


def plan_and_run(
    asked: Asked,
    architectures: str | Sequence[str],
    seeds: int | Sequence[int],
    *,
    out: Path,
    as_json: bool,
    dry_run: bool,
    match: str | None = None,
    match_to: str = CONTROL,
    prefer: str | None = None,
    auto_batch: bool = False,
    retry_failed: bool = False,
) -> None:
    """Plans the study asked for; then prints the plan, or runs it and tells what it concludes."""
    check_study_place(out)
    recipe = resolve_recipe(asked.recipe, asked.epochs)
    data = asked.data.load(recipe.val_fraction)
    plan = plan_study(
        data,
        architectures,
        recipe,
        seeds,
        out=out,
        match=match,
        match_to=match_to,
        architecture_file=asked.architecture_file,
        forks=asked.forks,
        trunk=asked.trunk,
        trunk_weights=asked.trunk_weights,
        balance=asked.balance,
        device=asked.device,
        num_threads=asked.threads,
        auto_batch=auto_batch,
        retry_failed=retry_failed,
    )
    if prefer is not None:
        # A preference that cannot be had is refused before anything is trained.
        score_preferred(prefer, data.taxonomy.level_names)
    if dry_run:
        say_json(_plan_json(plan)) if as_json else say(*_plan_text(plan))
        return
    if plan.todo:
        # Said while there is still time to ask for more.
        for caution in _cautions(plan):
            note_paragraph(caution)
    command = shell_line(["taskgraft", *sys.argv[1:]])
    study = run_plan(plan, progress_for(plan.request), command)
    verdict = conclude(study, prefer)
    report = write_report(study, verdict)
    if as_json:
        say_json(verdict_json(study, verdict))
    else:
        say("")
        say_block(verdict_text(study, verdict))
        say("", f"Report: {report}")
    if study.missing:
        raise StudyError.expected(
            "every planned run",
            "finished",
            ", ".join(f"{name}-seed{seed} missing" for name, seed in study.missing),
            "Something else changed the directory: the same command does what is missing.",
        )
    if study.failures:
        raise typer.Exit(TaskgraftError.exit_code)


def _cautions(plan: Plan) -> Iterator[str]:
    """What can be said of the study's worth before anything is trained."""
    yield from seed_cautions(len(plan.request.seeds), len(plan.request.variants))
    for recipe in plan.request.recipes:
        steps = num_steps(recipe, plan.data)
        if few := few_steps_caution(steps, recipe.batch_size, plan.data.num_images["train"]):
            yield few
            return


def _plan_json(plan: Plan) -> dict[str, Any]:
    return {
        "directory": str(plan.directory),
        "train_pflop": sum(run.train_pflop for run in plan.todo),
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


def _plan_text(plan: Plan) -> list[str]:
    """The plan in a few lines: a line a run, and the sum of what is left to do."""
    data, hardware = plan.request.data, plan.hardware
    images = ", ".join(f"{count:,} {split}" for split, count in data.num_images.items())
    width = max(len(run.spec.variant.name) for run in plan.runs)
    lines = [
        f"data       {data.source} ({data.split}): {images}",
        *dict.fromkeys(
            f"recipe     {recipe.name}, epochs: {recipe.epochs:g}, batch: {recipe.batch_size}"
            for recipe in plan.request.recipes
        ),
        f"computes   {hardware.device}, {hardware.precision}, threads: {hardware.num_threads}",
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
    lines += ["", f"{len(plan.todo)} of {len(plan.runs)} runs to do, {total:.3g} PFLOP of training."]
    for caution in (*plan.data.provenance.remarks, *_cautions(plan)):
        lines += ["", *textwrap.wrap(caution, _WIDTH)]
    return lines
