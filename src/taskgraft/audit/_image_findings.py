"""What is odd about the images: unreadable files, pictures that show nothing, duplicates, leaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby

import numpy as np

from taskgraft.audit._records import AuditedImage, Duplicates, Finding, Suspect
from taskgraft.audit._roll import Roll
from taskgraft.audit._scan import Scan
from taskgraft.audit._wording import counted, listing, quoted, share
from taskgraft.data import LostClass, Split
from taskgraft.study import MANY_TORN

# Grey levels of 255 that a picture varies by when it is only nearly of one colour.
_FAINT_DEVIATION = 2.5
# The share of test images that leak from which scores cannot be trusted.
_MANY_LEAKS = 0.05
TEST_LEAK = "test-leak"


def find_suspects(roll: Roll, scanned: Scan) -> tuple[Suspect, ...]:
    """Images of one colour, or nearly so."""
    constant = scanned.ranges == 0
    faint = ~constant & (scanned.deviations < _FAINT_DEVIATION)
    suspects = [
        *((int(k), "of one colour") for k in np.flatnonzero(constant)),
        *(
            (int(k), f"nearly of one colour (deviation {scanned.deviations[k]:.1f} of 255)")
            for k in np.flatnonzero(faint)
        ),
    ]
    return tuple(Suspect(roll.image(position), reason) for position, reason in suspects)


def image_findings(
    skipped: Sequence[tuple[str, str]],
    suspects: Sequence[Suspect],
    duplicates: Duplicates,
    num_images: dict[Split, int],
) -> Iterator[Finding]:
    """What was found about files and images, as findings.

    Args:
        skipped: Name and reason of each file that was left out.
        suspects: Images that show next to nothing.
        duplicates: Images that show the same.
        num_images: Of each split.
    """
    if skipped:
        yield Finding(
            "look",
            "unreadable",
            f"{counted(len(skipped), 'file')} could not be read: {quoted([name for name, _ in skipped])}.",
            "Mend them or take them out, or train with --on-bad-image=skip; each is listed with its reason.",
            tuple(name for name, _ in skipped),
        )
    if suspects:
        names = _named([one.image for one in suspects])
        yield Finding(
            "look",
            "suspicious",
            f"{counted(len(suspects), 'image')} of one colour or nearly so: {quoted(names)}.",
            "Look at them, and take out those that show nothing.",
            names,
        )
    yield from _conflicts(duplicates, sum(num_images.values()))
    yield from _leaks(duplicates, num_images)
    yield from _repeats(duplicates)


def lost_findings(lost: Sequence[LostClass]) -> Iterator[Finding]:
    """Classes without a readable picture, a finding for each level.

    Args:
        lost: The classes, those of a level together.

    Example:
        >>> [one.sentence for one in lost_findings([LostClass("fruit", "fig", 12)])]
        ["1 class of level 'fruit' lost, for none of its pictures can be read: 'fig'."]
    """
    for level, group in groupby(lost, key=lambda one: one.level):
        names = tuple(one.name for one in group)
        which = f"{counted(len(names), 'class', 'classes')} of level '{level}'"
        whose = "its" if len(names) == 1 else "their"
        yield Finding(
            "mend",
            "lost-class",
            f"{which} lost, for none of {whose} pictures can be read: {quoted(names)}.",
            "Mend the pictures (each is listed with its reason), or take the class out.",
            names,
        )


def _conflicts(duplicates: Duplicates, num_images: int) -> Iterator[Finding]:
    exact = [(one.levels, one.num_exact_groups) for one in duplicates.conflicts if one.num_exact_groups]
    near = [(one.levels, one.num_near_pairs) for one in duplicates.conflicts if one.num_near_pairs]
    if exact:
        images = _in_order(chain(*(one.exact_images for one in duplicates.conflicts)))
        is_grave = len(images) > MANY_TORN * num_images
        yield Finding(
            "mend" if is_grave else "look",
            "conflicting-duplicates",
            f"{counted(sum(number for _, number in exact), 'picture')} under more than one label, pixel for "
            f"pixel the same: {_by_levels(exact)}.",
            "Give each picture one label, or keep one copy of it.",
            _named(images),
        )
    if near:
        images = _in_order(chain(*(one.near_images for one in duplicates.conflicts)))
        yield Finding(
            "look",
            "conflicting-near-duplicates",
            f"{counted(sum(number for _, number in near), 'pair')} of near duplicates under different "
            f"labels: {_by_levels(near)}.",
            "Look at them: one label is wrong, or two things look alike.",
            _named(images),
        )


def _by_levels(counts: Sequence[tuple[tuple[str, ...], int]]) -> str:
    """At which levels labels disagree, and how many do where it is not the same levels for all."""
    phrases = [
        (f"at level '{levels[0]}'" if len(levels) == 1 else f"at levels {listing(levels)}", number)
        for levels, number in counts
    ]
    return (
        phrases[0][0] if len(phrases) == 1 else ", ".join(f"{number:,} {where}" for where, number in phrases)
    )


def _in_order(images: Iterable[AuditedImage]) -> tuple[AuditedImage, ...]:
    """Images in the order of the data, each once."""
    return tuple(sorted({image.index: image for image in images}.values(), key=lambda image: image.index))


def _leaks(duplicates: Duplicates, num_images: dict[Split, int]) -> Iterator[Finding]:
    if duplicates.num_test_leaks:
        part = share(duplicates.num_test_leaks, num_images["test"])
        yield Finding(
            "mend" if duplicates.num_test_leaks > _MANY_LEAKS * num_images["test"] else "look",
            TEST_LEAK,
            f"{counted(duplicates.num_test_leaks, 'test image')} ({part}) with a duplicate in train or val, "
            f"{duplicates.num_exact_test_leaks or 'none'} of them pixel for pixel: what is remembered raises "
            "the scores.",
            "Take the duplicates out of train and val, or keep all copies of a picture in one split.",
            _named(duplicates.test_leaks),
        )
    if duplicates.num_val_leaks:
        part = share(duplicates.num_val_leaks, num_images["val"])
        yield Finding(
            "note",
            "val-leak",
            f"{counted(duplicates.num_val_leaks, 'val image')} ({part}) with a duplicate in train.",
            "Selection on val favours what remembers; it matters where the share is large.",
        )


def _repeats(duplicates: Duplicates) -> Iterator[Finding]:
    if duplicates.groups:
        mirrored = duplicates.num_mirrored_pairs
        yield Finding(
            "note",
            "duplicates",
            f"{counted(duplicates.num_images, 'image')} with a duplicate, in "
            f"{counted(len(duplicates.groups), 'group')}: "
            f"{counted(duplicates.num_exact_pairs, 'exact pair')}, "
            f"{counted(duplicates.num_near_pairs, 'near pair')}, {counted(mirrored, 'mirrored pair')}.",
            "Within train they do no harm but count a picture more than once.",
        )
    if duplicates.is_cut:
        yield Finding(
            "note",
            "duplicates-cut",
            "So many images look alike that only the likeliest pairs were looked at; there may be more near "
            "duplicates.",
            "Take out what was found, and check again.",
        )


def _named(images: Sequence[AuditedImage]) -> tuple[str, ...]:
    return tuple(f"{image.name} ({image.split})" for image in images)
