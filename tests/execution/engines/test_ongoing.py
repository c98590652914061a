"""An engine that goes on between calls: its workers stay, and whatever is added is done once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from engine_laws import assert_each_ends_once, assert_in_order, assert_lawful
from test_local import planned, predictions, specs_of, workers

from taskgraft.data import Dataset
from taskgraft.execution import Engine, EngineEvent, LocalEngine, RunBegan, RunElsewhere
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines import Ongoing
from taskgraft.execution.engines import _pool as pool_module
from taskgraft.recipe import Recipe


def spec(name: str) -> Any:
    """As much of a run as it takes."""
    return SimpleNamespace(name=f"{name}-seed0", variant=SimpleNamespace(name=name), seed=0)


class Passing(Engine):
    """Says of each run that another command did it.

    Attributes:
        calls: The names of the runs of each call that there were at its end.
    """

    def __init__(self, *, looks_again: bool = True, most: int = 100) -> None:
        self._looks_again, self._most = looks_again, most
        self.calls: list[list[str]] = []
        self.is_closed = False

    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        done: list[str] = []
        self.calls.append(done)
        try:
            for each in specs if self._looks_again else [*specs]:
                if len(done) == self._most:
                    return
                yield RunBegan(each.variant.name, 0)
                done.append(each.name.partition("-")[0])
                yield RunElsewhere(each.variant.name, 0)
        except GeneratorExit:
            self.is_closed = True
            raise


def over(ongoing: Ongoing, names: str, added: dict[str, str]) -> str:
    """Which runs were over, in their order, where some are followed by others."""
    order = ""
    for event in ongoing.run([spec(name) for name in names]):
        if isinstance(event, RunElsewhere):
            order += event.variant
            ongoing.add([spec(name) for name in added.get(event.variant, "")])
    return order


def test_what_is_added_is_done_by_an_engine_that_looks_again() -> None:
    engine = Passing()
    ongoing = Ongoing(engine)
    assert over(ongoing, "ab", {"a": "c", "c": "de"}) == "abcde"
    assert over(ongoing, "fg", {"g": "h"}) == "fgh"
    assert engine.calls == [[*"abcdefgh"]]
    ongoing.close()
    assert engine.is_closed


def test_one_that_does_not_is_called_again_with_the_rest() -> None:
    engine = Passing(looks_again=False)
    assert over(Ongoing(engine), "ab", {"a": "c", "c": "de"}) == "abcde"
    assert engine.calls == [[*"ab"], [*"c"], [*"de"]]


def test_one_that_leaves_runs_out_is_not_called_for_ever() -> None:
    assert over(Ongoing(Passing(most=0)), "ab", {}) == ""
    engine = Passing(most=1)
    assert over(Ongoing(engine), "ab", {}) == "ab"
    assert engine.calls == [["a"], ["b"]]


def test_what_was_done_before_may_be_done_again() -> None:
    ongoing = Ongoing(Passing())
    assert [over(ongoing, "ab", {}), over(ongoing, "b", {})] == ["ab", "b"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every worker that is started."""
    made: list[Any] = []

    class Counted(pool_module.Process):
        def __init__(self, num_threads: int) -> None:
            super().__init__(num_threads)
            made.append(self)

    monkeypatch.setattr(pool_module, "Process", Counted)
    return made


def test_the_same_workers_do_what_comes_later(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, started: list[Any]
) -> None:
    alone = specs_of(planned(tiny_data, tiny_recipe, tmp_path / "alone"))
    assert_lawful(LocalEngine(), alone)
    first, second = specs = specs_of(planned(tiny_data, tiny_recipe, tmp_path / "study"))
    ongoing = Ongoing(LocalEngine(2))
    events = [*ongoing.run([first])]
    # A worker that has nothing to do waits.
    assert len(workers()) == 1
    events += ongoing.run([second])
    events += ongoing.run([first])
    ongoing.close()
    assert_each_ends_once(events, [*specs, first])
    assert_in_order(events[:-1])
    assert isinstance(events[-1], RunElsewhere)
    assert predictions(tmp_path / "study") == predictions(tmp_path / "alone")
    assert (len(started), workers()) == (1, [])
