"""No result changes without `NUMERICS` being raised: tiny runs of every recipe give what they always gave."""

from __future__ import annotations

import copy
import math
from typing import Any

import golden_runs
import pytest
from golden_runs import (
    COMMAND,
    GOLDEN,
    RUNS,
    SOURCE,
    Numbers,
    compare,
    compute,
    read_golden,
    record,
    this_machine,
)

from taskgraft.numerics import NUMERICS
from taskgraft.recipe import RECIPES

OTHER = {**this_machine(), "processor": "Imagined CPU"}


@pytest.fixture
def golden() -> Numbers:
    """`golden.json` as it would be if this machine alone had recorded it."""
    return {"numerics": NUMERICS, "records": [{**read_golden()["records"][0], "machine": this_machine()}]}


def test_every_recipe_is_among_them() -> None:
    assert {run.recipe for run in RUNS.values()} == set(RECIPES)


def test_they_are_recorded_at_these_numerics() -> None:
    recorded = read_golden()["numerics"]
    assert recorded == NUMERICS, f"{GOLDEN.name} is of NUMERICS {recorded}. Record it: {COMMAND}"


@pytest.mark.parametrize("name", RUNS)
def test_no_result_changes_unless_numerics_is_raised(name: str) -> None:
    changed = compare(name, compute(RUNS[name]), read_golden()["records"], this_machine())
    assert changed is not None, f"{GOLDEN.name} does not have {name!r}. Record it: {COMMAND}"
    assert not changed, "\n".join(
        [
            "Results changed, and a study that goes on would mix both.",
            *changed,
            f"If that is meant, raise NUMERICS in {SOURCE} from {NUMERICS} to {NUMERICS + 1},",
            f"and record the new results: {COMMAND}",
        ]
    )


def _nudged(golden: Numbers, name: str, step: int, factor: float) -> Numbers:
    """The recorded numbers of a run, one loss multiplied."""
    new: Numbers = copy.deepcopy(golden["records"][0]["runs"][name])
    new["losses"][step][0] *= factor
    return new


def test_one_bit_of_one_loss_is_a_change_on_the_machine_that_recorded_it(golden: Numbers) -> None:
    new = _nudged(golden, "quick", 2, 1.0)
    assert compare("quick", new, golden["records"], this_machine()) == []
    new["losses"][2][0] = math.nextafter(new["losses"][2][0], math.inf)
    changed = compare("quick", new, golden["records"], this_machine())
    assert changed is not None
    assert "quick: losses were [[" in changed[0]


@pytest.mark.parametrize("part", ["weights", "logits"])
def test_so_are_other_weights_and_logits(golden: Numbers, part: str) -> None:
    new = {**_nudged(golden, "quick", 0, 1.0), part: "0" * 64}
    assert compare("quick", new, golden["records"], this_machine()) == [f"quick: {part} are others"]


def test_a_changed_or_missing_score_is_a_change_and_a_new_one_is_none(golden: Numbers) -> None:
    new = _nudged(golden, "quick", 0, 1.0)
    new["scores"] = {**new["scores"], "beauty": 1.0, "accuracy.kind": 2.0}
    del new["scores"]["nll.kind"]
    changed = compare("quick", new, golden["records"], this_machine())
    assert [line.split()[1] for line in changed or ()] == ["accuracy.kind", "nll.kind"]


@pytest.mark.parametrize(
    ("name", "step", "factor", "is_change"),
    [
        ("quick", 0, 1 + 2e-6, False),
        ("quick", 2, 1 + 1e-4, True),
        ("fast", 0, 1 + 1e-4, True),
        ("fast", 1, 1 + 1e-3, False),
        ("fast", 1, 1.05, True),
        ("fast", 0, math.nan, True),
    ],
)
def test_another_machine_is_held_to_a_tolerance(
    golden: Numbers, name: str, step: int, factor: float, is_change: bool
) -> None:
    new = {**_nudged(golden, name, step, factor), "weights": "others", "logits": "others", "scores": {}}
    assert bool(compare(name, new, golden["records"], OTHER)) is is_change


def test_a_run_that_nobody_recorded_is_not_passed_over(golden: Numbers) -> None:
    del golden["records"][0]["runs"]["quick"]
    assert compare("quick", {}, golden["records"], this_machine()) is None


def test_changed_results_are_not_recorded_before_numerics_is_raised(
    golden: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = {"quick": _nudged(golden, "quick", 1, 1.01)}
    for machine in (this_machine(), OTHER):
        with pytest.raises(ValueError, match=f"Nothing is recorded: raise NUMERICS in {SOURCE} from"):
            record(golden, changed, machine)
    monkeypatch.setattr(golden_runs, "NUMERICS", NUMERICS + 1)
    alone: dict[str, Any] = {"machine": OTHER, "runs": changed}
    assert record(golden, changed, OTHER) == {"numerics": NUMERICS + 1, "records": [alone]}
    monkeypatch.setattr(golden_runs, "NUMERICS", NUMERICS - 1)
    with pytest.raises(ValueError, match="Never lower it"):
        record(golden, changed, OTHER)


def test_machines_are_recorded_beside_one_another(golden: Numbers) -> None:
    first = golden["records"][0]
    near = {**first["runs"], "quick": {**_nudged(golden, "quick", 1, 1 + 1e-7), "weights": "others"}}
    both = record(golden, near, OTHER)
    assert both["records"] == [first, {"machine": OTHER, "runs": near}]
    assert record(both, near, OTHER) == both
    assert record(None, near, OTHER)["records"] == [{"machine": OTHER, "runs": near}]
