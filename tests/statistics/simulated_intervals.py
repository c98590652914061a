"""Intervals to compare, for many simulated studies at once; each returns low and high, shape (T, P)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats
from simulated_study import Trials

from taskgraft.statistics._two_way import floors_of, two_way_error
from taskgraft.statistics._worst_seeds import worst_p

TAIL = 0.975
Bounds = tuple[np.ndarray, np.ndarray]


def ours(trials: Trials) -> Bounds:
    """What `contrast_interval` does."""
    error, freedom = two_way(trials)
    return around(trials, stats.t.ppf(TAIL, freedom) * error)


def ours_p(trials: Trials) -> np.ndarray:
    error, freedom = two_way(trials)
    return 2 * stats.t.sf(np.abs(trials.values.mean(axis=-1)) / error, freedom)


def ours_family_p(trials: Trials) -> np.ndarray:
    """For a question among several: what Holm's correction begins with."""
    num_seeds, (_, common) = trials.values.shape[-1], parts(trials)
    apart = np.maximum(trials.run_variance - common, 0) / num_seeds
    return worst_p(ours_p(trials), num_seeds, floors_of(apart, common))


def without_bound(trials: Trials) -> Bounds:
    """As ours, but the seeds may vary less than the images make them."""
    seeds, common = parts(trials)
    variance = seeds + common
    freedom = (trials.values.shape[-1] - 1) * (variance / np.maximum(seeds, 1e-9 * variance)) ** 2
    return around(trials, stats.t.ppf(TAIL, freedom) * np.sqrt(variance))


def variance_bound_only(trials: Trials) -> Bounds:
    """As ours, but seeds that lie close together still raise the degrees of freedom."""
    error, freedom = bounded_variance(trials)
    return around(trials, stats.t.ppf(TAIL, freedom) * error)


def variance_bound_only_p(trials: Trials) -> np.ndarray:
    error, freedom = bounded_variance(trials)
    return 2 * stats.t.sf(np.abs(trials.values.mean(axis=-1)) / error, freedom)


def half_widths(trials: Trials) -> Bounds:
    """Half-widths of seeds (t) and images (normal) in quadrature, as decision 4 had it."""
    seeds, _ = parts(trials)
    t = stats.t.ppf(TAIL, trials.values.shape[-1] - 1)
    return around(trials, np.sqrt(t**2 * seeds + stats.norm.ppf(TAIL) ** 2 * trials.image_variance))


def banerjee(trials: Trials) -> Bounds:
    """The same with what seeds and images share counted once (Banerjee, Sankhya 22, 1960)."""
    seeds, common = parts(trials)
    t = stats.t.ppf(TAIL, trials.values.shape[-1] - 1)
    return around(trials, np.sqrt(t**2 * seeds + stats.norm.ppf(TAIL) ** 2 * common))


def seeds_only(trials: Trials) -> Bounds:
    """The paired t interval over seeds, as if there were no images but these."""
    seeds, _ = parts(trials)
    return around(trials, stats.t.ppf(TAIL, trials.values.shape[-1] - 1) * np.sqrt(seeds))


def percentile(draws: np.ndarray, rng: np.random.Generator) -> Bounds:
    """Percentiles of a bootstrap over seeds and images together; `draws` has shape (P, S, R)."""
    num_seeds, num_draws = draws.shape[1:]
    chosen = rng.integers(num_seeds, size=(num_seeds, num_draws))
    both = np.take_along_axis(draws, chosen[None], axis=1).mean(axis=1)
    low, high = np.quantile(both, [1 - TAIL, TAIL], axis=1)
    return low, high


CLOSED: dict[str, Callable[[Trials], Bounds]] = {
    "this interval": ours,
    "this without its lower bound": without_bound,
    "this with its variance bounded only": variance_bound_only,
    "half-widths in quadrature": banerjee,
    "half-widths of decision 4": half_widths,
    "t over seeds": seeds_only,
}


def two_way(trials: Trials) -> tuple[np.ndarray, np.ndarray]:
    seed_variance = trials.values.var(axis=-1, ddof=1)
    return two_way_error(seed_variance, trials.image_variance, trials.run_variance, trials.values.shape[-1])


def bounded_variance(trials: Trials) -> tuple[np.ndarray, np.ndarray]:
    seeds, common = parts(trials)
    variance = np.maximum(seeds + common, trials.image_variance)
    freedom = (trials.values.shape[-1] - 1) * (variance / np.maximum(seeds, 1e-9 * variance)) ** 2
    return np.sqrt(variance), freedom


def parts(trials: Trials) -> tuple[np.ndarray, np.ndarray]:
    n = trials.values.shape[-1]
    common = np.maximum((n * trials.image_variance - trials.run_variance) / (n - 1), 0)
    return trials.values.var(axis=-1, ddof=1) / n, common


def around(trials: Trials, half: np.ndarray) -> Bounds:
    estimate = trials.values.mean(axis=-1)
    return estimate - half, estimate + half


def coverage(bounds: Bounds, truth: np.ndarray) -> np.ndarray:
    """Share of the trials whose interval holds the true value: shape (P,)."""
    low, high = bounds
    return np.mean((low <= truth) & (truth <= high), axis=0)


def width(bounds: Bounds) -> np.ndarray:
    """Mean width: shape (P,)."""
    low, high = bounds
    return np.mean(high - low, axis=0)
