import importlib.util
import shutil
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import pytest

from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.events import RunEvent, TrainingResumed, silent
from taskgraft.execution import (
    Engine,
    EngineEvent,
    LocalEngine,
    RunEnded,
    StudyEvent,
    compare,
    describe_environment,
    plan_study,
)
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._search import _least
from taskgraft.execution._trial import _until_behind
from taskgraft.execution._trial_spec import LENGTH_RATIO, TrialSpec
from taskgraft.history import Epoch
from taskgraft.recipe import Recipe, recipe_values
from taskgraft.request import CompareOptions, trial_number
from taskgraft.study import Study, Trial, TrialRecord, TuningRecord
from taskgraft.training import Trained
from taskgraft.verdict import conclude

TUNE = 3
KEYS = {"tune": TUNE, "tune_keys": {"finest_weight": (0.5, 4.0)}}


def searched(data: Dataset, recipe: Recipe, out: Path, **options: object) -> Study:
    return compare(
        data, "shared,flat,independent", recipe, 1, out=out, **{"tune": TUNE, "listener": silent, **options}
    )


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return searched(tiny_data, tiny_recipe, tmp_path_factory.mktemp("searched"))


def tuning_of(study: Study) -> TuningRecord:
    record = study.tuning()
    assert record is not None
    return record


def test_every_variant_has_the_same_operations(study: Study) -> None:
    record = tuning_of(study)
    assert list(record.variants) == ["shared", "flat", "independent"]
    costliest = record.variants["independent"]
    whole = max(trial.train_pflop for trial in costliest.trials)
    assert record.budget_pflop == pytest.approx(TUNE * whole)
    for one in record.variants.values():
        assert one.train_pflop <= record.budget_pflop * (1 + 1e-9)
    # What costs half has twice the trials.
    assert len(costliest.trials) == TUNE
    assert len(record.variants["shared"].trials) >= 2 * TUNE - 1


def test_the_first_trial_is_the_recipe_as_it_was_and_the_best_is_taken(
    study: Study, tiny_recipe: Recipe
) -> None:
    for variant in study.record.request.variants:
        one = tuning_of(study).variants[variant.name]
        before = recipe_values(tiny_recipe)
        assert one.trials[0].values == one.before == {path: before[path] for path in one.ranges}
        assert one.best is not None
        best = one.trials[one.best]
        assert best.score == max(trial.score for trial in one.trials if trial.state == "finished")
        after = recipe_values(variant.recipe)
        assert {path: after[path] for path in one.ranges} == pytest.approx(best.values)
        assert {path for path in after if after[path] != before[path]} <= set(one.ranges)
        assert "trials of" in variant.derived[-1]


def test_flat_is_searched_without_the_weight_of_its_only_level(study: Study) -> None:
    variants = tuning_of(study).variants
    assert list(variants["flat"].ranges) == ["optimizer.learning_rate"]
    assert list(variants["shared"].ranges) == ["optimizer.learning_rate", "finest_weight"]


def test_the_flat_one_is_the_rival_of_variants_that_were_searched_as_it_was(study: Study) -> None:
    variants = study.record.request.variants
    assert len({variant.recipe for variant in variants}) > 1
    pairs = {(row.first, row.second) for row in conclude(study).over_flat}
    assert pairs == {("shared", "flat"), ("independent", "flat")}


def test_trials_leave_nothing_of_the_test_split_and_have_seeds_of_no_run(study: Study) -> None:
    for directory in (study.directory / "tuning" / "runs").iterdir():
        assert {path.name for path in directory.iterdir()} == {"trial.json", ".lock"}
        assert trial_number(int(directory.name.partition("-seed")[2])) is not None
    assert all(trial_number(run.seed) is None for run in study.runs)


def test_the_same_call_does_nothing_again(study: Study, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    events: list[StudyEvent] = []
    again = searched(tiny_data, tiny_recipe, study.directory, listener=events.append)
    assert not any(isinstance(event, RunEnded) for event in events)
    assert [run.scores for run in again.runs] == [run.scores for run in study.runs]


class Backwards(Engine):
    """Does runs in the other order, and stops after some."""

    def __init__(self, most: int | None = None) -> None:
        self.done: list[str] = []
        self._most = most

    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        for event in LocalEngine().run(list(reversed(specs))):
            yield event
            if isinstance(event, RunEnded):
                self.done.append(f"{event.record.variant}-{event.record.seed}")
                if len(self.done) == self._most:
                    raise KeyboardInterrupt


def test_cut_off_anywhere_in_any_order_a_search_comes_to_the_same(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    done: list[str] = []
    for most in (2, 5):
        engine = Backwards(most)
        with pytest.raises(KeyboardInterrupt):
            searched(tiny_data, tiny_recipe, tmp_path / "a", engine=engine)
        done += engine.done
    # A copy of the directory is enough to go on.
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    engine = Backwards()
    again = searched(tiny_data, tiny_recipe, tmp_path / "b", engine=engine)
    done += engine.done
    assert len(done) == len(set(done))
    assert tuning_of(again).variants == tuning_of(study).variants
    assert [run.scores for run in again.runs] == [run.scores for run in study.runs]


@pytest.mark.parametrize("jobs", [2, 4])
def test_workers_at_once_come_to_the_same(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, jobs: int
) -> None:
    threads = study.runs[0].environment.num_threads
    again = searched(tiny_data, tiny_recipe, tmp_path / "study", jobs=jobs, num_threads=threads)
    assert tuning_of(again).variants == tuning_of(study).variants
    assert [run.scores for run in again.runs] == [run.scores for run in study.runs]
    assert Study.open(tmp_path / "study").damaged == ()


def test_a_lost_record_is_written_again_from_its_trials(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    shutil.copytree(study.directory, tmp_path / "copy")
    record = tmp_path / "copy" / "tuning.json"
    before = record.read_bytes()
    record.write_bytes(before[:-9])
    assert any("tuning.json is" in line for line in Study.open(tmp_path / "copy").damaged)
    searched(tiny_data, tiny_recipe, tmp_path / "copy")
    assert record.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tune": None}, "to be continued with tune=3, as its recipes were searched, but got no search"),
        ({"tune": 4}, r"to be that of the study .*3 trials by .*but got 4 by"),
        (KEYS, "the same keys, ranges and recipes.* but got others for shared, independent"),
        ({"prefer": "group"}, "but got 3 by accuracy.group"),
    ],
)
def test_another_search_is_refused(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, options: dict[str, object], message: str
) -> None:
    keys = (
        {"architectures": "shared,independent"}
        if options is KEYS
        else {"architectures": "shared,flat,independent"}
    )
    chosen = {**keys, "recipe": tiny_recipe, "out": study.directory, "tune": TUNE, **options}
    with pytest.raises(RequestError, match=message):
        plan_study(CompareOptions.of({k: v for k, v in chosen.items() if v is not None}), tiny_data)


def test_a_study_that_was_begun_without_is_not_searched(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    compare(tiny_data, "shared", tiny_recipe, 1, out=tmp_path, listener=silent)
    with pytest.raises(RequestError, match="but got 'one that was begun without a search'"):
        compare(tiny_data, "shared", tiny_recipe, 1, out=tmp_path, tune=2)


def test_without_its_extra_a_search_is_refused_before_any_work(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "optuna" else find(name))
    with pytest.raises(RequestError, match=r"pip install taskgraft\[search\]"):
        searched(tiny_data, tiny_recipe, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_set_is_not_searched(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    given = {"architectures": "shared", "recipe": tiny_recipe, "out": tmp_path, "tune": 2, "lr": 0.1}
    plan = plan_study(CompareOptions.of(given), tiny_data)
    assert plan.search is not None
    assert list(plan.search.variants[0].ranges) == ["finest_weight"]
    with pytest.raises(RequestError, match="Expected a key of shared that is searched"):
        plan_study(CompareOptions.of({**given, "set": {"finest_weight": 2}}), tiny_data)


def trial_of(data: Dataset, recipe: Recipe, out: Path, **least: float) -> Trial:
    given = {"architectures": "shared", "recipe": recipe, "out": out, "tune": 2}
    plan = plan_study(CompareOptions.of(given), data)
    assert plan.search is not None
    (out / "tuning" / "runs").mkdir(parents=True)
    spec = plan.search.variants[0].trial(0, {"finest_weight": 1.0}, least)
    [ended] = [event for event in LocalEngine().run([spec]) if isinstance(event, RunEnded)]
    assert isinstance(ended.record, TrialRecord)
    return ended.record.trial


def test_a_trial_that_is_behind_is_cut_short(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    longer = tiny_recipe.model_copy(update={"epochs": 4.0})
    whole = trial_of(tiny_data, longer, tmp_path / "whole")
    cut = trial_of(tiny_data, longer, tmp_path / "cut", **{"1": 1.1})
    assert (whole.state, cut.state) == ("finished", "pruned")
    assert cut.train_pflop == pytest.approx(whole.train_pflop / (4 * LENGTH_RATIO))


def test_a_trial_that_was_stopped_as_it_fell_behind_is_cut_short_when_it_goes_on() -> None:
    row = Epoch(
        epoch=1,
        step=5,
        seconds=1,
        learning_rate=0.1,
        train_loss=1,
        train_losses={},
        val_losses={},
        val_accuracies={"colour": 0.25},
    )

    def events() -> Generator[RunEvent, None, Trained]:
        yield TrainingResumed(5, (row,))
        raise AssertionError("it goes on")

    behind = TrialSpec("", (), "accuracy.colour", 1.0, least=(("1", 0.5),))
    curve: dict[str, float] = {}
    heard = _until_behind(events(), behind, curve)
    next(heard)
    with pytest.raises(StopIteration) as ended:
        next(heard)
    assert (ended.value.value, curve) == (5, {"1": 0.25})


def test_a_trial_that_diverges_counts_as_whole(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    steep = tiny_recipe.model_copy(update={"finest_weight": 1e38})
    whole = trial_of(tiny_data, tiny_recipe, tmp_path / "whole")
    given = {"architectures": "shared", "recipe": steep, "out": tmp_path / "steep", "tune": 2}
    plan = plan_study(CompareOptions.of(given), tiny_data)
    assert plan.search is not None
    (tmp_path / "steep" / "tuning" / "runs").mkdir(parents=True)
    spec = plan.search.variants[0].trial(0, {"optimizer.learning_rate": 1e30}, {})
    events = list(LocalEngine().run([spec]))
    assert isinstance(events[-1], RunEnded)
    assert events[-1].record.trial == Trial(
        values={"optimizer.learning_rate": 1e30}, state="diverged", score=0, train_pflop=whole.train_pflop
    )


def test_what_is_behind_is_below_the_median_past_a_third(study: Study) -> None:
    record = TrialRecord(
        variant="shared",
        seed=0,
        search="",
        trial=Trial(values={}, state="finished", score=0.5, train_pflop=1),
        curve={},
        environment=describe_environment(plan_hardware(study)),
        finished="",
    )
    curves = [{"1": v, "2": v + 0.1, "3": v + 0.2} for v in (0.1, 0.2, 0.3, 0.4)]
    records = [replace_curve(record, curve) for curve in curves]
    assert _least(records[:3], epochs=3) == {}
    assert _least(records, epochs=3) == pytest.approx({"1": 0.25, "2": 0.35})
    assert _least(records, epochs=6) == pytest.approx({"2": 0.35, "3": 0.45})


def replace_curve(record: TrialRecord, curve: dict[str, float]) -> TrialRecord:
    return record.model_copy(update={"curve": curve})


def plan_hardware(study: Study):
    from taskgraft.hardware import choose_hardware

    return choose_hardware("cpu", 1)
