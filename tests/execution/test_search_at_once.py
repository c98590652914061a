"""A search on any number of workers: the same trials, and nobody waits for another variant."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from timed_trials import Timed

from taskgraft.data import Dataset
from taskgraft.errors import OutOfMemoryError, StudyError
from taskgraft.execution import Engine, EngineEvent, RoundStarted, RunEnded, RunFailed, plan_study
from taskgraft.execution._attempt import failure_of
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._search import ROUND
from taskgraft.execution._search_events import search_events
from taskgraft.execution._tuning import Search
from taskgraft.recipe import Recipe
from taskgraft.request import CompareOptions
from taskgraft.study import TuningRecord, read_tuning

NAMES = "shared,independent"
Made = Callable[..., Search]


@pytest.fixture
def search(tiny_data: Dataset, tiny_recipe: Recipe) -> Made:
    """Plans a search in a directory; other options replace these."""

    def made(out: Path, **options: object) -> Search:
        given = {"architectures": NAMES, "recipe": tiny_recipe, "seeds": 1, "tune": 8, "out": out}
        plan = plan_study(CompareOptions.of({**given, "num_threads": 1, **options}), tiny_data)
        assert plan.search is not None
        return plan.search

    return made


def searched(search: Search, engine: Engine) -> TuningRecord:
    for _ in search_events(search, engine, (3, 8, 8)):
        pass
    record = read_tuning(search.variants[0].spec.study)
    assert record is not None
    return record


def drawn(seed: int) -> Callable[[RunSpec], float]:
    """Times that nobody foresees, the same for the same trial."""
    return lambda spec: 1 + zlib.crc32(f"{seed} {spec.name}".encode()) % 97


def test_trials_are_the_same_whatever_the_workers_and_their_times(search: Made, tmp_path: Path) -> None:
    expected = searched(search(tmp_path / "alone"), Timed(1)).variants
    states = {trial.state for one in expected.values() for trial in one.trials}
    assert states == {"finished", "pruned"}
    for number, workers in enumerate((2, 3, 4, 8, 50)):
        out = tmp_path / str(workers)
        assert searched(search(out), Timed(workers, drawn(number))).variants == expected
    in_rounds = Timed(4, looks_again=False)
    assert searched(search(tmp_path / "rounds"), in_rounds).variants == expected


def test_cut_off_anywhere_and_continued_by_others_it_comes_to_the_same(search: Made, tmp_path: Path) -> None:
    expected = searched(search(tmp_path / "whole"), Timed(1)).variants
    ended: list[str] = []
    for workers, stops_after in ((8, 3), (1, 2), (4, 7), (2, 5)):
        engine = Timed(workers, drawn(workers), stops_after=stops_after)
        with pytest.raises(KeyboardInterrupt):
            searched(search(tmp_path / "cut"), engine)
        ended += engine.ended
    engine = Timed(3)
    assert searched(search(tmp_path / "cut"), engine).variants == expected
    ended += engine.ended
    assert len(ended) == len(set(ended)) == sum(len(one.trials) for one in expected.values())


def test_no_variant_waits_for_another(search: Made, tmp_path: Path) -> None:
    engine = Timed(2 * ROUND)
    searched(search(tmp_path / "now", tune=4), engine)
    before = Timed(2 * ROUND, looks_again=False)
    searched(search(tmp_path / "before", tune=4), before)
    # Four whole trials of the costlier one at once, beside two rounds or more of the cheaper one.
    budget = search(tmp_path / "next", tune=4).budget_pflop
    assert engine.most_at_once == 2 * ROUND
    assert engine.now == pytest.approx(budget / ROUND, rel=0.1)
    assert before.now > 1.3 * engine.now
    # The last round of the cheaper one is not full.
    assert engine.busy_seconds > 0.9 * 2 * ROUND * engine.now


def test_one_variant_has_as_many_trials_under_way_as_a_round_has(search: Made, tmp_path: Path) -> None:
    engine = Timed(16)
    searched(search(tmp_path, architectures="shared"), engine)
    assert engine.most_at_once == ROUND


@pytest.mark.parametrize(
    ("options", "num_jobs"),
    [
        ({"architectures": "shared", "jobs": 4}, 4),
        ({"architectures": "shared", "jobs": 8}, ROUND),
        ({"architectures": NAMES, "jobs": 8}, 2 * ROUND),
        ({"architectures": "shared", "jobs": 8, "tune": 3}, 3),
        ({"architectures": NAMES, "jobs": 1}, 1),
    ],
)
def test_a_study_of_one_run_is_searched_by_as_many_jobs_as_there_are_trials_for(
    search: Made, tmp_path: Path, options: dict[str, object], num_jobs: int
) -> None:
    planned = search(tmp_path, **options)
    assert planned.num_jobs == num_jobs
    hardware = planned.variants[0].next_round()[0].hardware
    assert (hardware.num_jobs, hardware.num_threads) == (num_jobs, 1)


def test_a_search_goes_on_with_the_threads_of_its_first_trial(search: Made, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        searched(search(tmp_path, num_threads=3), Timed(1, stops_after=1))
    threads = [
        search(tmp_path, num_threads=given, jobs=jobs).variants[0].spec.hardware.num_threads
        for given, jobs in ((None, 1), (None, 4), (2, 1))
    ]
    assert threads == [3, 3, 2]


class OneFails(Engine):
    """Fails the first trial of `independent` after two of others; notices when it is closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        failing = next(spec for spec in specs if spec.variant.name == "independent")
        try:
            events = Timed(8, stops_after=3).run([spec for spec in specs if spec is not failing])
            for _ in range(4):
                yield next(events)
            error = OutOfMemoryError("Expected memory to be enough.")
            yield RunFailed(failure_of(error, failing, failing.hardware))
            raise AssertionError("it goes on")
        finally:
            self.is_closed = True


def test_a_trial_that_fails_ends_the_search_and_keeps_what_is_over(search: Made, tmp_path: Path) -> None:
    expected = searched(search(tmp_path / "whole"), Timed(1)).variants
    engine = OneFails()
    with pytest.raises(StudyError, match="every trial of independent to be able to end"):
        searched(search(tmp_path / "cut"), engine)
    assert engine.is_closed
    assert searched(search(tmp_path / "cut"), Timed(2)).variants == expected


def test_what_is_said_of_a_trial_comes_behind_the_start_of_its_round(search: Made, tmp_path: Path) -> None:
    announced: set[tuple[str, int]] = set()
    rounds = 0
    for event in search_events(search(tmp_path), Timed(4), (3, 8, 8)):
        if isinstance(event, RoundStarted):
            rounds += 1
            announced |= {(variant, seed) for variant, seed, _ in event.todo}
        elif isinstance(event, RunEnded):
            assert (event.record.variant, event.record.seed) in announced
    assert rounds > 3


@pytest.mark.slow
def test_how_long_searches_take_by_their_operations(search: Made, tmp_path: Path) -> None:
    print("\n\n| workers | rounds of all variants together | now |")
    print("|---" * 3 + "|")
    for workers in (1, 2, 4, 8):
        engines = [Timed(workers, looks_again=looks_again) for looks_again in (False, True)]
        outs = [tmp_path / f"{workers}-{i}" for i in range(2)]
        first, second = (searched(search(out), engine) for out, engine in zip(outs, engines, strict=True))
        assert first.variants == second.variants
        before, now = (engine.now for engine in engines)
        assert now <= before * (1 + 1e-9)
        busy = [f"{100 * each.busy_seconds / workers / each.now:.0f} %" for each in engines]
        print(f"| {workers} | 1, {busy[0]} | {now / before:.2f}, {busy[1]} |", flush=True)
