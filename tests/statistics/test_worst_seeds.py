"""A question among several has a heavier tail, so that families of them keep their 5 % whatever seeds do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from normal_family import draw, floor_of
from scipy import special, stats

from taskgraft.statistics import (
    Bounds,
    Looks,
    VarianceParts,
    contrast_interval,
    holm_adjusted,
    holm_over,
    smallest_difference,
    unpaired_interval,
)
from taskgraft.statistics._worst_seeds import nominal_level, worst_p

NUM_STUDIES = 3000


def with_false_claims(families: np.ndarray) -> float:
    """Share of studies with a claim after Holm's correction."""
    return float(np.mean([holm_adjusted(family).min() < 0.05 for family in families]))


@pytest.mark.parametrize(("num_seeds", "seed_sd"), [(3, 2), (3, 4), (4, 1), (4, 2), (5, 1), (5, 2)])
def test_families_keep_their_5_percent_where_seeds_weigh_more_than_images(
    num_seeds: int, seed_sd: float
) -> None:
    ps = draw(NUM_STUDIES, num_seeds, seed_sd).ps(num_seeds)
    family_ps = worst_p(ps, num_seeds, floor_of(num_seeds))
    # A standard error is 0.4 %.
    assert with_false_claims(ps) > 0.065
    assert with_false_claims(family_ps) < 0.05 + 3 * 0.004


@pytest.mark.parametrize("num_seeds", [2, 3, 5, 10, 25])
@pytest.mark.parametrize("floor", [0.0, 0.3, 0.42, 0.6, 1.5, 20.0])
@pytest.mark.parametrize("p", [0.05, 0.003, 1e-5])
def test_no_variance_of_seeds_makes_a_p_more_frequent(num_seeds: int, floor: float, p: float) -> None:
    """Against the variance at evenly spaced shares of its law, for true ones of every size."""
    turned_out = stats.chi2.ppf((np.arange(3000) + 0.5) / 3000, num_seeds - 1) / (num_seeds - 1)
    chances = [p]
    for true in np.geomspace(max(floor, 0.05), 1e5 * max(floor, 1), 40):
        seen = np.maximum(true * turned_out, max(floor, 1e-12))
        critical = special.stdtrit(np.minimum((num_seeds - 1) * (1 + 1 / seen) ** 2, 1e8), p / 2)
        chances.append(np.mean(2 * special.ndtr(critical * np.sqrt((seen + 1) / (true + 1)))))
    # The table is coarse: far out and between high floors it is on the wide side.
    assert 0.97 * max(chances) <= worst_p(p, num_seeds, floor) <= (1.08 if p > 1e-3 else 1.6) * max(chances)


def test_without_anything_common_it_is_students_t() -> None:
    ps = np.array([0.0, 1e-9, 0.004, 0.05, 0.7, 1.0])
    assert worst_p(ps, 3, np.inf).tolist() == ps.tolist()
    assert nominal_level(0.003, 3, np.inf) == 0.003


@pytest.mark.parametrize("num_seeds", [2, 3, 7, 40])
def test_no_p_is_above_one(num_seeds: int) -> None:
    floors = np.geomspace(1e-3, 1e5, 500)
    assert worst_p(1.0, num_seeds, floors).max() == 1


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(2, 40), st.floats(0, 1e6, allow_nan=False)
)
def test_it_is_never_below_p_and_keeps_the_order(ps: list[float], num_seeds: int, floor: float) -> None:
    worst = worst_p(sorted(ps), num_seeds, floor)
    assert np.all(np.diff(worst) >= 0)
    assert np.all((worst >= sorted(ps)) & (worst <= 1))


@given(st.floats(1e-6, 0.2), st.integers(2, 30), st.floats(0, 100))
def test_the_level_of_the_worst_case_is_its_inverse(level: float, num_seeds: int, floor: float) -> None:
    nominal = nominal_level(level, num_seeds, floor)
    assert nominal <= level
    if nominal > 1e-11:
        assert worst_p(nominal, num_seeds, floor) == pytest.approx(level, rel=0.02)


def of_five_seeds() -> tuple[np.ndarray, np.ndarray]:
    """A contrast, and the same under resamplings that do much to all seeds alike."""
    rng = np.random.default_rng(3)
    values = rng.normal(0.01, 0.01, 5)
    return values, values[:, None] + rng.normal(0, 0.004, 200) + rng.normal(0, 0.002, (5, 200))


def test_a_question_among_several_has_the_heavier_tail() -> None:
    values, draws = of_five_seeds()
    for bounds in (None, Bounds(-1, 1, 2000)):
        interval = contrast_interval(values, draws, bounds=bounds)
        assert interval.p is not None
        assert interval.family_p is not None
        assert interval.p < interval.family_p < 1
        assert interval.turned.family_p == interval.family_p
    two = unpaired_interval((values, draws), (values - 0.02, np.repeat(values[:, None], 200, axis=1)))
    assert two.p is not None
    assert two.family_p is not None
    assert two.p < two.family_p


@pytest.mark.parametrize(("num_seeds", "seed_sds"), [((3, 30), (2, 2)), ((4, 20), (2, 1)), ((3, 3), (2, 2))])
def test_two_studies_of_many_or_few_seeds_claim_no_more_than_they_may(
    num_seeds: tuple[int, int], seed_sds: tuple[float, float]
) -> None:
    """At the level of the first of 15 variants; images do nothing here."""
    rng = np.random.default_rng(5)
    draws = [np.zeros((n, 2)) for n in num_seeds]
    ps = []
    for _ in range(3000):
        values = [sd * rng.standard_normal(n) for n, sd in zip(num_seeds, seed_sds, strict=True)]
        runs = [(v, v[:, None] + d) for v, d in zip(values, draws, strict=True)]
        ps.append(unpaired_interval(*runs).family_p)
    level = 0.05 / 15
    assert np.mean(np.array(ps, float) < level) < level + 3 * np.sqrt(level / 3000)


def test_one_seed_has_neither() -> None:
    interval = contrast_interval([0.01], [[0.0, 0.01, 0.02]])
    assert (interval.p, interval.family_p) == (None, None)
    two = unpaired_interval(([0.01], [[0.0, 0.01, 0.02]]), ([0.02], [[0.01, 0.02, 0.03]]))
    assert (two.p, two.family_p) == (None, None)


def test_one_look_of_several_has_that_tail_already() -> None:
    values, draws = of_five_seeds()
    assert contrast_interval(values, draws, looks=Looks(10, (3, 5))).family_p is None


def test_a_question_that_stands_alone_is_not_corrected() -> None:
    values, draws = of_five_seeds()
    interval = contrast_interval(values, draws)
    nothing = contrast_interval([0.01], [[0.0, 0.01, 0.02]])
    assert holm_over([interval]) == [interval.p]
    assert holm_over([nothing, interval]) == [None, interval.p]
    assert interval.family_p is not None
    assert holm_over([interval, interval]) == [2 * interval.family_p] * 2
    assert holm_over([nothing]) == [None]


def test_the_smallest_difference_of_a_family_knows_of_it() -> None:
    parts = VarianceParts.usual(10_000)
    floor = parts.apart / 5 / parts.common
    error = np.sqrt(parts.between / 5 + parts.common)
    freedom = 4 * (1 + parts.common / (parts.between / 5)) ** 2
    for questions, level in ((1, 0.05), (15, nominal_level(0.05 / 15, 5, floor))):
        expected = (stats.t.ppf(1 - level / 2, freedom) + stats.t.ppf(0.8, freedom)) * error
        assert smallest_difference(parts, 5, questions) == pytest.approx(expected)
    assert nominal_level(0.05 / 15, 5, floor) < 0.6 * 0.05 / 15
