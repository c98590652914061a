"""The sentences of a verdict, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from taskgraft.verdict._change import Change, spoken


@dataclass(frozen=True)
class Topic:
    """Sentences on one question.

    Attributes:
        title: The question, or what they are about.
        sentences: Each fit to be quoted by itself; one or more.
    """

    title: str
    sentences: tuple[str, ...]


def topic(title: str, items: Iterable[Change | str]) -> Iterator[Topic]:
    """The group of some sentences; none without a sentence."""
    if sentences := tuple(spoken(items)):
        yield Topic(title, sentences)


def sentences_of(topics: Iterable[Topic]) -> tuple[str, ...]:
    """All sentences of some groups.

    Example:
        >>> sentences_of([Topic("a", ("One.", "Two.")), Topic("b", ("Three.",))])
        ('One.', 'Two.', 'Three.')
    """
    return tuple(sentence for one in topics for sentence in one.sentences)
