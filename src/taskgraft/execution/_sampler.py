"""Which values the next trials of a search have, by Optuna: an extra, `pip install taskgraft[search]`.

Optuna keeps nothing: it is given the trials that are over each time, as our records have them. A copy of a
study directory is therefore all that a search needs to go on.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe import Range
from taskgraft.study import Trial

# Drawn at random before what was learnt decides.
_NUM_RANDOM = 8


def check_sampler() -> None:
    """Refuses a search without the extra.

    Raises:
        RequestError: If it is not installed.
    """
    if importlib.util.find_spec("optuna") is None:
        raise RequestError.expected(
            "a search",
            "used with the extra search installed",
            "no module optuna",
            f"pip install taskgraft[search], or leave {Parameter('tune')} out.",
        )


def propose(
    ranges: Mapping[str, Range], trials: Sequence[Trial], count: int, seed: int
) -> list[dict[str, float]]:
    """Values for the next trials, which are done at once.

    A tree-structured Parzen estimator (Bergstra et al., 2011). Of one that was pruned it learns the score at
    its end, and that it was behind; one that diverged is the worst.

    Args:
        ranges: By key path.
        trials: Those that are over, in their order.
        count: How many to propose.
        seed: With the same trials, the same values.

    Example:
        >>> [values] = propose({"finest_weight": Range(0.5, 2.0)}, [], 1, seed=0)
        >>> 0.5 <= values["finest_weight"] <= 2
        True
    """
    import optuna  # noqa: PLC0415 - an extra, and slow to import

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=_NUM_RANDOM, multivariate=True, constant_liar=True, seed=seed
        )
        study = optuna.create_study(direction="maximize", sampler=sampler)
        space = {path: _distribution(each) for path, each in ranges.items()}
        for trial in trials:
            if all(space[path]._contains(value) for path, value in trial.values.items()):
                study.add_trial(_as_optuna(trial, space))
        proposed = [study.ask(space) for _ in range(count)]
    return [{path: _rounded(each.params[path], ranges[path]) for path in ranges} for each in proposed]


def _rounded(value: float, within: Range) -> float:
    """To four digits, which a recipe and a page can show, where that is still in the range."""
    rounded = type(value)(f"{value:.4g}") if isinstance(value, float) else value
    return rounded if within.low <= rounded <= within.high else value


def _distribution(of: Range) -> Any:
    from optuna.distributions import FloatDistribution, IntDistribution  # noqa: PLC0415

    if of.is_whole:
        return IntDistribution(int(of.low), int(of.high), log=of.is_log)
    return FloatDistribution(of.low, of.high, log=of.is_log)


def _as_optuna(trial: Trial, space: Mapping[str, Any]) -> Any:
    from optuna.trial import TrialState, create_trial  # noqa: PLC0415

    params = {path: int(value) if _is_whole(space[path]) else value for path, value in trial.values.items()}
    if trial.state == "finished":
        return create_trial(params=params, distributions=dict(space), value=trial.score)
    return create_trial(
        params=params,
        distributions=dict(space),
        state=TrialState.PRUNED,
        intermediate_values={} if trial.state == "diverged" else {0: trial.score},
    )


def _is_whole(distribution: Any) -> bool:
    return type(distribution).__name__ == "IntDistribution"
