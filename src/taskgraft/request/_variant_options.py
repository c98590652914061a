"""A variant that is named: an architecture with a recipe of its choice, and values of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from taskgraft.architecture import Architecture, is_reserved_name
from taskgraft.errors import RequestError
from taskgraft.legible import quoted
from taskgraft.parameter import Parameter
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
    what = Parameter("variants")
    if not isinstance(given, Mapping):
        raise RequestError.expected(what, "a mapping of names to variants", given, "See docs/recipes.md.")
    named: dict[str, VariantOptions] = {}
    for name, values in given.items():
        _check_name(name, [*named])
        named[name] = values if isinstance(values, VariantOptions) else _variant(name, values)
    return named


def _variant(name: str, values: object) -> VariantOptions:
    if not isinstance(values, Mapping):
        rule = "a table of architecture, recipe and set"
        raise RequestError.expected(f"variants.{name}", rule, values, "Write it like {architecture = 'shared'}.")
    try:
        chosen = VariantOptions.of(values)
        _check_reserved(name, chosen)
    except RequestError as error:
        raise type(error)(f"variants.{name}: {error.text}").about("variants") from error
    return chosen


def _check_name(name: object, others: list[str]) -> None:
    if not isinstance(name, str) or not is_variant_name(name):
        raise RequestError.expected(
            f"each name in {Parameter('variants')}", VARIANT_NAME, name, "It names directories; rename it."
        )
    # Directories on some systems do not tell capitals from small letters.
    if name.lower() in (other.lower() for other in others):
        rule, got = "different, capitals or not", f"{name} twice"
        raise RequestError.expected(f"the names in {Parameter('variants')}", rule, got, "Rename one.")


def _check_reserved(name: str, chosen: VariantOptions) -> None:
    """Refuses the name of one architecture for a variant of another."""
    wanted = chosen.architecture
    is_its_name = name == (wanted if isinstance(wanted, str) else wanted.name)
    if is_reserved_name(name) and not is_its_name:
        rule = f"its architecture, {quoted(name)}, or called otherwise"
        raise RequestError.expected("architecture", rule, str(wanted), "Rename it.")
