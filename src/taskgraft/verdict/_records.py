"""What a study concludes, as plain data: made by `conclude`, shown by the report and the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from taskgraft.inference_cost import InferenceCost
from taskgraft.statistics import Factor, Interval
from taskgraft.study import RunCost, Spread
from taskgraft.verdict._copies import Copies
from taskgraft.verdict._diagnosed import Diagnosed
from taskgraft.verdict._look import LookTaken
from taskgraft.verdict._prediction_records import Calibration, Confusion, Opinions
from taskgraft.verdict._recommendation import Recommendation
from taskgraft.verdict._selective import Selective
from taskgraft.verdict._topics import Topic, sentences_of
from taskgraft.verdict._tuning import Tuned
from taskgraft.verdict._verdict_html import Line, verdict_html

SIGNIFICANCE = 0.05
# A change of accuracy that nobody would pay for: one point.
NEGLIGIBLE = 0.01


def is_significant(p: float | None) -> bool:
    """Whether a p-value lets a difference be claimed; None, that of a single seed, never does."""
    return p is not None and p < SIGNIFICANCE


@dataclass(frozen=True)
class Standing:
    """One variant in the leaderboard.

    Attributes:
        variant: Its name.
        seeds: The finished seeds.
        scores: Mean over seeds of every score, with its interval over seeds and test images.
        spreads: Mean and standard deviation over seeds of every score.
        gain: Mean relative gain over the control (delta-m), as a share; None for the control or without it.
        cost: Of one run: the median seconds over seeds, the largest memory.
        inference: Of one network; None when it was not measured.
        is_on_front: Whether no other variant is at least as good and as cheap, and better in one.
        num_failed: Runs of it that failed; no score rests on them.
    """

    variant: str
    seeds: tuple[int, ...]
    scores: dict[str, Interval]
    spreads: dict[str, Spread]
    gain: Interval | None
    cost: RunCost
    inference: InferenceCost | None
    is_on_front: bool
    num_failed: int = 0


@dataclass(frozen=True)
class Comparison:
    """One variant's score less another's, over the seeds both have.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        score: Name of the score.
        interval: First less second, with the p-value that belongs to it.
        exact_p: Two-sided exact p of a sign-flip test over seeds; None for one seed.
        adjusted_p: The interval's p after Holm's correction over all pairs of this score; None for one seed.
        decoding: How logits were turned into paths.
    """

    first: str
    second: str
    score: str
    interval: Interval
    exact_p: float | None
    adjusted_p: float | None
    decoding: str = "independent"

    @property
    def is_detected(self) -> bool:
        """Whether a difference may be claimed, Holm's correction included."""
        return is_significant(self.adjusted_p)

    @property
    def turned(self) -> Comparison:
        """The same difference, taken the other way round."""
        return replace(self, first=self.second, second=self.first, interval=self.interval.turned)


@dataclass(frozen=True)
class OverFlat:
    """What a variant scores over the flat one of its recipe, which predicts the finest level alone.

    Attributes:
        first: Name of the variant.
        second: Name of the flat one.
        decodings: How logits were turned into paths, of the first and of the second: as val favours.
        score: Name of the score.
        interval: First less second.
        adjusted_p: The interval's p after Holm's correction over all variants at this score; None for one
            seed.
        macs_ratio: Multiply-accumulates of the first over those of the second, of what each decoding reads.
    """

    first: str
    second: str
    decodings: tuple[str, str]
    score: str
    interval: Interval
    adjusted_p: float | None
    macs_ratio: float

    @property
    def is_detected(self) -> bool:
        """Whether the difference may be claimed, Holm's correction included."""
        return is_significant(self.adjusted_p)


@dataclass(frozen=True)
class Effect:
    """A main effect or interaction of the factorial that a study's variants form.

    Attributes:
        name: What differs, such as `sharing`, a flow's name or `batch_size=64`; of an interaction two of
            them, with ` x ` between.
        score: Name of the score.
        interval: The effect on it.
        adjusted_p: After Holm's correction over all effects on this score; None for one seed.
        decoding: How logits were turned into paths.
    """

    name: str
    score: str
    interval: Interval
    adjusted_p: float | None
    decoding: str = "independent"

    @property
    def is_detected(self) -> bool:
        """Whether the effect may be claimed, Holm's correction included."""
        return is_significant(self.adjusted_p)


@dataclass(frozen=True)
class FlowUse:
    """What a trained flow is worth: the target level's accuracy when something else flows.

    Attributes:
        variant: Name of the variant.
        source: Level that flows.
        target: Level it flows into.
        changes: By intervention (`mean`, `shuffled`, `oracle`): accuracy with it less accuracy without.
        adjusted_ps: By intervention the p after Holm's correction over all flows; None for one seed.
    """

    variant: str
    source: str
    target: str
    changes: dict[str, Interval]
    adjusted_ps: dict[str, float | None]

    def is_detected(self, intervention: str) -> bool:
        """Whether what an intervention changes may be claimed, Holm's correction included."""
        return is_significant(self.adjusted_ps[intervention])

    @property
    def use(self) -> Literal["used", "unused", "undecided"]:
        """What giving each image the logits of another one says of the flow.

        `used`: the accuracy changes detectably, also after the correction over all flows. `unused`: it does
        not, and the interval leaves room for less than a point either way. `undecided`: more seeds or images
        are needed to say.
        """
        shuffled = self.changes["shuffled"]
        if self.is_detected("shuffled"):
            return "used"
        is_small = max(abs(shuffled.low), abs(shuffled.high)) < NEGLIGIBLE
        return "unused" if is_small and shuffled.num_seeds > 1 else "undecided"


@dataclass(frozen=True)
class Decoded:
    """The scores of one variant under one way of turning its logits into a path.

    Attributes:
        variant: Its name.
        decoding: Name of the way.
        scores: Over its seeds.
        macs: Multiply-accumulates for one image, of what the decoding reads.
    """

    variant: str
    decoding: str
    scores: dict[str, Spread]
    macs: int


@dataclass(frozen=True)
class Verdict:
    """Everything a study concludes.

    Attributes:
        noun: What the variants are called: `architecture`, where nothing else differs, or `variant`.
        control: Name of the variant that differences are taken from; None where there is none with runs.
        score_names: Every score, in the order of the tables.
        primary: The score that the study was declared to decide by; whatever is of another one, of another
            decoding or of a flow is exploratory.
        headline: The one sentence to remember, of the primary score.
        topics: What else can be said of the primary score, in groups.
        exploratory_topics: The same of everything else: hints, for each is corrected within its own family
            alone.
        cautions: What a reader has to know before trusting the figures.
        population: For what else than these runs intervals and p-values speak.
        sight: The smallest difference that the study can show; empty for one variant.
        look: Which look at the study it is, and what the looks have spent; None where it is no look.
        standings: The leaderboard, in the order of the request.
        comparisons: Every pair at every score.
        factors: Of the largest full factorial that the variants form; empty where they form none.
        effects: Of that factorial; empty unless all its variants share seeds.
        flows: Empty without flows, or where they were not measured.
        decodings: Every variant under every decoding.
        decoded_comparisons: Every pair in accuracy under each other decoding than `independent`.
        decoded_effects: The factorial's effects likewise.
        calibrations: Every variant at every level.
        selective: Answers of every variant that stop where they are unsure, by every rule.
        recommendation: None when nothing has been compared.
        confused: Whose confusions are shown first: the recommended variant's, the best one's, or else the
            control's or the first one's.
        confusions: Of every variant, at every level.
        opinions: By kind of picture, what was predicted of the gallery's images.
        over_flat: Every variant against the flat one; empty without one.
        copies: Test images that are in train or val, too; None where there are none, or nobody has looked.
        tuning: The search of every variant's recipe; empty where none was searched.
        diagnosed: What the diagnosis of every variant saw; empty without one.
    """

    noun: str
    control: str | None
    score_names: tuple[str, ...]
    primary: str
    headline: str
    topics: tuple[Topic, ...]
    exploratory_topics: tuple[Topic, ...]
    cautions: tuple[str, ...]
    sight: str
    standings: tuple[Standing, ...]
    comparisons: tuple[Comparison, ...]
    factors: tuple[Factor, ...]
    effects: tuple[Effect, ...]
    flows: tuple[FlowUse, ...]
    decodings: tuple[Decoded, ...]
    decoded_comparisons: tuple[Comparison, ...]
    decoded_effects: tuple[Effect, ...]
    calibrations: tuple[Calibration, ...]
    selective: tuple[Selective, ...]
    recommendation: Recommendation | None
    confused: str
    confusions: dict[str, tuple[Confusion, ...]]
    opinions: dict[str, tuple[Opinions, ...]]
    over_flat: tuple[OverFlat, ...] = ()
    copies: Copies | None = None
    tuning: tuple[Tuned, ...] = ()
    diagnosed: tuple[Diagnosed, ...] = ()
    look: LookTaken | None = None
    population: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What else can be said of the primary score, each sentence fit to be quoted."""
        return sentences_of(self.topics)

    @property
    def exploratory(self) -> tuple[str, ...]:
        """The same of everything else."""
        return sentences_of(self.exploratory_topics)

    def _repr_html_(self) -> str:
        lines = [Line(each.variant, each.scores, each.cost.macs) for each in self.standings]
        return verdict_html(self.noun, lines, self.headline, self.recommendation, self.cautions)
