from itertools import chain, combinations, product
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from taskgraft.statistics import full_cross

SIX = {
    f"{trunk}-{flow}": (trunk, flow, "1")
    for trunk, flow in product(("separate", "shared"), ("none", "down", "up"))
}


def subsets(levels: list[str]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(levels, k) for k in range(1, len(levels) + 1)))


def brute_force(cells: set[tuple[str, ...]], min_factors: int) -> int:
    """Cells of the largest cross, by trying every set of levels of every factor."""
    levels = [sorted({cell[i] for cell in cells}) for i in range(len(next(iter(cells))))]
    sizes = [
        prod(map(len, chosen))
        for chosen in product(*map(subsets, levels))
        if sum(len(own) > 1 for own in chosen) >= min_factors and cells.issuperset(product(*chosen))
    ]
    return max(sizes, default=0)


@given(
    st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.sampled_from("12")), min_size=1),
    st.integers(0, 3),
)
def test_no_larger_cross_exists(cells: set[tuple[str, ...]], min_factors: int) -> None:
    named = {"".join(cell): cell for cell in sorted(cells)}
    cross = full_cross(named, min_factors)
    assert len(cross) == brute_force(cells, min_factors)
    if cross:
        levels = [{cell[i] for cell in cross.values()} for i in range(3)]
        assert set(cross.values()) == set(product(*levels))


def test_twins_and_forks_stay_outside_the_six() -> None:
    forks = {f"forked-{k}": (f"forked-{k}", "none", "1") for k in range(1, 9)}
    assert full_cross({**forks, **SIX, "twin": ("shared", "none", "1.41")}) == SIX


def test_forks_with_every_flow_are_part_of_it() -> None:
    forks = {f"forked-1-{flow}": ("forked-1", flow, "1") for flow in ("none", "down", "up")}
    assert full_cross({**SIX, **forks}) == {**SIX, **forks}


def test_of_two_in_one_cell_the_first_counts() -> None:
    assert full_cross({**SIX, "mine": ("shared", "up", "1")}) == SIX


def test_one_factor_alone_is_no_factorial() -> None:
    assert full_cross({"a": ("separate", "none"), "b": ("shared", "none"), "c": ("forked", "none")}) == {}
    assert full_cross({}) == {}


def test_forty_cells_that_share_nothing_are_no_trouble() -> None:
    assert full_cross({str(k): (f"trunk {k}", f"flow {k}", str(k)) for k in range(40)}) == {}
    dense = {f"{a}-{b}": (str(a), str(b)) for a, b in product(range(30), repeat=2) if (a * b) % 7 != 3}
    assert len(full_cross(dense)) > 300
