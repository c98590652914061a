"""Seeds as a number or one by one."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np
import pytest

from taskgraft.errors import RequestError
from taskgraft.request import LARGEST_SEED, MOST_RUNS, resolve_seeds
from taskgraft.request._seeds import seeds_of_text


@pytest.mark.parametrize(
    ("seeds", "listed"),
    [
        (2, (0, 1)),
        (np.int64(2), (0, 1)),
        ([3, 1], (3, 1)),
        (range(4, 6), (4, 5)),
        (np.array([5]), (5,)),
        (iter([1, 0]), (1, 0)),
        (MOST_RUNS, tuple(range(MOST_RUNS))),
    ],
)
def test_seeds_are_a_number_or_several(seeds: Any, listed: tuple[int, ...]) -> None:
    assert resolve_seeds(seeds) == listed


@pytest.mark.parametrize(
    "seeds",
    [
        0,
        -3,
        True,
        "3",
        2.5,
        None,
        [],
        [1, 1],
        [True],
        [0.5],
        ["1"],
        [-1],
        [LARGEST_SEED + 1],
        [[1]],
        np.array(0.5),
        [None],
        MOST_RUNS + 1,
        3_000_000,
        10**30,
        range(10**30),
        itertools.count(),
    ],
)
def test_other_seeds_are_refused_at_once(seeds: Any) -> None:
    began = time.perf_counter()
    with pytest.raises(RequestError, match="seeds to be") as caught:
        resolve_seeds(seeds)
    assert "\n" not in str(caught.value)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("text", "seeds"), [("3", 3), ("0,5", [0, 5]), ("5,", [5]), (" 1, 2 ", [1, 2]), ("-1", -1)]
)
def test_the_command_line_has_a_number_or_several_with_commas(text: str, seeds: Any) -> None:
    assert seeds_of_text(text) == seeds


@pytest.mark.parametrize("text", ["", "many", "1.5", "1,,2", "0x3", "9" * 30, ","])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="seeds to be a whole number, or several joined by commas"):
        seeds_of_text(text)
