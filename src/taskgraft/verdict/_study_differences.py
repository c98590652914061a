"""Two studies compared: their differences as data."""

from __future__ import annotations

from dataclasses import dataclass

from taskgraft.statistics import Interval
from taskgraft.verdict._evidence import PLAIN
from taskgraft.verdict._records import is_significant


@dataclass(frozen=True)
class StudyDifference:
    """The score of a variant of study B less that of one of study A.

    Attributes:
        first: Name of the variant in A.
        second: Name of the variant in B; another one where each study has a single variant, or where it is
            what its study recommends.
        score: Name of the score.
        interval: Second less first: test images are paired, seeds are not.
        num_seeds: Seeds of A and of B.
        adjusted_p: The interval's p after Holm's correction over all that is compared at this score; None
            where a study has one seed.
        decodings: How the logits of the first and of the second were turned into paths.
    """

    first: str
    second: str
    score: str
    interval: Interval
    num_seeds: tuple[int, int]
    adjusted_p: float | None
    decodings: tuple[str, str] = (PLAIN, PLAIN)

    @property
    def is_detected(self) -> bool:
        """Whether the difference may be claimed, Holm's correction included."""
        return is_significant(self.adjusted_p)

    @property
    def name(self) -> str:
        """The variant, or both of them where they have two names."""
        return self.first if self.first == self.second else f"{self.second} − {self.first}"


@dataclass(frozen=True)
class BetweenStudies:
    """What can be said of study B against study A.

    Attributes:
        reason: Why nothing is compared; empty where it is.
        num_images: Test images of both.
        headline: Whether B beats A; of a single variant what B in place of A does to its accuracies.
        sentences: For each of several variants, what B in place of A does to its accuracies.
        differences: Of each variant at every score that both studies have, each level decoded by itself.
        decoded_sentences: What the recommendation of B does in place of that of A, each decoded as its study
            says; then the same of each other variant for which the val split of a study favours another
            decoding than each level by itself. Empty where `differences` say it already.
        decoded_differences: Of these, in the accuracies.
        looks: What looks at the studies before this one mean for it; empty where there were none.
    """

    reason: str
    num_images: int = 0
    headline: str = ""
    sentences: tuple[str, ...] = ()
    differences: tuple[StudyDifference, ...] = ()
    decoded_sentences: tuple[str, ...] = ()
    decoded_differences: tuple[StudyDifference, ...] = ()
    looks: str = ""
