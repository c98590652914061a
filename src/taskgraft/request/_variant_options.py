"""A variant that is named: an architecture with a recipe of its choice, and values of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from taskgraft.architecture import Architecture, is_reserved_name
from taskgraft.errors import Phrase, RequestError
from taskgraft.legible import quoted
from taskgraft.recipe import VARIANT_NAME, Recipe, is_variant_name
from taskgraft.request._option import COMPARED, Option
from taskgraft.request._options import Options
from taskgraft.request._texts import settings_of


class VariantOptions(Options):
    """One entry of `variants`."""

    architecture: Annotated[
        str | Architecture, Option("Its architecture, by name.", COMPARED, "the name of an architecture")
    ]
    recipe: Annotated[
        str | Recipe | None,
        Option("Its recipe.", COMPARED, "NAME|FILE", is_path=True, default="the study's"),
    ] = None
    set: Annotated[
        dict[str, Any],
        BeforeValidator(settings_of),
        Option("Values of the recipe that are its alone.", COMPARED, "KEY=VALUE"),
    ] = Field(default_factory=dict)


def named_variants(given: object) -> dict[str, VariantOptions]:
    """Variants by name.

    Args:
        given: By name, each a mapping of `architecture`, `recipe` and `set`.

    Raises:
        RequestError: If they are no mapping, or a name or an entry is wrong; it says which.

    Example:
        >>> named_variants({"small": {"architecture": "shared", "set": {"batch_size": 64}}})["small"].set
        {'batch_size': 64}
        >>> named_variants({"small": {"set": {"batch_size": 64}}})
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: variants.small: Expected architecture to be the name of an \
architecture, but got none. Name one.
    """
    if not isinstance(given, Mapping):
        rule = "a mapping of names to variants"
        raise RequestError.expected("variants", rule, given, "See docs/recipes.md.").about("variants")
    named: dict[str, VariantOptions] = {}
    for name, values in given.items():
        _check_name(name, [*named])
        named[name] = values if isinstance(values, VariantOptions) else _variant(name, values)
    return named


def _variant(name: str, values: object) -> VariantOptions:
    if not isinstance(values, Mapping):
        rule = "a table of architecture, recipe and set"
        remedy = "Write it like {architecture = 'shared'}."
        raise RequestError.expected(f"variants.{name}", rule, values, remedy).about("variants")
    try:
        chosen = VariantOptions.of(values)
        _check_reserved(name, chosen)
    except RequestError as error:
        raise type(error)(f"variants.{name}: {error.text}").about("variants") from error
    return chosen


def _check_name(name: object, others: list[str]) -> None:
    if not isinstance(name, str) or not is_variant_name(name):
        raise RequestError.expected(
            "each name in variants", VARIANT_NAME, name, "It names directories; rename it."
        ).about("variants")
    # Directories on some systems do not tell capitals from small letters.
    if name.lower() in (other.lower() for other in others):
        rule, got = "different, capitals or not", Phrase(f"{name} twice")
        error = RequestError.expected("the names in variants", rule, got, "Rename one.")
        raise error.about("variants")


def _check_reserved(name: str, chosen: VariantOptions) -> None:
    """Refuses the name of one architecture for a variant of another."""
    wanted = chosen.architecture
    is_its_name = name == (wanted if isinstance(wanted, str) else wanted.name)
    if is_reserved_name(name) and not is_its_name:
        rule = f"its architecture, {quoted(name)}, or called otherwise"
        raise RequestError.expected("architecture", rule, str(wanted), "Rename it.")
