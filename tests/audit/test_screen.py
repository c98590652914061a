"""The screen passes every row that holds a pair, whatever numbers it computes with, and few others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskgraft.audit import _screen as screen


@pytest.fixture(params=[True, False], ids=["bf16", "f32"])
def precision(request, monkeypatch):
    monkeypatch.setattr(screen, "multiplies_bf16", lambda device: request.param)
    return request.param


def best_cosines(even, odd, rows, columns):
    return even[rows] @ even[columns].T + np.abs(odd[rows] @ odd[columns].T)


def signed(seed: int, number: int, num_like: int):
    """Signatures at most 1 long, float64; some are nearly those of others."""
    rng = np.random.default_rng(seed)
    every = rng.normal(size=(number, 63))
    like = rng.integers(0, number, (2, num_like))
    every[like[0]] = every[like[1]] + rng.normal(size=(num_like, 63)) * rng.uniform(0.2, 1, (num_like, 1))
    every /= np.linalg.norm(every, axis=1, keepdims=True) * rng.choice([1, 1, 1.2], (number, 1))
    return every[:, :31], every[:, 31:]


@pytest.mark.parametrize("is_bf16", [True, False])
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.001, 0.995))
def test_no_row_that_holds_a_pair_is_passed_over(is_bf16, seed, least):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screen, "multiplies_bf16", lambda device: is_bf16)
        even, odd = signed(seed, 120, 60)
        rows, columns = slice(10, 70), slice(50, 120)
        cosine = best_cosines(even, odd, rows, columns)
        # A pair exactly at the limit counts, too.
        least = float(cosine.ravel()[np.abs(cosine - least).argmin()])
        shown = screen.Screen(even.astype(np.float32), odd.astype(np.float32)).rows(rows, columns, least)
        assert set(np.flatnonzero((cosine >= least).any(1))) <= set(shown.tolist())


def test_rows_far_from_every_pair_are_ruled_out(precision):
    even, odd = signed(5, 400, 20)
    cosine = best_cosines(even, odd, slice(0, 200), slice(200, 400))
    shown = screen.Screen(even.astype(np.float32), odd.astype(np.float32)).rows(
        slice(0, 200), slice(200, 400), 0.75
    )
    slack = 0.02 if precision else 1e-4
    assert set(shown.tolist()) <= set(np.flatnonzero((cosine >= 0.75 - slack).any(1)))
    assert 0 < len(shown) < 20


def test_a_limit_below_nothing_rules_out_no_row(precision):
    even, odd = (half.astype(np.float32) for half in signed(1, 10, 0))
    assert screen.Screen(even, odd).rows(slice(2, 9), slice(0, 10), -1.0).tolist() == [*range(7)]
