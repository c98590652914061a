"""A loss that is no number ends its run, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import torch
from small_study import NAMES, Watching, leftovers, small_data, small_plan, small_recipe, small_study

from taskgraft.architecture import catalogue
from taskgraft.errors import DivergedError, StudyError
from taskgraft.execution import run_plan
from taskgraft.hardware import Hardware
from taskgraft.recipe import Sgd
from taskgraft.report import verdict_text, write_report
from taskgraft.study import FailureRecord, Study
from taskgraft.training import Job, train, training_events
from taskgraft.training._begin import first_state
from taskgraft.training._checkpoint import UnfitError
from taskgraft.training._loss import level_losses
from taskgraft.training._state import TrainingState
from taskgraft.verdict import conclude

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
WILD = Sgd(learning_rate=1e30, momentum=0.9)
BAD = (NAMES[1], 0)
FAILURE = f"runs/{BAD[0]}-seed0/failure.json"


class Failing(Watching):
    """Keeps the failures, too."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: list[FailureRecord] = []

    def on_run_failed(self, failure: FailureRecord) -> None:
        self.failed.append(failure)


@pytest.fixture
def one_diverges() -> Iterator[list[tuple[str, int]]]:
    """One run of a study is trained with a rate that no network survives; lists the runs trained."""
    trained: list[tuple[str, int]] = []

    def wild(job: Job, seed: int, *rest: Any) -> Any:
        trained.append((job.architecture.name, seed))
        if (job.architecture.name, seed) == BAD:
            job = replace(job, recipe=job.recipe.model_copy(update={"optimizer": WILD}))
        return training_events(job, seed, *rest)

    with patch("taskgraft.execution._run.training_events", wild):
        yield trained


def spoilt_at(step: int, level: int) -> Callable[..., torch.Tensor]:
    """Losses of which one is infinite from a step on."""
    calls = 0

    def losses(*args: Any, **options: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        factor = torch.ones(2)
        factor[level] = float("inf") if calls >= step else 1.0
        return level_losses(*args, **options) * factor

    return losses


@pytest.mark.parametrize(("step", "level", "name"), [(1, 0, "group"), (2, 1, "colour"), (3, 0, "group")])
def test_the_first_bad_step_and_its_level_are_named(step: int, level: int, name: str) -> None:
    architecture = catalogue(["group", "colour"])["shared"]
    with (
        patch("taskgraft.training._batch_losses.level_losses", spoilt_at(step, level)),
        pytest.raises(DivergedError, match=rf"loss of level '{name}' at step {step} to be a finite number"),
    ):
        train(architecture, small_data(), small_recipe(), 0, F32)


def test_a_rate_that_is_far_too_high_is_found_out() -> None:
    recipe = small_recipe().model_copy(update={"optimizer": WILD, "epochs": 3.0})
    with pytest.raises(DivergedError, match=r"at step [23] to be .* but got (nan|inf)\. Use another recipe"):
        train(catalogue(["group", "colour"])["shared"], small_data(), recipe, 0, F32)


def test_a_last_step_that_spoils_the_weights_is_found_out() -> None:
    recipe = small_recipe().model_copy(update={"optimizer": WILD, "epochs": 1 / 3})
    with pytest.raises(DivergedError, match=r"at step 1 to be a finite number, but got (nan|inf)"):
        train(catalogue(["group", "colour"])["shared"], small_data(), recipe, 0, F32)


def test_a_bad_step_is_not_forgotten_when_a_run_is_cut_off() -> None:
    def fresh() -> TrainingState:
        shared = catalogue(["group", "colour"])["shared"]
        return first_state(Job(shared, small_data(), small_recipe(), F32), 0)

    before, after = fresh(), fresh()
    targets = torch.zeros(4, 2, dtype=torch.long)
    before.end_step(torch.tensor([1.0, float("nan")]), targets)
    before.end_step(torch.tensor([1.0, 1.0]), targets)
    after.take_up(before.snapshot(), 3, 3)
    with pytest.raises(DivergedError, match="level 'colour' at step 1"):
        after.check_finite()
    old = before.snapshot()
    del old.tensors["first_bad"]
    with pytest.raises(UnfitError):
        fresh().take_up(old, 3, 3)


def test_the_study_goes_on_and_says_what_failed(tmp_path: Path, one_diverges: list[tuple[str, int]]) -> None:
    listener = Failing()
    study = small_study(tmp_path / "study", seeds=2, listener=listener)
    assert listener.done == [(NAMES[0], 0), (NAMES[0], 1), (NAMES[1], 1)]
    assert [(one.variant, one.seed) for one in listener.failed] == [BAD]
    assert study.failures == Study.open(study.directory).failures == tuple(listener.failed)
    (failure,) = study.failures
    assert (failure.kind, failure.batch_size) == ("diverged", 16)
    assert failure.step in (2, 3)
    assert failure.level in ("group", "colour")
    assert study.missing == study.damaged == ()
    assert len((study.directory / "results.csv").read_text().splitlines()) == 1 + 3
    assert leftovers(study.directory) == []


def test_a_failed_run_is_left_alone_until_it_is_asked_for(
    tmp_path: Path, one_diverges: list[tuple[str, int]]
) -> None:
    small_study(tmp_path / "study")
    trained = list(one_diverges)
    assert small_study(tmp_path / "study").failures
    assert one_diverges == trained
    run_plan(replace(small_plan(tmp_path / "study"), retry_failed=True), Failing())
    assert one_diverges == [*trained, BAD]
    assert (tmp_path / "study" / FAILURE).exists()


def test_a_retried_run_that_succeeds_is_like_any_other(
    tmp_path: Path, one_diverges: list[tuple[str, int]]
) -> None:
    small_study(tmp_path / "study")
    with patch("taskgraft.execution._run.training_events", training_events):
        study = run_plan(replace(small_plan(tmp_path / "study"), retry_failed=True), Failing())
        whole = small_study(tmp_path / "whole")
    assert study.failures == ()
    assert not (tmp_path / "study" / FAILURE).exists()
    assert [run.scores for run in study.runs] == [run.scores for run in whole.runs]


def test_of_two_processes_that_retry_only_one_does(
    tmp_path: Path, one_diverges: list[tuple[str, int]]
) -> None:
    small_study(tmp_path / "study")
    plan, late = (replace(small_plan(tmp_path / "study"), retry_failed=True) for _ in range(2))
    run_plan(plan, Failing())
    listener = Failing()
    assert run_plan(late, listener).failures
    assert (listener.elsewhere, listener.failed) == ([BAD], [])


@pytest.mark.parametrize("spoil", ["torn", "swapped", "of another study"])
def test_a_failure_that_is_not_believed_is_a_run_still_to_do(
    tmp_path: Path, spoil: str, one_diverges: list[tuple[str, int]]
) -> None:
    study = small_study(tmp_path / "study", seeds=2)
    path = study.directory / FAILURE
    record = study.failures[0]
    if spoil == "torn":
        path.write_bytes(path.read_bytes()[:-40])
    elif spoil == "swapped":
        path.write_text(record.model_copy(update={"seed": 1}).model_dump_json())
    else:
        path.write_text(record.model_copy(update={"identity": "0" * 64}).model_dump_json())
    found = Study.open(study.directory)
    assert (found.failures, found.missing) == ((), (BAD,))
    assert small_study(study.directory, seeds=2).failures[0].failed > record.failed


def test_the_report_and_the_terminal_name_what_failed(
    tmp_path: Path, one_diverges: list[tuple[str, int]]
) -> None:
    study = small_study(tmp_path / "study", seeds=2)
    verdict = conclude(study)
    page = write_report(study, verdict).read_text()
    told = " ".join(verdict_text(study, verdict).split())
    for text in (page, told):
        assert "1 of 4 runs failed" in text
        assert f"{BAD[0]}-seed0: Expected the loss of level" in text
        assert "What diverged would diverge again: it needs another recipe, in another study dir" in text
        assert "--retry-failed" not in text


def test_a_study_of_failures_alone_says_why(tmp_path: Path) -> None:
    recipe = small_recipe().model_copy(update={"optimizer": WILD})
    with patch("small_study.small_recipe", return_value=recipe):
        study = small_study(tmp_path / "study")
    assert len(study.failures) == 2
    with pytest.raises(
        StudyError, match=r"at least one finished run, but got none\. What diverged would diverge again: .*"
    ) as told:
        conclude(study)
    assert [line.split()[0] for line in told.value.details] == [f"{name}-seed0" for name in NAMES]
