"""A study whose runs balance their losses by something that remembers its steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from small_study import differing_files, leftovers, small_data, small_recipe

from drifting import Drifting
from listening import Listening
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import BalancingSpec, Recipe
from taskgraft.stopping import STOP, Stopped
from taskgraft.training import SLOTS
from taskgraft.training.balancers import BALANCERS


class Stopping(Listening):
    """Requests a stop behind a step of the first run, and keeps where runs were resumed."""

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        self.resumed: list[int] = []

    def on_resume(self, step: int) -> None:
        self.resumed.append(step)

    def on_step(self, step: int) -> None:
        if step == self.last:
            STOP.make(2)


def run(out: Path, recipe: Recipe, listener: Callable[[Any], None] | None = None) -> None:
    compare(small_data(), "shared", recipe, out=out, num_threads=1, listener=listener or silent)


def test_a_study_goes_on_with_what_its_balancer_remembers(tmp_path: Path) -> None:
    recipe = small_recipe().model_copy(update={"balancing": BalancingSpec(kind="drifting"), "epochs": 2.0})
    with patch.dict(BALANCERS._entries, drifting=Drifting):
        run(tmp_path / "whole", recipe)
        for last in (1, 3, 5):
            out, again = tmp_path / str(last), Stopping()
            try:
                with pytest.raises(Stopped):
                    run(out, recipe, Stopping(last))
            finally:
                STOP.clear()
            assert (out / "runs" / "shared-seed0" / SLOTS[0]).exists()
            run(out, recipe, again)
            assert again.resumed == [last]
            assert differing_files(out, tmp_path / "whole") == leftovers(out) == []


def test_another_balancer_gives_other_weights(tmp_path: Path) -> None:
    with patch.dict(BALANCERS._entries, drifting=Drifting):
        run(
            tmp_path / "drifting",
            small_recipe().model_copy(update={"balancing": BalancingSpec(kind="drifting")}),
        )
    run(tmp_path / "fixed", small_recipe())
    assert differing_files(tmp_path / "drifting", tmp_path / "fixed")


def test_a_balancer_that_there_is_not_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"balancing to be one of .*, but got 'fixde'"):
        run(tmp_path / "study", small_recipe().model_copy(update={"balancing": BalancingSpec(kind="fixde")}))
    assert not (tmp_path / "study").exists()
