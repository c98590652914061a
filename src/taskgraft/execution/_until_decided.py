"""A study that grows by one seed after another, until what it is to decide is decided."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from importlib import import_module
from typing import Protocol

from taskgraft.execution._begun_seeds import next_seed
from taskgraft.execution._events import StudyEvent, StudyNote
from taskgraft.execution._fitted_study import FittedStudy, plan_variants
from taskgraft.execution._plan import Plan
from taskgraft.request import CompareOptions
from taskgraft.study import Study, keep_look


class Judgement(Protocol):
    """What a look decides of the next seeds: see `taskgraft.verdict.Judgement`."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """That all variants in the race have."""

    @property
    def dropped(self) -> tuple[str, ...]:
        """Variants that leave the race."""

    @property
    def is_over(self) -> bool:
        """Whether more seeds would change nothing."""

    @property
    def text(self) -> str:
        """This in words."""

    @property
    def variances(self) -> tuple[float, float, float] | None:
        """Of a typical pair's difference in the primary score."""


def judgement_of(study: Study) -> Judgement:
    """What the runs of a study decide so far."""
    # By its name: whoever concludes stands above whoever runs.
    judgement: Judgement = import_module("taskgraft.verdict").judge(study)
    return judgement


def grown(plan: Plan) -> Plan:
    """The plan with one more seed, without the runs of variants that have left the race.

    Runs that failed and were to be done again have been: none is once more, at every seed.
    """
    seeds = plan.request.seeds
    spec = plan.runs[0].spec
    options = CompareOptions.of({"auto_batch": spec.auto_batch, "diagnose": spec.diagnose})
    study = FittedStudy(plan.data, plan.request.variants, plan.hardware, plan.directory)
    larger = plan_variants(study, (*seeds, next_seed(seeds)), options)
    return replace(
        larger,
        given_goal=plan.given_goal,
        most_seeds=plan.most_seeds,
        auto=plan.auto,
        budget=plan.budget,
        observers=plan.observers,
        engine=plan.engine,
    )


def look(plan: Plan, study: Study) -> Generator[StudyEvent, None, Plan | None]:
    """Looks at a study whose seeds so far are done, and writes down what that decides.

    Returns:
        The plan with the next seed; None where there is to be none.
    """
    judgement = judgement_of(study)
    keep_look(study.directory, judgement.seeds, judgement.dropped, judgement.variances)
    yield StudyNote(judgement.text)
    if judgement.is_over:
        return None
    if len(plan.request.seeds) >= (plan.most_seeds or 0):
        yield StudyNote(f"All {plan.most_seeds} seeds that were planned are done.")
        return None
    return grown(plan)
