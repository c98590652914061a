"""How much answers tell at which share of right ones, if they stop where they are unsure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from taskgraft.scores import (
    Answers,
    Promise,
    RiskCoverage,
    Rule,
    climbing,
    critical_values,
    decided,
    fit_pool,
    fixed_level,
    risk_coverage,
)
from taskgraft.study import Spread
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict._sample import FloatArray, Logits

PROMISED = (0.9, 0.95, 0.99)
"""Shares of right answers at which rules are compared."""

_COVERAGES = np.linspace(0, 1, 101)
# Sums of what steps down tell may end a little below 1.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Promised:
    """What became of a promise on the test images, over seeds.

    Attributes:
        target: Share of right answers that was promised, as validation images say.
        coverage: What the answers say: mean information, 0 to 1.
        accuracy: Share of them that was right, or said nothing.
    """

    target: float
    coverage: Spread
    accuracy: Spread


@dataclass(frozen=True)
class Selective:
    """Answers of one variant that stop where they are unsure, by one rule.

    Attributes:
        variant: Its name.
        level: Where answers are given or withheld by the confidence in that level's class; None for climbing,
            the rule of a trained model, that ends each answer where a further step no longer pays.
        area: Under risk against coverage, on the test images; as far as the rule's coverage goes.
        curve: Coverage and risk, mean over seeds, from saying nothing on.
        promised: For each of `PROMISED` that validation images of all seeds can promise.
    """

    variant: str
    level: str | None
    area: Spread
    curve: tuple[tuple[float, float], ...]
    promised: tuple[Promised, ...]


@dataclass(frozen=True)
class RunRule:
    """One rule on one run.

    Attributes:
        area: Under its curve.
        risks: At coverages of 0 to 1 in steps of a hundredth, NaN beyond what the rule can tell.
        promised: By target, coverage and accuracy; without those that cannot be promised.
    """

    area: float
    risks: FloatArray
    promised: Mapping[float, tuple[float, float]]


def rules_of_run(
    val: tuple[Logits, IntArray],
    test: tuple[Logits, IntArray],
    taxonomy: Taxonomy,
    temperatures: Mapping[str, float],
) -> dict[str | None, RunRule]:
    """Every rule on one run, under its level; none where no test image is labelled at every level.

    Args:
        val: Logits, one array (N, K) a level, and targets (N, L), -1 where there is no label.
        test: The same of the test split.
        taxonomy: The levels, a tree.
        temperatures: By level, fitted on val; levels without one are answered by no plain rule.
    """
    val, test = _labelled(val), _labelled(test)
    if not len(test[1]):
        return {}
    weights = fit_pool(*val, taxonomy)
    rules: dict[str | None, Rule] = {None: partial(climbing, weights=weights, taxonomy=taxonomy)}
    for i, level in enumerate(taxonomy.level_names):
        if level in temperatures:
            rules[level] = partial(_by_level, level=i, temperature=temperatures[level], taxonomy=taxonomy)
    return {level: _judged(rule, val, test, taxonomy) for level, rule in rules.items()}


def _by_level(logits: Logits, level: int, temperature: float, taxonomy: Taxonomy) -> Answers:
    return fixed_level(logits[level] / temperature, level, taxonomy)


def selective_of(variant: str, runs: Sequence[Mapping[str | None, RunRule]]) -> tuple[Selective, ...]:
    """Every rule of a variant, over its seeds."""
    return tuple(
        _over_seeds(variant, level, [run[level] for run in runs])
        for level in runs[0]
        if all(level in run for run in runs)
    )


def _labelled(split: tuple[Logits, IntArray]) -> tuple[Logits, IntArray]:
    logits, targets = split
    chosen = (targets >= 0).all(axis=1)
    return (logits, targets) if chosen.all() else ([level[chosen] for level in logits], targets[chosen])


def _judged(
    rule: Rule, val: tuple[Logits, IntArray], test: tuple[Logits, IntArray], taxonomy: Taxonomy
) -> RunRule:
    preds, certainties = decided(rule, test[0])
    curve = risk_coverage(certainties, preds, test[1], taxonomy)
    risks = np.where(curve.coverages[-1] + _ROUNDING >= _COVERAGES, curve.risk_at(_COVERAGES), np.nan)
    preds, certainties = decided(rule, val[0])
    promise = Promise.of(critical_values(certainties, preds, val[1]))
    return RunRule(curve.area, risks, _promised(promise, curve) if len(val[1]) else {})


def _promised(promise: Promise, curve: RiskCoverage) -> dict[float, tuple[float, float]]:
    promised = {}
    for target in PROMISED:
        threshold = promise.threshold(target)
        if threshold is not None:
            coverage, risk = curve.at(threshold)
            promised[target] = coverage, 1 - risk
    return promised


def _over_seeds(variant: str, level: str | None, rules: Sequence[RunRule]) -> Selective:
    risks = np.mean([rule.risks for rule in rules], axis=0)
    reached = ~np.isnan(risks)
    promised = tuple(
        Promised(target, *(Spread.of([rule.promised[target][i] for rule in rules]) for i in range(2)))
        for target in PROMISED
        if all(target in rule.promised for rule in rules)
    )
    return Selective(
        variant,
        level,
        Spread.of([rule.area for rule in rules]),
        tuple(zip(_COVERAGES[reached].tolist(), risks[reached].tolist(), strict=True)),
        promised,
    )
