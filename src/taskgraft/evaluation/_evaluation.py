"""What a trained model scores on labelled data, as records."""

from __future__ import annotations

from dataclasses import dataclass, field

from taskgraft.evaluation._class_match import ClassMatch
from taskgraft.inference import Origin
from taskgraft.scores import ClassScores
from taskgraft.statistics import Interval
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import Bin, Confused, Confusion


@dataclass(frozen=True)
class LevelCalibration:
    """How far the probabilities of a level by itself can be trusted on these data, after calibration.

    Attributes:
        temperature: What its logits were divided by; 1 for a model without validation images.
        nll: Mean negative log-likelihood, in nats.
        brier: Brier score.
        ece: Expected calibration error, 0 to 1.
        bins: Images of like confidence, least confident first.
        raw_ece: The calibration error before the division.
        raw_bins: The bins before it.
    """

    temperature: float
    nll: float
    brier: float
    ece: float
    bins: tuple[Bin, ...]
    raw_ece: float
    raw_bins: tuple[Bin, ...]


@dataclass(frozen=True)
class PromiseKept:
    """What answers that stop where they are unsure come to on these data.

    Attributes:
        target_accuracy: Share of the answers that should be right.
        threshold: Least certainty of a class that is said.
        accuracy: Share of the answers that are right; to say nothing is not wrong.
        depths: Share of the images that are sure to 0, 1, ... L levels: shape (L + 1,).
    """

    target_accuracy: float
    threshold: float
    accuracy: Interval
    depths: tuple[float, ...]


@dataclass(frozen=True)
class RuleRisk:
    """How often answers by one rule are wrong, the more they tell.

    Attributes:
        rule: `climbing`, as the model answers; `only LEVEL`, that level's class if it is sure, or nothing;
            `none`, the whole path of every image, or of some that are drawn by lot.
        area: Under risk against coverage, as far as the rule's coverage goes; lower is better.
        curve: (coverage, risk), both 0 to 1, from saying nothing on.
        most_coverage: The most that the rule tells.
        at_risks: (risk, the largest coverage of no more), for each of `RISKS`.
    """

    rule: str
    area: float
    curve: tuple[tuple[float, float], ...]
    most_coverage: float
    at_risks: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a trained model scores on labelled data.

    Intervals are over images: the model is one, so they say nothing of how other seeds would do.

    Attributes:
        origin: Where the model came from.
        source: Name of the data.
        split: Which images of it; `all` for every one.
        split_reason: Why these, in words.
        num_images: N.
        num_labelled: By level, the images whose class the model has.
        taxonomy: The model's.
        decoding: How its classes are chosen.
        match: What the labels of the data are among the model's classes.
        cautions: What to be careful about, a sentence each.
        notes: How the data were read, a sentence each.
        scores: Every score of a study, of each level by itself, with its interval over images.
        decoded: Accuracy of each level and of the `full-path`, as the model decides, with intervals.
        classes: By level, precision, recall, F1 and support of each class, as the model decides.
        confusions: By level, how often classes were taken for one another, as the model decides.
        confused: The worst confusions of each level, most frequent first.
        calibrations: By level.
        promises: What answers that stop where they are unsure come to; empty where the model cannot.
        not_promised: Shares of right answers that the model cannot promise.
        promising_images: Validation images that promise; 0 where the model has none.
        rule_risks: Risk against coverage, by rule; empty without a tree.
    """

    origin: Origin
    source: str
    split: str
    split_reason: str
    num_images: int
    num_labelled: dict[str, int]
    taxonomy: Taxonomy = field(repr=False)
    decoding: str
    match: ClassMatch = field(repr=False)
    cautions: tuple[str, ...]
    notes: tuple[str, ...] = field(repr=False)
    scores: dict[str, Interval] = field(repr=False)
    decoded: dict[str, Interval] = field(repr=False)
    classes: dict[str, ClassScores] = field(repr=False)
    confusions: tuple[Confusion, ...] = field(repr=False)
    confused: tuple[Confused, ...] = field(repr=False)
    calibrations: dict[str, LevelCalibration] = field(repr=False)
    promises: tuple[PromiseKept, ...] = field(repr=False)
    not_promised: tuple[float, ...] = field(repr=False)
    promising_images: int = field(repr=False)
    rule_risks: tuple[RuleRisk, ...] = field(repr=False)
