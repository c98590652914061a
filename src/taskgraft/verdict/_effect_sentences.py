"""What each factor does, in sentences: the effects of a factorial on the accuracies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from taskgraft.statistics import Factor, FactorialEffect
from taskgraft.verdict._change import Change
from taskgraft.verdict._factors import FLOW, NO_FLOW, SEPARATE, SHARED, SHARING, Factorial
from taskgraft.verdict._pairs import by_score
from taskgraft.verdict._records import Effect, Standing
from taskgraft.verdict._wording import count, magnitude, named, span

# Of more effects than these the table tells the rest.
_MOST_EFFECTS = 12


def of_effects(
    factorial: Factorial | None, effects: Sequence[Effect], standings: Sequence[Standing]
) -> Iterator[Change | str]:
    """A sentence for each main effect and each detected interaction; none without a factorial.

    Args:
        factorial: Whose effects they are.
        effects: At one score or several, all of them accuracies.
        standings: The leaderboard, for the costs.
    """
    if factorial is None or not effects:
        return
    num_scores = len({effect.score for effect in effects})
    mains = [effect for effect in factorial.effects if len(effect.parts) == 1]
    for effect in mains[:_MOST_EFFECTS]:
        ((factor, level),) = effect.parts
        tail = _cost(factorial, factor, level, standings) if factor.name == SHARING else ""
        yield Change(_subject(factor, level), by_score(_main(effects, effect.name)), tail)
    if len(mains) > _MOST_EFFECTS:
        yield f"{len(mains) - _MOST_EFFECTS} more main effects stand in the table of effects."
    yield from _of_interactions(
        factorial, effects, named(effects[0].score) if num_scores == 1 else "the other accuracies"
    )


def _main(effects: Sequence[Effect], name: str) -> list[Effect]:
    return [e for e in effects if e.name == name]


def _of_interactions(factorial: Factorial, effects: Sequence[Effect], scores: str) -> Iterator[str]:
    pairs = [effect for effect in factorial.effects if len(effect.parts) == 2]
    detected = [(pair, e) for pair in pairs for e in _main(effects, pair.name) if e.is_detected]
    for pair, effect in detected[:_MOST_EFFECTS]:
        yield _of_interaction(pair, effect)
    if len(detected) > _MOST_EFFECTS:
        yield f"{len(detected) - _MOST_EFFECTS} more interactions were detected; see the table of effects."
    if pairs and not detected:
        which = [f"{a.name} with {b.name}" for a, b in combinations(factorial.factors, 2)]
        between = which[0] if len(which) == 1 else "any two factors"
        yield f"No interaction of {between} was detected in {scores}."


def _of_interaction(pair: FactorialEffect, effect: Effect) -> str:
    (first, level), (second, other) = pair.parts
    estimate = effect.interval.estimate
    more = "more" if estimate > 0 else "less"
    return (
        f"{_subject(second, other)} was worth {magnitude(estimate)} points {more} "
        f"of {named(effect.score)} {_setting(first, level)} "
        f"(95 % interval {span(effect.interval.low, effect.interval.high)}; "
        f"{count(effect.interval.num_seeds, 'seed')})."
    )


def _subject(factor: Factor, level: str) -> str:
    """A level in place of the baseline, as the subject of a sentence."""
    baseline = factor.levels[0]
    if factor.name == SHARING and (baseline, level) == (SEPARATE, SHARED):
        return "Sharing the trunk"
    if factor.name == SHARING:
        return f"{level.capitalize()} trunks in place of {baseline} ones"
    if factor.name == FLOW and baseline == NO_FLOW:
        return f"{level.capitalize()} flow"
    if "=" in level:
        return f"Setting {level} in place of {_value(baseline, level)}"
    return f"{level[0].upper()}{level[1:]} in place of {_value(baseline, level)}"


def _setting(factor: Factor, level: str) -> str:
    """Where something is worth more: at a level, rather than at the baseline."""
    baseline = factor.levels[0]
    if factor.name == SHARING and (baseline, level) == (SEPARATE, SHARED):
        return "on a shared trunk than on separate ones"
    if factor.name == SHARING:
        return f"on {level} trunks than on {baseline} ones"
    if factor.name == FLOW and baseline == NO_FLOW:
        return f"with {level} flow than without"
    return f"with {level} than with {_value(baseline, level)}"


def _value(baseline: str, level: str) -> str:
    """The baseline without the key that it has in common with a level.

    Example:
        >>> _value("batch_size=128", "batch_size=64"), _value("separate", "forked-1")
        ('128', 'separate')
    """
    key, equals, _ = level.partition("=")
    is_one_key = equals and level.count("=") == 1
    return baseline.removeprefix(f"{key}=") if is_one_key else baseline


def _cost(factorial: Factorial, factor: Factor, level: str, standings: Sequence[Standing]) -> str:
    """What a level costs in MACs, relative to the baseline."""
    macs = {standing.variant: standing.cost.macs for standing in standings}
    place = factorial.factors.index(factor)
    cost, base = (
        sum(macs[name] for name, cell in factorial.cells.items() if cell[place] == side)
        for side in (level, factor.levels[0])
    )
    return f", at {cost / base:.2f} times the MACs"
