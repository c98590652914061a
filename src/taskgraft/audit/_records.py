"""What an audit finds, as plain data: made by `audit`, shown by the terminal, JSON and the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from taskgraft.data import Split

Verdict = Literal["ready", "usable", "mend"]
# What spoils a study; what is worth a look; what is good to know.
Severity = Literal["mend", "look", "note"]
SEVERITIES: tuple[Severity, ...] = ("mend", "look", "note")
Kind = Literal["exact", "near", "mirrored"]
# A ratio of the largest to the smallest class that rounds to one.
_EVEN = 1.05


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes:
        severity: `mend` spoils a study, `look` is worth a look, `note` is good to know.
        about: Which check found it: a stable word.
        sentence: What was found.
        remedy: What to do about it.
        names: The images, files or classes concerned, each once.
    """

    severity: Severity
    about: str
    sentence: str
    remedy: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditedImage:
    """An image that stands in a finding.

    Attributes:
        index: Its place in the data.
        name: What messages call it.
        split: Where it is.
        labels: Its classes, coarsest first; None where one is not known.
    """

    index: int
    name: str
    split: Split
    labels: tuple[str | None, ...]


@dataclass(frozen=True)
class ClassCount:
    """How many images a class has.

    Attributes:
        name: Of the class.
        parent: Its parent; None on the coarsest level or without a tree.
        num_images: By split.
    """

    name: str
    parent: str | None
    num_images: dict[Split, int]


@dataclass(frozen=True)
class LevelCount:
    """The classes of a level.

    Attributes:
        name: Of the level.
        classes: In label order.
        imbalance_ratio: Train images of the largest class over those of the smallest that has any.
        num_effective_classes: exp(-sum of p ln p) over the shares p of train images: as many classes of one
            size would be as uneven.
        num_unknown: Images without a label at this level, by split.
    """

    name: str
    classes: tuple[ClassCount, ...]
    imbalance_ratio: float
    num_effective_classes: float
    num_unknown: dict[Split, int]

    @property
    def summary(self) -> str:
        """How many classes, and how even they are, in words."""
        even = (
            f"{self.num_effective_classes:.1f} in effect; the largest has {self.imbalance_ratio:.1f} times "
            "the train images of the smallest"
            if self.imbalance_ratio >= _EVEN
            else "all of a size"
        )
        return f"{self.name}: {len(self.classes):,} classes, {even}"


@dataclass(frozen=True)
class Suspect:
    """An image that shows next to nothing."""

    image: AuditedImage
    reason: str


@dataclass(frozen=True)
class DuplicateGroup:
    """Images that show the same, each linked to another of the group.

    Attributes:
        kind: `exact` if all pixels of all agree; else `mirrored` if some pair is a mirror image, else `near`.
        conflicting_levels: Levels at which two that are linked have different labels.
        leaks: Whether one is in test and one that it is linked to is not.
        images: In the order of the data.
    """

    kind: Kind
    conflicting_levels: tuple[str, ...]
    leaks: bool
    images: tuple[AuditedImage, ...]


@dataclass(frozen=True)
class Conflicts:
    """Duplicates with different labels at certain levels, and at no other.

    Attributes:
        levels: Their names, coarsest first.
        num_exact_groups: Groups of equal images that have more than one label at each of them.
        num_near_pairs: Pairs of near duplicates, mirror images included, whose labels differ at each of them.
        exact_images: All images of these groups.
        near_images: All images of these pairs.
    """

    levels: tuple[str, ...]
    num_exact_groups: int
    num_near_pairs: int
    exact_images: tuple[AuditedImage, ...]
    near_images: tuple[AuditedImage, ...]


@dataclass(frozen=True)
class Duplicates:
    """Everything about duplicates.

    Attributes:
        num_exact_pairs: Pairs of images with the same pixels.
        num_near_pairs: Pairs of different images that show the same the same way round; of equal images
            one stands for all.
        num_mirrored_pairs: As before, for mirror images.
        num_images: Images that have a duplicate.
        conflicts: By the levels at which labels differ; each group and each pair is in one of them.
        num_test_leaks: Test images with a duplicate in train or val.
        num_exact_test_leaks: Those of them whose duplicate has the same pixels.
        num_val_leaks: Val images with a duplicate in train.
        test_leaks: The test images with a duplicate in train or val.
        required_likeness: The likeness that near duplicates need in this data.
        is_cut: Whether there were too many candidates to look at all.
        groups: Conflicts first, then leaks, then the larger ones.
    """

    num_exact_pairs: int
    num_near_pairs: int
    num_mirrored_pairs: int
    num_images: int
    conflicts: tuple[Conflicts, ...]
    num_test_leaks: int
    num_exact_test_leaks: int
    num_val_leaks: int
    test_leaks: tuple[AuditedImage, ...]
    required_likeness: float
    is_cut: bool
    groups: tuple[DuplicateGroup, ...]


@dataclass(frozen=True)
class Audit:
    """What a look at all of the data found.

    Attributes:
        verdict: `ready`, `usable` with things to look at, or `mend` it first.
        headline: The verdict in a sentence.
        source: Of the data.
        split: How train, val and test images were split, in a few words.
        image_shape: Channels, height and width.
        num_images: By split.
        findings: The gravest first.
        levels: Coarsest first.
        is_tree: Whether finer classes lie under coarser ones.
        skipped: Name and reason of each file that could not be read.
        suspects: Images that show next to nothing.
        duplicates: Images that show the same.
        notes: What the source decided on the way.
    """

    verdict: Verdict
    headline: str
    source: str
    split: str
    image_shape: tuple[int, int, int]
    num_images: dict[Split, int]
    findings: tuple[Finding, ...]
    levels: tuple[LevelCount, ...]
    is_tree: bool
    skipped: tuple[tuple[str, str], ...]
    suspects: tuple[Suspect, ...]
    duplicates: Duplicates
    notes: tuple[str, ...]
