"""A verdict, confusions and pictures made by hand: whatever trains and concludes, the page can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from taskgraft.architecture import Architecture
from taskgraft.inference_cost import InferenceCost
from taskgraft.report import Picture
from taskgraft.report._score_text import charted_scores
from taskgraft.report.page._gallery import Gallery
from taskgraft.scores import about
from taskgraft.statistics import Factor, Interval
from taskgraft.study import RunCost, Spread
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import (
    Calibration,
    Comparison,
    Confusion,
    Contender,
    Decoded,
    Effect,
    FlowUse,
    Promised,
    Questions,
    Recommendation,
    Selective,
    Standing,
    Topic,
    Verdict,
)
from taskgraft.verdict._prediction_records import Bin

CONTROL = "independent"
SENTENCE = "Sharing the trunk adds 1.9 points of full-path accuracy (95 % interval +0.8 to +3.0)."
KINDS = ("accuracy", "top5_accuracy", "balanced_accuracy", "macro_f1", "nll", "brier", "ece")
FLOWS = ("coarse-to-fine", "fine-to-coarse")
FACTORS = (
    Factor("sharing", ("separate", "shared"), ("sharing",)),
    Factor("flow", ("none", *FLOWS), FLOWS),
)
DECODINGS = ("independent", "summed", "top-down")


def score_names(levels: Sequence[str]) -> tuple[str, ...]:
    """All names of a study of these levels, in the order of the tables."""
    names = [f"{kind}.{level}" for kind in KINDS for level in levels]
    if len(levels) > 1:
        names += [f"consistency.{a}>{b}" for a, b in zip(levels, levels[1:], strict=False)]
        names += [f"summed_accuracy.{level}" for level in levels[:-1]]
        names += ["full_path_accuracy", "mistake_severity", "hierarchical_distance@1"]
        names += ["hierarchical_precision", "hierarchical_recall", "hierarchical_f1"]
    return tuple(names)


def selective_of(variants: Sequence[str], levels: Sequence[str]) -> tuple[Selective, ...]:
    """Climbing, and answers at each level alone, of every variant; nothing is promised at 99 %."""
    if len(levels) == 1:
        return ()
    promised = tuple(
        Promised(target, Spread(1 - target, 0.01), Spread(target + 0.01, 0.002)) for target in (0.9, 0.95)
    )
    return tuple(
        Selective(
            variant,
            level,
            Spread(0.2 + number / 100, 0.01),
            tuple((i / 100, (i / 100) ** 2 / 2) for i in range(60 if level == levels[0] else 101)),
            promised,
        )
        for number, variant in enumerate(variants)
        for level in (None, *levels)
    )


def verdict_of(
    architectures: Sequence[Architecture],
    taxonomy: Taxonomy,
    num_seeds: int = 3,
    has_inference: bool = True,
) -> Verdict:
    """A verdict in which sharing helps a little and everything has its interval."""
    rng, levels = np.random.default_rng(5), taxonomy.level_names
    names = score_names(levels)
    standings = tuple(
        _standing(a, i, names, levels, num_seeds, has_inference, rng) for i, a in enumerate(architectures)
    )
    held = [a.name for a in architectures]
    control = CONTROL if CONTROL in held else None
    is_compared = len(held) > 1
    charted = charted_scores(names)
    return Verdict(
        noun="architecture",
        control=control,
        score_names=names,
        primary=charted[-1],
        headline="shared-coarse-to-fine finds the whole path more often than independent, at half the cost.",
        topics=(Topic("What each factor does", (SENTENCE,)),),
        exploratory_topics=(Topic("Are the flows used?", ("No flow changes any accuracy detectably.",)),),
        cautions=("Only 3 seeds: no exact test over seeds can reach a p below 0.25.",),
        sight="With 3 seeds and 200 test images, four studies of five find a difference of 9 points.",
        standings=standings,
        comparisons=_comparisons(standings, names, num_seeds) if is_compared else (),
        factors=FACTORS if len(held) >= 6 else (),
        effects=_effects(names, num_seeds, rng) if len(held) >= 6 else (),
        flows=_flows(architectures, num_seeds, rng),
        decoded_comparisons=_comparisons(standings, charted, num_seeds, "top-down") if is_compared else (),
        decoded_effects=_effects(charted, num_seeds, rng, "top-down") if len(held) >= 6 else (),
        decodings=tuple(_decoded(s, d, i) for s in standings for i, d in enumerate(DECODINGS)),
        calibrations=tuple(_calibration(s, level, rng) for level in levels for s in standings),
        selective=selective_of([a.name for a in architectures], levels),
        recommendation=_recommendation(standings, charted[-1]) if is_compared else None,
        confused=held[-1] if held else "",
        confusions={name: confusions_of(taxonomy) for name in held},
        opinions={},
    )


def _recommendation(standings: Sequence[Standing], score: str) -> Recommendation:
    """The last one is taken; of the others one is undecided, and the rest are behind."""
    names = [standing.variant for standing in standings]
    contenders = [
        Contender(s.variant, "independent", s.scores[score], Interval(0.02, 0.005, 0.035, 3, 0.01), names[-1])
        for s in standings
    ]
    places = [
        replace(contenders[0], place="undecided", num_seeds=8),
        *(replace(one, place="behind", obstacle="margin", floor=0.025) for one in contenders[1:-1]),
        replace(contenders[-1], place="recommended", rival=names[0], loss=Interval(-0.02, -0.035, -0.005, 3)),
    ]
    return Recommendation(
        prefer="full-path",
        score=score,
        margin=0.01,
        variant=names[-1],
        decoding="independent",
        best=names[-1],
        seeds=standings[0].seeds,
        contenders=tuple(places),
        reason="Its full-path accuracy is within 1 point of the best.",
        remedy=f"About 8 seeds would settle {names[0]}.",
        command="taskgraft compare --data shapes --seeds 8",
        front=(names[1], names[-1]),
        questions=Questions(
            (f"{names[-1]} is within 1 point of the best.",),
            (f"Within 1 point of the best? {names[0]}: 8 seeds in all would show it.",),
            ("Other data: this is one dataset.",),
            "taskgraft compare --data shapes --seeds 8",
        ),
    )


def confusions_of(taxonomy: Taxonomy, num_images: int = 4000) -> tuple[Confusion, ...]:
    """Confusions of every level, of predictions that are mostly right, and mostly near when they are not."""
    rng = np.random.default_rng(3)
    num_leaves = taxonomy.num_classes[-1]
    true = rng.integers(0, num_leaves, num_images)
    near = (true + rng.integers(0, 3, num_images)) % num_leaves
    wild = rng.integers(0, num_leaves, num_images)
    preds = np.where(rng.random(num_images) < 0.7, true, np.where(rng.random(num_images) < 0.7, near, wild))
    confusions = []
    for i, level in enumerate(taxonomy.levels):
        up = taxonomy.ancestors(i)
        pairs, counts = np.unique(np.stack([up[true], up[preds]], axis=1), axis=0, return_counts=True)
        cells = zip(pairs.tolist(), counts.tolist(), strict=True)
        confusions.append(Confusion(level.name, tuple((*pair, count) for pair, count in cells)))
    return tuple(confusions)


def confusion_of(level: str, matrix: np.ndarray) -> Confusion:
    """The confusions that a matrix counts."""
    return Confusion(level, tuple((t, p, int(matrix[t, p])) for t, p in np.argwhere(matrix).tolist()))


def gallery_of(
    taxonomy: Taxonomy, architectures: Sequence[str], shape: tuple[int, int, int] = (3, 32, 32)
) -> Gallery:
    """Six worst mistakes and six disagreements."""
    rng = np.random.default_rng(4)
    paths = [
        tuple(level.classes[taxonomy.ancestors(i)[leaf]] for i, level in enumerate(taxonomy.levels))
        for leaf in range(taxonomy.num_classes[-1])
    ]

    def picture(voices: Sequence[str]) -> Picture:
        ramp = np.linspace(0, 200, shape[1] * shape[2]).reshape(shape[1:])
        image = (ramp + rng.integers(0, 56, shape)).astype(np.uint8)
        true, *others = rng.permutation(len(paths))[:4]
        predicted = tuple((name, paths[others[i % len(others)]]) for i, name in enumerate(voices))
        name = f"class {true}/picture number {rng.integers(10_000)} of a long folder, {'x' * 60}.png"
        return Picture(image, paths[true], predicted, float(rng.uniform(0.5, 1)), name=name)

    return Gallery(
        tuple(picture(architectures[:1]) for _ in range(6)), tuple(picture(architectures) for _ in range(6))
    )


def _standing(
    architecture: Architecture,
    number: int,
    names: Sequence[str],
    levels: Sequence[str],
    num_seeds: int,
    has_inference: bool,
    rng: np.random.Generator,
) -> Standing:
    is_shared = architecture.trunk == "shared"
    means = {name: _mean(name, levels, 0.02 * is_shared + 0.004 * number) for name in names}
    macs = 40_000_000 if is_shared and "@" not in architecture.name else 79_600_000
    return Standing(
        variant=architecture.name,
        seeds=tuple(range(num_seeds)),
        scores={k: _around(mean, 0.02 * abs(mean), num_seeds, rng) for k, mean in means.items()},
        spreads={k: Spread(mean, 0.006 * mean if num_seeds > 1 else None) for k, mean in means.items()},
        gain=None if architecture.name == CONTROL else _around(0.01 * number, 0.012, num_seeds, rng),
        cost=RunCost(
            num_parameters=macs // 30,
            num_trainable_parameters=macs // 31,
            macs=macs,
            train_pflop=macs * 6e5 / 1e15,
            train_seconds=macs / 1.3e6 + number,
            peak_memory_bytes=1_234_000_000,
        ),
        inference=InferenceCost.model_construct(
            latency_p50_milliseconds=macs / 1.7e7 + 0.1 * number,
            latency_p99_milliseconds=macs / 1e7,
            images_per_second=1e11 / macs,
        )
        if has_inference
        else None,
        is_on_front=number in (1, 5),
    )


def _mean(name: str, levels: Sequence[str], bonus: float) -> float:
    kind, _, level = name.partition(".")
    if not about(name).is_higher_better:
        return 1.6 - bonus if about(name).unit != "%" else 0.06 - bonus
    depth = levels.index(level) if level in levels else len(levels)
    return 0.9 - 0.11 * depth + bonus if kind != "consistency" else 0.87 + bonus


def _around(mean: float, half: float, num_seeds: int, rng: np.random.Generator) -> Interval:
    low, high = mean - half * rng.uniform(0.5, 1), mean + half * rng.uniform(0.5, 1)
    return Interval(mean, low, high, num_seeds, p=0.04)


def _comparisons(
    standings: Sequence[Standing], names: Sequence[str], num_seeds: int, decoding: str = "independent"
) -> tuple[Comparison, ...]:
    found = []
    for name in names:
        for second, first in combinations(standings, 2):
            difference = first.scores[name].estimate - second.scores[name].estimate
            interval = Interval(difference, difference - 0.014, difference + 0.016, num_seeds, p=0.04)
            p = 0.01 if interval.is_detectable else 0.4
            found.append(Comparison(first.variant, second.variant, name, interval, 0.25, p, decoding))
    return tuple(found)


def _effects(
    names: Sequence[str], num_seeds: int, rng: np.random.Generator, decoding: str = "independent"
) -> tuple[Effect, ...]:
    effects = {"sharing": 0.019, **dict.fromkeys(FLOWS, 0.003), **{f"sharing x {f}": -0.002 for f in FLOWS}}
    return tuple(
        Effect(
            effect, name, _around(size, 0.009, num_seeds, rng), 0.01 if effect == "sharing" else 0.6, decoding
        )
        for name in names
        for effect, size in effects.items()
    )


def _flows(
    architectures: Sequence[Architecture], num_seeds: int, rng: np.random.Generator
) -> tuple[FlowUse, ...]:
    sizes = {"mean": -0.03, "shuffled": -0.05, "oracle": 0.04}
    return tuple(
        FlowUse(
            a.name,
            flow.source,
            flow.target,
            {
                kind: _around(size * (a.trunk == "shared"), 0.012, num_seeds, rng)
                for kind, size in sizes.items()
            },
            dict.fromkeys(sizes, 0.01 if a.trunk == "shared" else 0.6),
        )
        for a in architectures
        for flow in a.flows
    )


def _decoded(standing: Standing, decoding: str, number: int) -> Decoded:
    kept = ("accuracy.", "full_path", "consistency.", "mistake_severity")
    return Decoded(
        standing.variant,
        decoding,
        {
            name: Spread(spread.mean + 0.003 * number, spread.std)
            for name, spread in standing.spreads.items()
            if name.startswith(kept)
        },
        standing.cost.macs,
    )


def _calibration(standing: Standing, level: str, rng: np.random.Generator) -> Calibration:
    raw = {kind: standing.spreads[f"{kind}.{level}"] for kind in ("nll", "brier", "ece")}
    confidences = np.linspace(0.35, 0.995, 10)
    bins = tuple(Bin(0.1, float(c), float(np.clip(c**1.4 + rng.normal(0, 0.02), 0, 1))) for c in confidences)
    calibrated = {kind: Spread(0.8 * spread.mean, spread.std) for kind, spread in raw.items()}
    return Calibration(standing.variant, level, Spread(1.31, 0.02), raw, calibrated, bins)
