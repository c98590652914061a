"""What of a recipe enters the identity of a run: nothing that every recipe has unless it says otherwise."""

from typing import Any

import pytest

from taskgraft.recipe import quick, recipe
from taskgraft.study._records import _kinds, _set_on_purpose


@pytest.mark.parametrize("part", ["balancing", "precision", "start", "balance"])
def test_a_part_as_every_recipe_has_it_does_not_enter(part: str) -> None:
    """Runs of before a part existed are those of its usual value."""
    assert part not in _set_on_purpose(quick())


@pytest.mark.parametrize("changes", [{"balancing": "dwa"}, {"balancing": "dwa", "balancing.temperature": 1}])
def test_the_kind_of_a_part_that_was_set_enters(changes: dict[str, Any]) -> None:
    plain = list(_kinds(_set_on_purpose(quick())))
    entered = list(_kinds(_set_on_purpose(recipe("quick", changes))))
    assert "dwa" in entered
    assert "fixed" not in plain
    assert [kind for kind in entered if kind != "dwa"] == plain
