"""An engine whose workers take time that only it counts: trials without training, several at once."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import numpy as np

from taskgraft.execution import Engine, EngineEvent, RunBegan, RunEnded, describe_environment
from taskgraft.execution._incoming import Incoming
from taskgraft.execution._run_spec import RunSpec
from taskgraft.study import TRIAL, Trial, TrialRecord, write_record

Seconds = Callable[[RunSpec], float]


def by_cost(spec: RunSpec) -> float:
    """What a trial takes on a machine that does a PFLOP in a second."""
    assert spec.trial is not None
    return spec.trial.whole_pflop


class Timed(Engine):
    """Does trials in no time, and says when each would have ended.

    Args:
        num_workers: Trials at once.
        seconds: What a trial takes, unless it is cut short.
        looks_again: Whether it looks for trials that are added; one that does not is called again.
        stops_after: So many trials that have ended, of all calls.

    Attributes:
        now: When the last one ended.
        busy_seconds: Of all workers together.
        most_at_once: Trials that were under way at once.
        ended: Names, in the order of their ends.
    """

    def __init__(
        self,
        num_workers: int,
        seconds: Seconds = by_cost,
        *,
        looks_again: bool = True,
        stops_after: int | None = None,
    ) -> None:
        self._num_workers, self._seconds = num_workers, seconds
        self._looks_again, self._stops_after = looks_again, stops_after
        self.now = self.busy_seconds = 0.0
        self.most_at_once = 0
        self.ended: list[str] = []

    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        """Whatever was given first begins first."""
        incoming = Incoming(specs if self._looks_again else [*specs])
        left, numbers = incoming.new(), count()
        under_way: list[tuple[float, int, RunSpec, TrialRecord]] = []
        while left or under_way:
            while left and len(under_way) < self._num_workers:
                spec = left.pop(0)
                yield RunBegan(spec.variant.name, spec.seed)
                record, share = trained(spec)
                takes = self._seconds(spec) * share
                self.busy_seconds += takes
                heapq.heappush(under_way, (self.now + takes, next(numbers), spec, record))
            self.most_at_once = max(self.most_at_once, len(under_way))
            self.now, _, spec, record = heapq.heappop(under_way)
            write_record(spec.directory / TRIAL, record)
            self.ended.append(spec.name)
            yield RunEnded(record)
            if len(self.ended) == self._stops_after:
                raise KeyboardInterrupt
            left += incoming.new()


def trained(spec: RunSpec) -> tuple[TrialRecord, float]:
    """A record that follows from the values of a trial, and the share of its length that it took."""
    assert spec.trial is not None
    values = dict(spec.trial.values)
    score = float(np.clip(0.9 - 0.1 * abs(np.log(values["optimizer.learning_rate"] / 0.7)), 0, 1))
    curve: dict[str, float] = {}
    for quarter in (1, 2, 3, 4):
        curve[f"{spec.variant.recipe.epochs * quarter / 4:g}"] = score * quarter / 4
        if spec.trial.is_behind(curve):
            break
    is_whole = quarter == 4
    trial = Trial(
        values=values,
        state="finished" if is_whole else "pruned",
        score=score * quarter / 4,
        train_pflop=spec.trial.whole_pflop * quarter / 4,
    )
    record = TrialRecord(
        variant=spec.variant.name,
        seed=spec.seed,
        search=spec.trial.search,
        trial=trial,
        curve=curve,
        environment=describe_environment(spec.hardware),
        finished="",
    )
    return record, quarter / 4
