"""What a trained model scores on labelled data, as records."""

from __future__ import annotations

from dataclasses import dataclass, field

from taskgraft.evaluation._class_match import ClassMatch
from taskgraft.inference import Origin
from taskgraft.scores import ClassScores
from taskgraft.statistics import Interval
from taskgraft.taxonomy import Taxonomy


@dataclass(frozen=True)
class Confused:
    """Two classes taken for one another: `num_images` images of `true` were predicted as `predicted`."""

    level: str
    true: str
    predicted: str
    num_images: int


@dataclass(frozen=True)
class LevelCalibration:
    """How far the calibrated probabilities of a level can be trusted on these data.

    Attributes:
        nll: Mean negative log-likelihood, in nats.
        brier: Brier score.
        ece: Expected calibration error, 0 to 1.
        bins: (share of the images, mean confidence, accuracy) of images of like confidence.
    """

    nll: float
    brier: float
    ece: float
    bins: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Promise:
    """What answers that stop where they are unsure come to on these data.

    Attributes:
        target_accuracy: Share of the answers that should be right.
        threshold: Least probability of a class that is said.
        accuracy: Share of the answers that are right; to say nothing is not wrong.
        depths: Share of the images that are sure to 0, 1, ... L levels: shape (L + 1,).
    """

    target_accuracy: float
    threshold: float
    accuracy: Interval
    depths: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a trained model scores on labelled data.

    Attributes:
        origin: Where the model came from.
        source: Name of the data.
        split: Which images of it; `all` for every one.
        num_images: N.
        taxonomy: The model's.
        decoding: How its classes are chosen.
        match: What the labels of the data are among the model's classes.
        scores: Every score of a study, of each level by itself, with its interval over images.
        decoded: Accuracy of each level and of the full path as the model decides, with intervals.
        classes: By level, precision, recall, F1 and support of each class, as the model decides.
        confused: The worst confusions of each level, most frequent first.
        calibrations: By level.
        promises: What answers that stop where they are unsure come to; empty where the model cannot.
    """

    origin: Origin
    source: str
    split: str
    num_images: int
    taxonomy: Taxonomy = field(repr=False)
    decoding: str
    match: ClassMatch = field(repr=False)
    scores: dict[str, Interval] = field(repr=False)
    decoded: dict[str, Interval] = field(repr=False)
    classes: dict[str, ClassScores] = field(repr=False)
    confused: tuple[Confused, ...] = field(repr=False)
    calibrations: dict[str, LevelCalibration] = field(repr=False)
    promises: tuple[Promise, ...] = field(repr=False)
