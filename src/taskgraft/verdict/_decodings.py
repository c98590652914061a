"""The same saved logits, turned into paths in every way: what a decoding is worth, without retraining."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from taskgraft.scores import DECODINGS
from taskgraft.statistics import Bounds, Interval, contrast_interval, holm_over
from taskgraft.study import Spread
from taskgraft.verdict._decoded_cost import macs_read
from taskgraft.verdict._decoded_run import DecodedRun
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._records import Decoded, is_significant


def compare_decodings(evidence: Evidence) -> tuple[Decoded, ...]:
    """Scores of every variant under every decoding, over its seeds; none without a tree of levels."""
    if not evidence.decoded:
        return ()
    decodings = []
    variants = {variant.name: variant for variant in evidence.study.record.request.variants}
    for name in evidence.names:
        cost = evidence.runs(name)[0].cost
        runs = [evidence.decoded[name, seed] for seed in evidence.seeds(name)]
        for decoding in DECODINGS:
            values: dict[str, list[float]] = {}
            for run in runs:
                for (used, score), sample in run.samples.items():
                    if used == decoding:
                        values.setdefault(score, []).append(sample.value)
                for (used, score), value in run.across.items():
                    if used == decoding:
                        values.setdefault(score, []).append(value)
            spreads = {k: Spread.of(v) for k, v in values.items()}
            macs = macs_read(evidence.study, variants[name], cost, decoding)
            decodings.append(Decoded(name, decoding, spreads, macs))
    return tuple(decodings)


def favoured_on_val(evidence: Evidence, name: str, score: str) -> str:
    """The decoding that val shows to be better than the plain one; the plain one where it shows none.

    Shown is what holds over seeds and val images after Holm's correction over the decodings; of several, the
    one with the highest mean is taken. The plain one also where nothing was decoded, or val has no label for
    the score.
    """
    runs = [evidence.decoded[name, seed] for seed in evidence.seeds(name)] if evidence.decoded else []
    if not runs or any((PLAIN, score) not in run.val for run in runs):
        return PLAIN
    others = [decoding for decoding in DECODINGS if decoding != PLAIN]
    partitions = evidence.partitions(evidence.seeds(name))
    gains = {decoding: _gain(runs, decoding, score, partitions) for decoding in others}
    ps = dict(zip(others, holm_over(list(gains.values())), strict=True))
    shown = [name for name, gain in gains.items() if gain.estimate > 0 and is_significant(ps[name])]
    return max(shown, key=lambda decoding: gains[decoding].estimate, default=PLAIN)


def score_on_val(evidence: Evidence, name: str, seeds: Sequence[int], score: str, decoding: str) -> float:
    """What a variant scores on val, mean over seeds; NaN where val has no label for the score."""
    if evidence.decoded:
        runs = [evidence.decoded[name, seed].val for seed in seeds]
        return fmean(run[decoding, score].value if (decoding, score) in run else np.nan for run in runs)
    return fmean(run.val_scores.get(score, np.nan) for run in evidence.runs(name) if run.seed in seeds)


def _gain(
    runs: Sequence[DecodedRun], decoding: str, score: str, partitions: Sequence[int] | None
) -> Interval:
    """What a decoding scores on val more than the plain one, over seeds, partitions and images."""
    pairs = [(run.val[decoding, score], run.val[PLAIN, score]) for run in runs]
    num_images = min(one.num_images for one, _ in pairs)
    return contrast_interval(
        [one.value - plain.value for one, plain in pairs],
        np.stack([one.draws - plain.draws for one, plain in pairs]),
        bounds=Bounds(-1.0, 1.0, num_images),
        partitions=partitions,
    )
