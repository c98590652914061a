"""Architectures as the tables of a TOML file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from taskgraft.architecture._parts import Carried, Experts, Flow, Mixing, Sharing
from taskgraft.architecture._placed import MOST_ARCHITECTURES, Placed, at, clipped, too_many
from taskgraft.architecture._spec import Architecture
from taskgraft.errors import ArchitectureError, Phrase, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.toml_file import read_toml

_GRADIENTS = {"passed": True, "stopped": False}
_WORDS: tuple[Sharing, ...] = ("separate", "shared")
# Checking flow by flow takes a time that grows with the square of their number.
_MOST_CHECKED = 1_000
_FORK_RULE = "'separate', 'shared', a number of stages, or one such number for each level"


def architectures_of_toml(path: Path, levels: tuple[str, ...]) -> Iterator[Placed]:
    """Every `[[architecture]]` of a file, in order.

    Args:
        path: Of the file.
        levels: Coarsest first.

    Raises:
        RequestError: If it cannot be read or is no TOML.
        ArchitectureError: At the first fault; names the file and the key path.
    """
    content = read_toml(Parameter("architecture_file"), path)
    for key in content:
        if key != "architecture":
            with at(f"{path.name}, {clipped(key)}"):
                raise unknown_name("a key of the file", clipped(key), ["architecture"])
    tables = _tables(content, "architecture", f"{path.name}, architecture")
    if len(tables) > MOST_ARCHITECTURES:
        with at(path.name):
            raise too_many(len(tables))
    for i, table in enumerate(tables):
        place = f"{path.name}, architecture[{i}]"
        yield Placed(_built(table, place, levels), f"{place}.name", f"{place}.fork", f"{place}.mixer")


def _built(table: dict[str, Any], place: str, levels: tuple[str, ...]) -> Architecture:
    """One table's architecture."""
    _check_keys("[[architecture]]", table, place, ("name", "fork", "derived", "experts", "flow", "mixer"))
    name = _text("[[architecture]]", table, "name", place)
    with at(f"{place}.derived"):
        derived = _names(table, "derived")
        bare = Architecture(name, levels, derived=derived)
    with at(f"{place}.fork"):
        trunk, forks = _fork(table.get("fork", "separate"), bare.branched)
        bare = replace(bare, trunk=trunk, forks=forks)
    with at(f"{place}.experts"):
        bare = replace(bare, experts=_experts(table))
    mixers = tuple(_mixings(_tables(table, "mixer", f"{place}.mixer"), f"{place}.mixer"))
    with at(f"{place}.mixer"):
        bare = replace(bare, mixers=mixers)
    tables = _tables(table, "flow", f"{place}.flow")
    flows = tuple(_flow(each, f"{place}.flow[{i}]") for i, each in enumerate(tables))
    try:
        return replace(bare, flows=flows)
    except ArchitectureError:
        _check_one_by_one(bare, flows, place)
        raise


def _check_one_by_one(bare: Architecture, flows: tuple[Flow, ...], place: str) -> None:
    """Names the place of the first flow that cannot be added to those before it."""
    for i in range(len(flows[:_MOST_CHECKED])):
        with at(f"{place}.flow[{i}]"):
            replace(bare, flows=flows[: i + 1])


def _fork(value: object, levels: tuple[str, ...]) -> tuple[Sharing, tuple[int, ...]]:
    """Trunk and forks, from a word, a number or a number for each level."""
    word: Sharing | None = next((word for word in _WORDS if word == value), None)
    if word is not None:
        return word, ()
    of_level = value if isinstance(value, dict) else dict.fromkeys(levels, value)
    for level in of_level:
        if level not in levels:
            raise unknown_name("a level of fork", clipped(level), levels)
    missing = ", ".join(level for level in levels if level not in of_level)
    if missing:
        raise ArchitectureError.expected("fork", "a number for each level", f"none for {missing}", "Add it.")
    forks: list[int] = []
    for level in levels:
        fork = of_level[level]
        if isinstance(fork, bool) or not isinstance(fork, int):
            raise ArchitectureError.expected("fork", _FORK_RULE, clipped(fork), "0 shares nothing.")
        forks.append(fork)
    return "forked", tuple(forks)


def _experts(table: dict[str, Any]) -> Experts | None:
    value = table.get("experts")
    if value is None:
        return None
    if not isinstance(value, dict) or not value or set(value) - {"shared", "specific"}:
        raise ArchitectureError.expected(
            "experts", "a table of shared and specific", clipped(value), "Write { shared = 1, specific = 1 }."
        )
    return Experts(value.get("shared", 0), value.get("specific", 0))


def _mixings(tables: list[dict[str, Any]], place: str) -> Iterator[Mixing]:
    """A mixer for each stage that a table names."""
    kind = "[[architecture.mixer]]"
    for i, table in enumerate(tables):
        _check_keys(kind, table, f"{place}[{i}]", ("name", "behind"))
        name, behind = _text(kind, table, "name", f"{place}[{i}]"), table.get("behind")
        stages: list[Any] = behind if isinstance(behind, list) else [behind]
        if not stages or not all(isinstance(stage, int) for stage in stages):
            with at(f"{place}[{i}].behind"):
                got = Phrase("none") if behind is None else clipped(behind)
                rule = "the number of a stage, or a list of such numbers"
                raise ArchitectureError.expected("'behind'", rule, got, "Stages are counted from 1.")
        yield from (Mixing(stage, name) for stage in stages)


def _flow(table: dict[str, Any], place: str) -> Flow:
    kind = "[[architecture.flow]]"
    _check_keys(kind, table, place, ("from", "to", "carries", "gradient"))
    source, target = (_text(kind, table, key, place) for key in ("from", "to"))
    carries: Carried = _choice(table, "carries", get_args(Carried), place)
    gradient = _choice(table, "gradient", tuple(_GRADIENTS), place)
    return Flow(source, target, carries, _GRADIENTS[gradient])


def _check_keys(kind: str, table: dict[str, Any], place: str, keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            with at(f"{place}.{clipped(key)}"):
                raise unknown_name(f"a key of {kind}", clipped(key), keys)


def _tables(table: dict[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    """The value of a key that holds tables; empty without the key."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        with at(place):
            raise ArchitectureError.expected(
                f"{key!r}", "a list of tables", clipped(value), "Write its header in double brackets."
            )
    return value


def _names(table: dict[str, Any], key: str) -> tuple[str, ...]:
    """The value of a key that holds names; empty without the key."""
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise ArchitectureError.expected(
        f"{key!r}", "a list of names in quotes", clipped(value), 'Write it like ["coarse"].'
    )


def _text(kind: str, table: dict[str, Any], key: str, place: str) -> str:
    value = table.get(key)
    if isinstance(value, str):
        return value
    with at(f"{place}.{key}"):
        got = "none" if value is None else clipped(value)
        raise ArchitectureError.expected(f"{key!r} of {kind}", "a name in quotes", got, "Add or mend it.")


def _choice(table: dict[str, Any], key: str, choices: tuple[Any, ...], place: str) -> Any:
    """One of a few words; the first where the key is missing."""
    value = table.get(key, choices[0])
    if value not in choices:
        with at(f"{place}.{key}"):
            raise unknown_name(f"{key!r}", clipped(value), choices)
    return value
