"""Whether a diagnosis foretells what sharing brings: from studies to a table and a correlation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.foretell import Outcome, Trial, correlation, lines, outcome, studied, trials
from taskgraft.verdict import conclude

ONE = Outcome("one", 0.5, 0.1, 0.02, 0.4, (1.0, -1.0, 3.0), {"a": 1.0, "b": -0.5}, 3)


def test_a_trial_becomes_a_row(tmp_path: Path) -> None:
    trial = Trial("tiny", "shapes", {"limit": 320}, seeds=2, epochs=10)
    row = outcome(trial, conclude(studied(trial, tmp_path, jobs=1)))
    assert (row.name, row.seeds, list(row.on_levels)) == ("tiny", 2, ["family", "shape"])
    assert -1 <= row.cosine <= 1
    assert 0 <= row.conflict <= 1
    assert row.effect[1] < row.effect[0] < row.effect[2]


def of(effects: list[float], reach: float) -> list[Outcome]:
    return [replace(ONE, effect=(each, each - reach, each + reach)) for each in effects]


def test_correlations_are_of_ranks_with_an_interval_and_the_share_of_chance() -> None:
    rising, curved = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 4.0, 9.0, 16.0, 25.0, 36.0]
    perfect = correlation(rising, of(curved, 0.1))
    assert (perfect.value, perfect.high) == pytest.approx((1, 1))
    # Two of the 720 orders of six are as clear.
    assert perfect.p == pytest.approx(2 / 720)
    assert correlation(rising, of(curved[::-1], 0.1)).value == pytest.approx(-1)
    vague = correlation(rising, of(curved, 30.0))
    assert vague.low < perfect.low - 0.3
    some = correlation([1.0, 3.0, 2.0, 5.0, 4.0, 6.0], of(curved, 0.1))
    assert -1 <= some.low < some.value < some.high <= 1
    assert perfect.p < some.p < 0.1


def test_the_table_has_its_units_and_few_studies_no_correlation() -> None:
    few = list(lines([ONE]))
    assert few[2] == "| one | 3 | +0.50 | 10 % | +2.00 % | +0.40 | +1.0 (-1.0 to +3.0) | a +1.0, b -0.5 |"
    assert few[-1] == "No correlation: 1 of the 5 studies that it takes at least."
    many = [replace(ONE, cosine=place / 10, effect=(float(place), 0.0, 9.0)) for place in range(6)]
    assert any("cosine: rank correlation with the effect +1.00" in line for line in lines(many))


def test_what_is_not_at_hand_is_left_out() -> None:
    names = [trial.name for trial in trials(None, None)]
    assert len(names) == 6
    assert not any("CIFAR" in name or "fruit" in name for name in names)
    assert len(trials("photographs", "cifar")) == 9
