"""Options of a study that do not go together: what a search and a suggestion leave no room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.request._seeds import check_apart_from_search

if TYPE_CHECKING:
    from taskgraft.request._compare_options import CompareOptions

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


def check_search(options: CompareOptions) -> None:
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


def check_suggestion(options: CompareOptions) -> None:
    """Whether what is suggested is still open.

    Raises:
        RequestError: If an option decides it.
    """
    for name in _NOT_WITH_SUGGEST:
        if name in options.model_fields_set and getattr(options, name) not in (None, False, {}):
            rule = f"left out with {Parameter('suggest')}, which says what is worth training"
            raise RequestError.expected(
                Parameter(name), rule, Phrase("a value"), "Leave one of them out."
            ).about(name)
