"""What a verdict says, as Markdown: the choice, its sentences, the worst confusions, and copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from taskgraft.report._contenders import EXPLORATORY, outlook_text
from taskgraft.report._markdown_cells import one_line_of, plain_cell, score_cell, table, words
from taskgraft.study import Study
from taskgraft.verdict import Topic, Verdict, count, in_points, named, points, span, times, worst_confusions

_MOST_CONFUSED = 10


def recommended(verdict: Verdict) -> Iterable[str]:
    """What to take, what has to be read beside it, what is decided and what is not, and a row a variant."""
    chosen = verdict.recommendation
    if chosen is None:
        return
    what = f"Recommended for {words(chosen.prefer)}: **{chosen.variant}**."
    if chosen.variant is None:
        what = f"Nothing is recommended for {words(chosen.prefer)}."
    yield f"{what} {words(chosen.reason)} {words(chosen.remedy)}".rstrip()
    if chosen.command:
        yield f"```\n{one_line_of(chosen.command)}\n```"
    if chosen.cautions:
        yield "Before it is relied on:"
        yield _list(chosen.cautions)
    questions = chosen.questions
    for title, sentences in (
        ("Decided", questions.decided),
        ("Undecided", questions.undecided),
        ("Not to be decided here", questions.beyond),
    ):
        if sentences:
            yield f"{title}:"
            yield _list(sentences)
    yield (
        f"Within {in_points(chosen.margin)} of the best in {named(chosen.score)}, on seeds that all have; "
        "against the rival that each may lose most to, with the 95 % interval:"
    )
    heads = [verdict.noun, "decoding", "on test, %", "loses, points", "to", "place", "what would settle it"]
    rows = [
        [
            one.variant,
            one.decoding,
            score_cell(chosen.score, one.score) if one.score else "",
            f"{points(one.loss.estimate)} ({span(one.loss.low, one.loss.high)})" if one.loss else "",
            one.rival or "",
            one.place,
            outlook_text(one),
        ]
        for one in chosen.contenders
    ]
    yield table(heads, rows)


def topics(verdict: Verdict) -> Iterable[str]:
    """The sentences in their groups."""
    yield from _groups(verdict.topics, "##")
    if verdict.exploratory_topics:
        yield "## Exploratory"
        yield EXPLORATORY
        yield from _groups(verdict.exploratory_topics, "###")


def _groups(groups: Iterable[Topic], heading: str) -> Iterable[str]:
    for group in groups:
        yield f"{heading} {words(group.title)}"
        yield _list(group.sentences)


def confused(study: Study, verdict: Verdict) -> Iterable[str]:
    """What the variant to take most often reads as something else, at the finest level."""
    taxonomy, name = study.taxonomy, verdict.confused
    finest = taxonomy.level_names[-1]
    worst = [one for one in worst_confusions(verdict.confusions[name], taxonomy) if one.level == finest]
    if worst:
        yield f"## Worst confusions of {words(name)}"
        yield _list(
            [f"{one.true} read as {one.predicted}, {times(one.num_images)}" for one in worst[:_MOST_CONFUSED]]
        )


def without_copies(verdict: Verdict) -> Iterable[str]:
    """The primary score without the test images that are in train or val, too."""
    copies = verdict.copies
    if copies is not None:
        images = count(copies.num_images, "test image")
        yield f"## Without {images} that train or val has, too"
        heads = [verdict.noun, f"{named(copies.score)}, %", "without them, %"]
        rows = [
            [name, plain_cell(copies.score, copies.with_copies[name]), plain_cell(copies.score, without)]
            for name, without in copies.without_copies.items()
        ]
        yield table(heads, rows)


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {words(sentence)}" for sentence in sentences)
