"""From a study directory to its verdict."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from taskgraft.architecture import CONTROL
from taskgraft.scores import confusion_matrix
from taskgraft.statistics import Interval, pareto_front, relative_gain
from taskgraft.study import Spread, Study, summarise
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._calibrations import calibrate
from taskgraft.verdict._cautions import cautions
from taskgraft.verdict._comparisons import (
    compare_decoded_pairs,
    compare_pairs,
    compute_decoded_effects,
    compute_effects,
)
from taskgraft.verdict._decodings import compare_decodings
from taskgraft.verdict._evidence import Evidence, Values, read_logits
from taskgraft.verdict._flows import judge_flows
from taskgraft.verdict._recommend import default_preference, recommend, score_looked_at, score_preferred
from taskgraft.verdict._records import Standing, Verdict
from taskgraft.verdict._sample import FloatArray
from taskgraft.verdict._sentences import headline, sentences


def conclude(study: Study | Path | str, prefer: str | None = None) -> Verdict:
    """Scores every run, compares all variants and says what can be said.

    Args:
        study: A study or its directory, with at least one finished run; what is missing is said in the
            cautions.
        prefer: What a recommendation is for: a level, `full-path` or `latency`; the full path (without its
            score, the accuracy of the finest level that has one) unless told.

    Raises:
        StudyError: If no run is finished, no label of the test images is known, or a run's logits are not
            finite.
        RequestError: For a preference the study cannot have.

    Example:
        >>> import tempfile
        >>> from taskgraft.data.sources import load
        >>> from taskgraft.execution import compare
        >>> data = load("shapes", num_train=640, num_test=64)
        >>> with tempfile.TemporaryDirectory() as out:
        ...     verdict = conclude(compare(data, "independent,shared", "quick", epochs=1, out=out))
        >>> [standing.variant for standing in verdict.standings], verdict.recommendation.prefer
        (['independent', 'shared'], 'full-path')
    """
    study = study if isinstance(study, Study) else Study.open(study)
    levels = study.taxonomy.level_names
    if prefer is not None:
        # Refused before everything is scored, where its name tells already.
        score_preferred(prefer, levels)
    evidence = Evidence.gather(study)
    wanted = prefer or default_preference(levels, evidence.score_names)
    score = score_looked_at(wanted, levels, evidence.score_names)
    standings = _standings(evidence, score)
    comparisons, effects = compare_pairs(evidence), compute_effects(evidence)
    decoded = compare_decoded_pairs(evidence), compute_decoded_effects(evidence)
    flows = judge_flows(evidence)
    return Verdict(
        control=CONTROL if CONTROL in evidence.names else None,
        score_names=evidence.score_names,
        headline=headline(standings, comparisons, effects),
        sentences=sentences(evidence, standings, (comparisons, effects), decoded, flows),
        cautions=cautions(evidence, flows),
        standings=standings,
        comparisons=comparisons,
        effects=effects,
        flows=flows,
        decodings=compare_decodings(evidence),
        decoded_comparisons=decoded[0],
        decoded_effects=decoded[1],
        calibrations=calibrate(evidence),
        recommendation=recommend(wanted, score, evidence, standings),
    )


def confusions(study: Study, variant: str) -> dict[str, IntArray]:
    """For each level, how often each class was taken for each: rows true, over all seeds, (K, K).

    Images whose class is not known at a level are left out there.
    """
    totals = {
        level.name: np.zeros((level.num_classes,) * 2, dtype=np.int64) for level in study.taxonomy.levels
    }
    for run in study.runs:
        if run.variant != variant:
            continue
        logits, targets = read_logits(study, run, "test")
        for i, name in enumerate(totals):
            totals[name] += confusion_matrix(logits[i].argmax(axis=1), targets[:, i], len(totals[name]))
    return totals


def _standings(evidence: Evidence, score: str) -> tuple[Standing, ...]:
    """One row a variant; the front is that of one score against MACs."""
    inference = evidence.study.inference()
    runs = [run for name in evidence.names for run in evidence.runs(name)]
    rows = summarise(evidence.study.record.request, runs)
    plain = [evidence.interval(score, row.variant).estimate for row in rows]
    front = pareto_front(plain, [row.cost.macs for row in rows])
    return tuple(
        Standing(
            variant=row.variant,
            seeds=row.seeds,
            scores={name: evidence.interval(name, row.variant) for name in evidence.score_names},
            spreads={name: _spread(evidence, row.variant, name) for name in evidence.score_names},
            gain=_gain(evidence, row.variant),
            cost=row.cost,
            inference=inference.get(row.variant),
            is_on_front=bool(is_on_front),
        )
        for row, is_on_front in zip(rows, front, strict=True)
    )


def _spread(evidence: Evidence, name: str, score: str) -> Spread:
    return Spread.of([evidence.sample(name, seed, score).value for seed in evidence.seeds(name)])


def _gain(evidence: Evidence, name: str) -> Interval | None:
    """Delta-m over the control's accuracies; None where the control got nothing right to be relative to."""
    if name == CONTROL or not evidence.seeds(name, CONTROL):
        return None
    scores = [score for score in evidence.score_names if score.startswith("accuracy.")]
    lowest = min(
        evidence.samples[CONTROL, s][score].draws.min() for s in evidence.seeds(CONTROL) for score in scores
    )
    if lowest <= 0:
        return None

    def gain(of: Values) -> FloatArray:
        own, control = (np.stack([of(who, score) for score in scores], axis=-1) for who in (name, CONTROL))
        return relative_gain(own, control)

    return evidence.derived((name, CONTROL), gain)
