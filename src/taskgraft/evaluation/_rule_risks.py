"""How often answers are wrong, the more they tell: by the model's rule, and by plain ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from taskgraft.evaluation._evaluation import RuleRisk
from taskgraft.evaluation._image_answers import Floats, ImageAnswers
from taskgraft.scores import risk_coverage
from taskgraft.taxonomy import IntArray, Taxonomy

CLIMBING, NO_RULE = "climbing", "none"
RISKS = (0.05, 0.1, 0.2)
"""Shares of wrong answers at which rules are compared."""

_COVERAGES = np.linspace(0, 1, 101)
# Sums of what steps down tell may end a little below 1.
_ROUNDING = 1e-9


def rule_risks_of(answers: ImageAnswers, targets: IntArray, taxonomy: Taxonomy) -> tuple[RuleRisk, ...]:
    """Risk against coverage, by rule; empty without a tree, or an image that is labelled at every level.

    Args:
        answers: To N images.
        targets: Their classes, shape (N, L); -1 where not known.
        taxonomy: The L levels.
    """
    if not taxonomy.is_tree or not (targets >= 0).all(axis=1).any():
        return ()
    judged = (
        _judged(rule, preds, certainties, targets, taxonomy)
        for rule, preds, certainties in _rules(answers, taxonomy)
    )
    return (*judged, _no_rule(answers.preds, targets))


def _rules(answers: ImageAnswers, taxonomy: Taxonomy) -> Iterator[tuple[str, IntArray, Floats]]:
    """Each rule's name, paths and certainties, shape (N, L); the plain ones are those of `fixed_level`."""
    yield CLIMBING, answers.preds, answers.certainties
    for level, name in enumerate(taxonomy.level_names):
        preds = np.full_like(answers.preds, -1)
        certainties = np.full(preds.shape, -1.0)
        for up in range(level + 1):
            preds[:, up] = taxonomy.ancestors(up, level)[answers.head_preds[:, level]]
            certainties[:, up] = answers.confidences[:, level]
        yield f"only {name}", preds, certainties


def _judged(
    rule: str, preds: IntArray, certainties: Floats, targets: IntArray, taxonomy: Taxonomy
) -> RuleRisk:
    curve = risk_coverage(certainties, preds, targets, taxonomy)
    # Beyond what the rule can tell, it has no risk.
    most = float(curve.coverages[-1])
    reached = _COVERAGES[most + _ROUNDING >= _COVERAGES]
    return RuleRisk(
        rule,
        curve.area,
        tuple(zip(reached.tolist(), curve.risk_at(reached).tolist(), strict=True)),
        min(1.0, most),
        tuple((risk, min(1.0, curve.coverage_at(risk))) for risk in RISKS),
    )


def _no_rule(preds: IntArray, targets: IntArray) -> RuleRisk:
    """The whole path of every image; to tell less, images are left out by lot, right and wrong ones alike."""
    is_judged = (targets >= 0).all(axis=1)
    wrong = float((preds != targets)[is_judged].any(axis=1).mean())
    at_risks = tuple((risk, min(1.0, risk / wrong) if wrong else 1.0) for risk in RISKS)
    return RuleRisk(NO_RULE, wrong / 2, ((0.0, 0.0), (1.0, wrong)), 1.0, at_risks)
