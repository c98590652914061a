"""Options of a study that do not go together: what a search and a suggestion leave no room for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.request._seeds import check_apart_from_search
from taskgraft.request._settings import Spelling

# What decides by itself which variants and seeds there are, or how long they are trained.
_NOT_WITH_SUGGEST = (
    "architectures",
    "architecture_file",
    "forks",
    "match",
    "freeze",
    "vary",
    "variants",
    "tune",
    "until_decided",
    "minutes",
)


class Searching(Protocol):
    """What of the options of a study a search has to do with, as `CompareOptions` has them."""

    @property
    def tune(self) -> int | None: ...

    @property
    def tune_keys(self) -> Mapping[str, Any]: ...

    @property
    def resplits(self) -> int | None: ...

    @property
    def minutes(self) -> float | None: ...

    @property
    def seeds(self) -> tuple[int, ...]: ...

    def spelled_keys(self) -> Iterator[Spelling]: ...


def check_search(options: Searching) -> None:
    """Whether a search may search what it is to search, on images that nothing is tested on.

    Raises:
        RequestError: If not.
    """
    if options.tune is None:
        if options.tune_keys:
            rule = f"used with {Parameter('tune')}"
            raise RequestError.expected(Parameter("tune_keys"), rule, Phrase("without it"), "Add it.")
        return
    if options.resplits is not None:
        rule = f"left out with {Parameter('tune')}, whose trials train on images that partitions test"
        raise RequestError.expected(Parameter("resplits"), rule, options.resplits, "Leave one of them out.")
    if options.minutes is not None:
        rule = f"used without {Parameter('minutes')}, which say nothing of a search"
        got = Phrase(f"{options.minutes:g} minutes")
        raise RequestError.expected(Parameter("tune"), rule, got, "Leave one of the two out.")
    check_apart_from_search(options.seeds)
    for each in options.spelled_keys():
        if each.path in options.tune_keys:
            got = Phrase(f"set by {each.by} and searched by {Parameter('tune_keys')}")
            remedy = "Leave it out of one of them."
            raise RequestError.expected(each.path, "set or searched", got, remedy).about(each.path)


def check_suggestion(given: Mapping[str, Any]) -> None:
    """Whether what is suggested is still open.

    Args:
        given: The options that were set, by name.

    Raises:
        RequestError: If one of them decides it.
    """
    for name in _NOT_WITH_SUGGEST:
        if given.get(name) not in (None, False, {}):
            rule = f"left out with {Parameter('suggest')}, which says what is worth training"
            remedy = "Leave one of them out."
            raise RequestError.expected(Parameter(name), rule, Phrase("a value"), remedy).about(name)
