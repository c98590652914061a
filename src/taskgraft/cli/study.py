"""What `compare` and `train` share: plan, show the plan or run it, say what it concludes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from taskgraft.cli.plan_text import plan_json, plan_lines
from taskgraft.cli.spelling import on_command_line
from taskgraft.cli.suggestion import say_suggestion
from taskgraft.cli.verdict_json import verdict_json
from taskgraft.errors import StudyError, TaskgraftError
from taskgraft.execution import (
    Forecast,
    Observers,
    Plan,
    ReportWritten,
    plan_caution,
    plan_study,
    progress_for,
    run_plan,
)
from taskgraft.legible import shell_line
from taskgraft.printing import note, note_paragraph, say, say_block, say_json
from taskgraft.recipe import few_steps_caution
from taskgraft.report import verdict_text, write_report
from taskgraft.request import CompareOptions
from taskgraft.statistics import Looks
from taskgraft.study import Goal, Study
from taskgraft.training import num_steps
from taskgraft.verdict import Redrawn, Verdict, conclude, looks_at, seed_cautions, sight_ahead, suggest


def plan_and_run(options: CompareOptions, *, as_json: bool, dry_run: bool) -> None:
    """Plans the study of these options; then prints the plan, or runs it and says what it concludes."""
    plan = plan_study(options)
    cautions = [*_about_data(plan), *(() if options.suggest else _about_seeds(plan)), *_about_steps(plan)]
    if dry_run:
        seconds = Forecast(plan).of_runs(plan.todo)
        say_json(plan_json(plan, seconds)) if as_json else say(*plan_lines(plan, cautions, seconds))
        return
    if plan.todo:
        # Said while there is still time to ask for more.
        for line in plan.derived:
            note(f"Recipe: {line}")
        for caution in cautions:
            note_paragraph(caution)
    command = shell_line(["taskgraft", *sys.argv[1:]])
    progress = progress_for(plan.request, spelling=on_command_line)
    with Observers(progress, plan.observers) as observers:
        study = run_plan(plan, observers, command)
        if options.suggest:
            _check_complete(study)
            say_suggestion(suggest(study), as_json=as_json)
            return
        verdict = conclude(study, options.prefer, options.margin)
        report = write_report(study, verdict)
        observers(ReportWritten(report))
    _say_verdict(study, verdict, report, as_json=as_json)
    _check_complete(study)


def _say_verdict(study: Study, verdict: Verdict, report: Path, *, as_json: bool) -> None:
    if as_json:
        say_json(verdict_json(study, verdict))
        return
    say("")
    say_block(verdict_text(study, verdict))
    say("", f"Report: {report}")


def _check_complete(study: Study) -> None:
    if study.missing:
        raise StudyError.expected(
            "every planned run",
            "finished",
            ", ".join(f"{name}-seed{seed} missing" for name, seed in study.missing),
            "Something else changed the directory: the same command does what is missing.",
        )
    if study.failures:
        raise typer.Exit(TaskgraftError.exit_code)


def _about_data(plan: Plan) -> Iterator[str]:
    if caution := plan_caution(plan):
        yield caution


def _about_seeds(plan: Plan) -> Iterator[str]:
    """What can be said of the study's worth before anything is trained."""
    num_seeds, num_variants = plan.most_seeds or len(plan.request.seeds), len(plan.request.variants)
    if plan.most_seeds is not None:
        yield f"Trained seed by seed, {num_seeds} at most, until it is decided."
    yield from seed_cautions(num_seeds, num_variants, plan.request.resplits)
    redrawn = Redrawn.of(plan.request)
    if redrawn and num_seeds < redrawn.num_partitions:
        yield f"Of {redrawn.num_partitions} partitions {num_seeds} are used: each seed is on one."
    if seen := sight_ahead(plan.request, num_seeds, plan.record, _looks(plan, num_seeds)):
        yield seen


def _looks(plan: Plan, num_seeds: int) -> Looks | None:
    """How the study is looked at until it has so many seeds."""
    goal = plan.record.goal if plan.record else Goal(**{"max_seeds": num_seeds, **plan.given_goal})
    so_far = [len(look.seeds) for look in plan.record.looks] if plan.record else []
    ahead = range(2, num_seeds) if plan.most_seeds is not None else ()
    return looks_at(goal, (*so_far, *ahead))


def _about_steps(plan: Plan) -> Iterator[str]:
    """The first recipe whose runs are too short to learn much."""
    for recipe in plan.request.recipes:
        steps = num_steps(recipe, plan.data)
        if few := few_steps_caution(steps, recipe.batch_size, plan.data.num_images["train"]):
            yield few
            return
