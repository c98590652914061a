"""A search whose best value lies at the end of its range is named, and no other one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.recipe import Range
from taskgraft.study import Trial, TunedVariant
from taskgraft.verdict._search_ends import about_search

RATE = Range(0.025, 1.6)


def searched(searched_range: Range, *values: float, best: int | None = 0) -> TunedVariant:
    """A variant whose trials had these rates."""
    trials = tuple(
        Trial(values={"rate": value}, state="finished", score=0.5, train_pflop=1e-3) for value in values
    )
    return TunedVariant(
        search="s", ranges={"rate": searched_range}, before={"rate": values[0]}, trials=trials, best=best
    )


def said(**variants: TunedVariant) -> list[str]:
    record = SimpleNamespace(variants=variants)
    evidence = SimpleNamespace(names=("shared", "flat"), study=SimpleNamespace(tuning=lambda: record))
    return list(about_search(evidence))


def test_the_variant_its_value_and_the_range_are_named() -> None:
    assert said(shared=searched(RATE, 1.52, 0.2, 0.9), flat=searched(RATE, 0.2, 0.9)) == [
        "A search ended at the end of what it was allowed to try: rate of shared 1.52 (0.025 to 1.6 (log)). "
        "Better values may lie beyond, and such a variant may be less well tuned than its rivals: search a "
        "wider range (docs/tuning.md)."
    ]


@pytest.mark.parametrize(
    "one",
    [
        searched(RATE, 0.2, 1.5),
        searched(RATE, 1.4, 1.5),
        searched(RATE, 1.0, 0.2),
        searched(RATE, 1.6, 0.2, best=None),
        searched(Range(0, 0.3, is_log=False), 0.0, 0.2),
        searched(Range(1, 16, is_whole=True), 1, 8),
        searched(Range(0.2, 0.2), 0.2, 0.2),
    ],
    ids=["inside", "one beyond", "not in the last tenth", "nothing finished", "no less", "one", "no width"],
)
def test_what_lies_inside_or_can_go_no_further_is_not(one: TunedVariant) -> None:
    assert said(shared=one) == []


@pytest.mark.parametrize("best", [0.025, 0.028, 1.45, 1.6])
def test_both_ends_count_by_ratios(best: float) -> None:
    assert len(said(shared=searched(RATE, best, 0.2))) == 1


def test_differences_count_where_they_are_the_steps() -> None:
    share = Range(0.1, 0.3, is_log=False)
    assert len(said(shared=searched(share, 0.115, 0.2))) == 1
    assert said(shared=searched(share, 0.125, 0.2)) == []


def test_records_of_other_keys_and_of_ranges_without_ratios_are_passed_over() -> None:
    one = searched(RATE, 1.6, 0.2)
    other = one.model_copy(update={"ranges": {"<img src=x>": RATE}})
    assert said(shared=other, flat=searched(Range(-1.0, 0.0), 0.0, -0.5)) == []
    some = one.trials[1].model_copy(update={"values": {}})
    assert len(said(shared=one.model_copy(update={"trials": (one.trials[0], some)}))) == 1


def test_a_study_without_a_search_and_variants_without_runs_are_passed_over() -> None:
    evidence = SimpleNamespace(names=("shared",), study=SimpleNamespace(tuning=lambda: None))
    assert list(about_search(evidence)) == []
    assert said(other=searched(RATE, 1.6, 0.2)) == []


@given(st.lists(st.floats(0.025, 1.6), min_size=1, max_size=9), st.data())
def test_a_value_with_one_on_either_side_is_never_named(values: list[float], data: st.DataObject) -> None:
    best = data.draw(st.integers(0, len(values) - 1))
    inner = min(values) < values[best] < max(values)
    assert not (inner and said(shared=searched(RATE, *values, best=best)))
