"""Options of a file and those beside it, which go before: put together, and what they replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from taskgraft.parameter import Parameter
from taskgraft.recipe import alike, read_value, shown
from taskgraft.request._settings import SHORTHANDS, merged_settings
from taskgraft.request._source import with_shorthands
from taskgraft.request._texts import numbers, variations
from taskgraft.request._variant_options import VariantOptions, named_variants

_OF_KEYS = {"set", "vary", "data_options", *SHORTHANDS}


class Merged(NamedTuple):
    """All options of a study.

    Attributes:
        values: By name.
        lines: A line for each option of the file that another one beside it replaces; parameters are marks.
        in_file: What the file gives that counts: options by name, values of the recipe by key path.
        beside: What was given beside it.
    """

    values: dict[str, Any]
    lines: tuple[str, ...]
    in_file: frozenset[str]
    beside: frozenset[str]


@dataclass(frozen=True)
class _Slot:
    """What one value decides: an option, or a key of `set`, `vary` or `data_options`."""

    name: str = ""
    key: str = ""

    @property
    def title(self) -> str:
        return str(Parameter(self.name)) if self.name else self.key


@dataclass(frozen=True)
class _Keyed:
    """The value of a key, and the option that gives it."""

    name: str
    value: Any


def merged(file: Mapping[str, Any], given: Mapping[str, Any]) -> Merged:
    """All options, those given in place of the file's.

    Args:
        file: What a file says, by name of the option.
        given: What was given beside it.

    Example:
        >>> both = merged({"lr": 0.1, "seeds": 2}, {"set": {"optimizer.learning_rate": 0.2}})
        >>> both.values
        {'seeds': 2, 'set': {'optimizer.learning_rate': 0.2}}
        >>> both.lines
        ('optimizer.learning_rate is 0.2, in place of 0.1.',)
    """
    old, new = _slots(file), _slots(given)
    lines = [
        f"{slot.title} is {_shown(value)}, in place of {_shown(old[slot])}."
        for slot, value in new.items()
        if slot in old and _shown(old[slot]) != _shown(value)
    ]
    variants = _Slot("variants")
    if variants in old and variants not in new:
        old[variants], more = _variants(old[variants], new)
        lines += more
    values = _by_option({**old, **new})
    kept = {slot: value for slot, value in old.items() if slot not in new}
    return Merged(values, tuple(lines), _names(kept), _names(new))


def _variants(file: Any, new: Mapping[_Slot, Any]) -> tuple[dict[str, VariantOptions], list[str]]:
    """The variants of a file without the values that are set beside it, and a line for each of these."""
    is_set = ("set", *SHORTHANDS)
    keys = {slot.key: value.value for slot, value in new.items() if slot.key and value.name in is_set}
    variants, lines = {}, []
    for name, variant in named_variants(file).items():
        for path, value in variant.set.items():
            if path in keys and not alike(keys[path], value):
                lines.append(
                    f"{path} is {_shown(keys[path])}, in place of {_shown(value)} of variants.{name}."
                )
        kept = {path: value for path, value in variant.set.items() if path not in keys}
        variants[name] = variant.model_copy(update={"set": kept})
    return variants, lines


def _by_option(slots: Mapping[_Slot, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for slot, value in slots.items():
        if slot.name:
            values[slot.name] = value
        elif value.name in SHORTHANDS:
            values[value.name] = value.value
        else:
            values.setdefault(value.name, {})[slot.key] = value.value
    return values


def _names(slots: Mapping[_Slot, Any]) -> frozenset[str]:
    """Names of the options that give something, and the key paths that they give."""
    options = (value.name for value in slots.values() if isinstance(value, _Keyed))
    return with_shorthands([*options, *(slot.name or slot.key for slot in slots)])


def _slots(values: Mapping[str, Any]) -> dict[_Slot, Any]:
    """Options by what they decide: a value of the recipe is one thing, whether it is set or varied."""
    slots = {_Slot(name=name): value for name, value in values.items() if name not in _OF_KEYS}
    for path, setting in merged_settings(values).items():
        slots[_Slot(key=path)] = _Keyed(setting.option, setting.values[0])
    for name, mapping in (
        ("vary", variations(values.get("vary", {}))),
        ("data_options", numbers(values.get("data_options", {}))),
    ):
        slots.update({_Slot(key=key): _Keyed(name, value) for key, value in mapping.items()})
    return slots


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        # Of variants their names.
        return shown(list(value))
    return shown(read_value(value.value if isinstance(value, _Keyed) else value))
