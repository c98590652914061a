"""Two studies on the same test images: what one's variants score less the other's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from taskgraft.study import DamagedFileError, Study, read_names
from taskgraft.verdict._aim import Aim, check_aim
from taskgraft.verdict._between_sentences import headline_between, looks_between, sentences_between
from taskgraft.verdict._conclude import verdict_of
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._gather import gather
from taskgraft.verdict._pairs import is_main
from taskgraft.verdict._records import Verdict
from taskgraft.verdict._rivals import Rivals, study_differences
from taskgraft.verdict._study_differences import BetweenStudies


def conclude_two(
    first: Study, second: Study, prefer: str | None = None, margin: float | None = None
) -> tuple[Verdict, Verdict, BetweenStudies]:
    """The verdicts of two studies, and how they compare where their test images are the same.

    Variants of the same name are compared, and those of studies of one variant each: first with every level
    decoded by itself, then in the decodings by which each study recommends, and so is what they recommend.
    Seeds are not paired: each study's runs are an independent draw, whatever their numbers. Studies that
    declare two scores are both looked at by that of B, as far as A has it.

    Args:
        first: Study A.
        second: Study B; differences are B less A.
        prefer: As for `conclude`.
        margin: As for `conclude`.

    Raises:
        StudyError: As `conclude` does, for either.
        RequestError: For a preference that one of them cannot have.
    """
    for study in (first, second):
        check_aim(study.taxonomy.level_names, prefer, margin)
    pair = gather(first), gather(second)
    aims = _one_score(pair, [Aim.of(evidence, prefer, margin) for evidence in pair], margin)
    verdicts = verdict_of(pair[0], aims[0]), verdict_of(pair[1], aims[1])
    return *verdicts, _between(pair, verdicts)


def _one_score(pair: tuple[Evidence, Evidence], aims: Sequence[Aim], margin: float | None) -> tuple[Aim, Aim]:
    """Both studies looked at by one score: that of B or, where A lacks it, that of A, where B has it."""
    first, second = aims
    if first.score == second.score:
        return first, second
    if second.score in pair[0].score_names:
        return Aim.of(pair[0], second.prefer, margin), second
    if first.score in pair[1].score_names:
        return first, Aim.of(pair[1], first.prefer, margin)
    return first, second


def _between(pair: tuple[Evidence, Evidence], verdicts: tuple[Verdict, Verdict]) -> BetweenStudies:
    """Compares the variants that two studies have in common, where they were tested on the same images."""
    if reason := _reason(*pair):
        return BetweenStudies(reason)
    names = _pairs(*pair)
    if not names:
        return BetweenStudies("they have no variant of the same name")
    num_images = len(pair[0].targets)
    shared = [score for score in pair[0].score_names if score in pair[1].score_names]
    plain = [Rivals.of(pair, both) for both in names]
    primary = verdicts[0].primary, verdicts[1].primary
    differences = study_differences(plain, shared)
    sentences = tuple(sentences_between(differences, num_images))
    # What is recommended for one score is no rival of what is recommended for another.
    recommended = _recommended(verdicts) if primary[0] == primary[1] else []
    favoured = [
        rivals
        for both in dict.fromkeys([*recommended, *names])
        if not (rivals := Rivals.favoured(pair, both, primary)).is_plain or both not in names
    ]
    decoded = study_differences(favoured, [score for score in shared if is_main(score)])
    return BetweenStudies(
        "",
        num_images,
        sentences[0] if len(names) == 1 else headline_between(differences, _primary(verdicts, shared)),
        sentences if len(names) > 1 else (),
        differences,
        tuple(sentences_between(decoded, num_images, recommended)),
        decoded,
        looks_between(*(len(evidence.study.record.looks) for evidence in pair)),
    )


def _primary(verdicts: tuple[Verdict, Verdict], shared: Sequence[str]) -> str:
    """The primary score of B or, if A has no such score, that of A; a study may have lost its labels."""
    return next((v.primary for v in verdicts[::-1] if v.primary in shared), shared[-1])


def _pairs(first: Evidence, second: Evidence) -> list[tuple[str, str]]:
    """The names of the variants that are compared, in A and in B."""
    pairs = [(name, name) for name in first.names if name in second.names]
    is_single = len(first.names) == len(second.names) == 1
    return [(first.names[0], second.names[0])] if is_single else pairs


def _recommended(verdicts: tuple[Verdict, Verdict]) -> list[tuple[str, str]]:
    """The names of what A and B recommend; none where one of them recommends nothing."""
    first, second = (verdict.recommendation and verdict.recommendation.variant for verdict in verdicts)
    return [(first, second)] if first and second else []


def _reason(first: Evidence, second: Evidence) -> str:
    """Why the test images of two studies are not the same, or not known to be; empty where they are."""
    one, other = first.study.record.request, second.study.record.request
    if one.taxonomy != other.taxonomy:
        return "they have other levels or classes"
    if not np.array_equal(first.targets, second.targets):
        return "they were tested on other images"
    if one.resplits != other.resplits:
        return "they drew other partitions of train and test images"
    if one.data.digest == other.data.digest:
        return ""
    # Another share of val images makes other data, of which the test split may be the same.
    settings = [(data.source, data.options, data.image_shape) for data in (one.data, other.data)]
    names = [_test_names(study) for study in (first.study, second.study)]
    is_same = settings[0] == settings[1] and names[0] == names[1] and names[0]
    return "" if is_same else "nothing says that they were tested on the same images"


def _test_names(study: Study) -> tuple[str, ...]:
    try:
        return read_names(study.directory, study.record.request.data.digest)["test"]
    except (FileNotFoundError, DamagedFileError):
        return ()
