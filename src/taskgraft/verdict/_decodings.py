"""The same saved logits, turned into paths in every way: what a decoding is worth, without retraining."""

from __future__ import annotations

from statistics import fmean

from taskgraft.scores import DECODINGS
from taskgraft.study import Spread
from taskgraft.verdict._decoded_cost import macs_read
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._records import Decoded


def compare_decodings(evidence: Evidence) -> tuple[Decoded, ...]:
    """Scores of every variant under every decoding, over its seeds; none without a tree of levels."""
    if not evidence.decoded:
        return ()
    decodings = []
    variants = {variant.name: variant for variant in evidence.study.record.request.variants}
    for name in evidence.names:
        recorded = evidence.runs(name)[0].cost.macs
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
            macs = macs_read(evidence.study, variants[name], recorded, decoding)
            decodings.append(Decoded(name, decoding, spreads, macs))
    return tuple(decodings)


def best_on_val(evidence: Evidence, name: str, score: str) -> str:
    """The decoding with which a variant scores highest on val; the plain one, if it is among them.

    Also the plain one where nothing was decoded, or val has no label for the score.
    """
    runs = [evidence.decoded[name, seed] for seed in evidence.seeds(name)] if evidence.decoded else []
    if not runs or any((PLAIN, score) not in run.val for run in runs):
        return PLAIN
    means = {decoding: fmean(run.val[decoding, score] for run in runs) for decoding in DECODINGS}
    return max(means, key=lambda decoding: (means[decoding], decoding == PLAIN))
