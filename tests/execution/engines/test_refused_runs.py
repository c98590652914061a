"""Runs of other commands are tried again once nothing else is left, and waiting is said once."""

from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from taskgraft.execution._events import Waiting
from taskgraft.execution.engines import _refused_runs as module
from taskgraft.execution.engines._refused_runs import RefusedRuns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands still until it is set."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(module, "waiting_for", lambda specs: Waiting(tuple(specs)))
    return clock


def test_they_are_taken_up_when_nothing_is_left_and_some_time_has_passed(clock: SimpleNamespace) -> None:
    refused, left = RefusedRuns(), deque[Any](["other"])
    assert not refused
    refused.append("run")
    assert refused
    assert list(refused.take_up(left, is_idle=False)) == []
    assert left == deque(["other"])
    left.clear()
    assert list(refused.take_up(left, is_idle=False)) == []
    assert (left, bool(refused)) == (deque(["run"]), False)
    refused.append(left.popleft())
    assert list(refused.take_up(left, is_idle=False)) == []
    assert not left
    clock.now += module.LOOK_AGAIN_SECONDS
    assert list(refused.take_up(left, is_idle=False)) == []
    assert left == deque(["run"])


def test_waiting_is_said_once_and_only_where_nothing_is_done(clock: SimpleNamespace) -> None:
    refused, said = RefusedRuns(), []
    for is_idle in (False, True, True):
        refused.append("run")
        said += refused.take_up(deque(), is_idle=is_idle)
        clock.now += 1
    assert len(said) == 1
