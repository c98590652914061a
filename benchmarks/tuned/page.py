"""The page of both studies: who gains by tuning, and which verdicts change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import taskgraft as tg
from benchmarks.methods.questions import JOINT, PLAIN, said
from benchmarks.methods.records import Said
from benchmarks.methods.tables import table
from taskgraft.errors import Phrase, StudyError
from taskgraft.study import TuningRecord
from taskgraft.verdict import BetweenStudies, Comparison, Contender, OverFlat, Verdict, count, points, span

_IN_WORDS = {PLAIN: "each level by its own arg-max", JOINT: "decoded jointly"}


@dataclass(frozen=True)
class Facts:
    """What was trained.

    Attributes:
        lines: Command, data, recipe and machine.
        tuning: The search.
    """

    lines: tuple[str, ...]
    tuning: TuningRecord

    @classmethod
    def of(cls, untuned: tg.Study, tuned: tg.Study, command: str) -> Facts:
        """Those of both studies.

        Raises:
            StudyError: If runs are open, or the record of the search is damaged.
        """
        for study in (untuned, tuned):
            if study.missing or study.failures:
                left = len(study.missing) + len(study.failures)
                remedy = "Run the same command again: it continues."
                raise StudyError.expected(
                    str(study.directory), "finished", Phrase(f"{left} runs open"), remedy
                )
        record = tuned.tuning()
        if record is None:
            remedy = "Run the same command again."
            raise StudyError.expected(str(tuned.directory), "a study with a search", Phrase("none"), remedy)
        request = untuned.record.request
        images = ", ".join(f"{number:,} {split}" for split, number in request.data.num_images.items())
        one = untuned.runs[0]
        machine = one.environment
        ended = max(run.finished for run in tuned.runs)[:10]
        lines = (
            f"`{command}`",
            f"{request.data.source}, {request.split}: {images} images",
            f"{count(one.steps, 'step')} a run, seeds {', '.join(map(str, request.seeds))}; {ended}",
            f"{machine.processor}, {machine.num_cores} cores, {machine.precision}, "
            f"torch {machine.versions['torch']}, taskgraft {machine.versions['taskgraft']}",
            f"search: {', '.join(_keys(record))}, of each variant in the operations of "
            f"{count(record.num_trials, 'trial')} of the costliest, {record.length_ratio:g} of a run's "
            "length each, judged on val",
        )
        return cls(lines, record)


def page(facts: Facts, untuned: Verdict, tuned: Verdict, between: BetweenStudies) -> str:
    """The page as Markdown.

    Args:
        facts: What was trained.
        untuned: The verdict of the study with the recipe as it is.
        tuned: The verdict of the study whose recipes were searched.
        between: Both compared.
    """
    parts = [
        "# The seven, and each of them tuned",
        "*Written by the command below, every sentence by rule.*",
        _bullets(facts.lines),
        "## Does a verdict change?",
        _bullets(_answers(untuned, tuned)),
        "## What would be taken",
        *_choices(untuned, tuned),
        "## Does it pay to predict a coarser level?",
        _over_flat(untuned, tuned),
        "## What tuning gains",
        _gains(facts.tuning, untuned, tuned, between),
    ]
    for decoding in (PLAIN, JOINT):
        pairs = list(_pairs(untuned, tuned, decoding))
        if pairs:
            parts += [f"## Every pair, {_IN_WORDS[decoding]}", _pair_table(pairs)]
    if tuned.cautions:
        parts += ["## What the verdict warns of", _bullets(tuned.cautions)]
    return "\n\n".join(parts) + "\n"


def change(before: Said, after: Said) -> str:
    """What becomes of a claim.

    Example:
        >>> change("better", "worse"), change("better", "undecided"), change("alike", "worse")
        ('turned round', 'no longer claimed', 'claimed now')
        >>> change("worse", "worse"), change("alike", "undecided")
        ('the same', 'the same')
    """
    claims = ("better", "worse")
    if before in claims and after in claims:
        return "the same" if before == after else "turned round"
    if before in claims:
        return "no longer claimed"
    return "claimed now" if after in claims else "the same"


def _keys(record: TuningRecord) -> list[str]:
    """What was searched; a level without a branch has no weight."""
    return list(dict.fromkeys(key for one in record.variants.values() for key in one.ranges))


def _answers(untuned: Verdict, tuned: Verdict) -> Iterator[str]:
    yield f"As the recipe is: {untuned.headline}"
    yield f"Tuned: {tuned.headline}"
    for decoding in (PLAIN, JOINT):
        changes = Counter(change(*claims) for _, _, claims in _pairs(untuned, tuned, decoding))
        if changes:
            parts = ", ".join(f"{number} {what}" for what, number in sorted(changes.items()))
            total = count(sum(changes.values()), "pair")
            yield f"{_IN_WORDS[decoding].capitalize()}, of {total}: {parts}."


def _choices(untuned: Verdict, tuned: Verdict) -> Iterator[str]:
    """What each study recommends, and every variant's place in both, decoded as val has it."""
    both = {"As the recipe is": untuned.recommendation, "Tuned": tuned.recommendation}
    chosen = {when: one for when, one in both.items() if one is not None}
    yield _bullets(
        f"{when}, for {one.prefer}: {f'take `{one.variant}`' if one.variant else 'nothing is recommended'}. "
        f"{one.reason}"
        for when, one in chosen.items()
    )
    places = {when: {each.variant: _place(each) for each in one.contenders} for when, one in chosen.items()}
    names = dict.fromkeys(name for of in places.values() for name in of)
    rows = [[f"`{name}`", *(of.get(name, "") for of in places.values())] for name in names]
    yield table(["variant", *(when.lower() for when in places)], rows)


def _place(one: Contender) -> str:
    if one.score is None:
        return one.place
    return f"{100 * one.score.estimate:.1f} %, {one.decoding}: {one.place}"


def _over_flat(untuned: Verdict, tuned: Verdict) -> str:
    """Each variant less the flat one of the same study, in the primary score, each decoded as val has it."""
    after = {one.first: one for one in tuned.over_flat if one.score == tuned.primary}
    rows = []
    for one in untuned.over_flat:
        other = after.get(one.first)
        if one.score == untuned.primary and other is not None:
            claims = (said(one.interval, one.adjusted_p), said(other.interval, other.adjusted_p))
            cells = (_cell(one, claims[0]), _cell(other, claims[1]))
            rows.append([f"`{one.first}`", *cells, change(*claims), f"{one.macs_ratio:.2f}"])
    head = ["less `flat`", "as the recipe is", "tuned", "the claim", "MACs of `flat`"]
    return table(head, rows)


def _gains(tuning: TuningRecord, untuned: Verdict, tuned: Verdict, between: BetweenStudies) -> str:
    differences = {
        each.first: each
        for each in between.differences
        if each.score == tuned.primary and each.first == each.second
    }
    before = {each.variant: each.scores[untuned.primary] for each in untuned.standings}
    rows = []
    for standing in tuned.standings:
        name = standing.variant
        gain, search = differences[name], tuning.variants[name]
        is_claimed = "**detected**" if gain.is_detected else "not detected"
        cells = [
            f"{100 * each.estimate:.1f} ({100 * each.low:.1f} to {100 * each.high:.1f})"
            for each in (before[name], standing.scores[tuned.primary])
        ]
        interval = gain.interval
        ends = span(interval.low, interval.high)
        values = ", ".join(f"{key} {value:.3g}" for key, value in search.values.items())
        rows.append(
            [
                f"`{name}`",
                *cells,
                f"{points(interval.estimate)} ({ends}): {is_claimed}",
                values,
                str(len(search.trials)),
            ]
        )
    head = ["variant", "as the recipe is, %", "tuned, %", "gain", "values", "trials"]
    return f"In {tuned.primary.replace('_', ' ')}:\n\n{table(head, rows)}"


Pair = tuple[Comparison, Comparison, tuple[Said, Said]]


def _pairs(untuned: Verdict, tuned: Verdict, decoding: str) -> Iterator[Pair]:
    """Each pair in the primary score: both differences, and what may be said of them."""
    after = {(each.first, each.second): each for each in _of(tuned, decoding)}
    for one in _of(untuned, decoding):
        other = after.get((one.first, one.second))
        if other is not None:
            claims = (said(one.interval, one.adjusted_p), said(other.interval, other.adjusted_p))
            yield one, other, claims


def _of(verdict: Verdict, decoding: str) -> list[Comparison]:
    listed = verdict.comparisons if decoding == PLAIN else verdict.decoded_comparisons
    return [each for each in listed if (each.score, each.decoding) == (verdict.primary, decoding)]


def _pair_table(pairs: Sequence[Pair]) -> str:
    rows = [
        [f"`{one.first}` − `{one.second}`", _cell(one, claims[0]), _cell(other, claims[1]), change(*claims)]
        for one, other, claims in pairs
    ]
    return table(["pair", "as the recipe is", "tuned", "the claim"], rows)


def _cell(one: Comparison | OverFlat, claim: Said) -> str:
    ends = span(one.interval.low, one.interval.high)
    return f"{points(one.interval.estimate)} ({ends}): {claim}"


def _bullets(lines: Sequence[str] | Iterator[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
