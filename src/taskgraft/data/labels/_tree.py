"""Rows of class names as paths of a tree: gaps filled, early ends continued, namesakes kept apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from taskgraft.data.labels._columns import listing
from taskgraft.errors import TaxonomyError
from taskgraft.parameter import Parameter
from taskgraft.taxonomy import continued_name, is_itself

Row = tuple[str | None, ...]
Node = tuple[str | None, ...]
"""A class: the names from the top to it; None for a rank at which the class above stands for itself."""
_Key = TypeVar("_Key")
_Item = TypeVar("_Item")
_MOST_NAMESAKES = 4


@dataclass(frozen=True)
class NamedRows:
    """What each row of names comes to.

    Attributes:
        names: For each row the names of its classes, None where nothing is known.
        words: By level, for each class name the last name that was given, as it is looked up in an order.
        notes: Which names stand for several classes, a sentence each.
    """

    names: Mapping[Row, Row]
    words: Sequence[Mapping[str, str]]
    notes: tuple[str, ...]


def named_rows(
    rows: Mapping[Row, int], levels: Sequence[str], image_of: Callable[[Row], str] | None = None
) -> NamedRows:
    """Completes rows of names and gives every class of the tree that they show a name of its level alone.

    Args:
        rows: Different rows, a name a level, coarsest first, None where unknown; how many images have each.
        levels: Names of the levels, for messages.
        image_of: What messages call the first image of a row.

    Raises:
        TaxonomyError: If a class has no parent in any row, or a row does not say which of several it means.

    Example:
        >>> rows = {("animals", "morus"): 3, ("plants", "morus"): 1, ("plants", None): 1, ("rocks", None): 1}
        >>> list(named_rows(rows, ["kingdom", "genus"]).names.values())[1:]
        [('plants', 'plants/morus'), ('plants', None), ('rocks', 'rocks')]
    """
    paths = _continued(_resolved(rows, levels, image_of or str), len(levels))
    nodes = [
        dict.fromkeys(path[: i + 1] for path in paths.values() if len(path) > i) for i in range(len(levels))
    ]
    names = _names(nodes, levels)
    named = {
        row: tuple(names.get(path[: i + 1]) if len(path) > i else None for i in range(len(levels)))
        for row, path in paths.items()
    }
    words = [{names[node]: node[-1] or names[node] for node in of_level} for of_level in nodes]
    return NamedRows(named, words, tuple(_on_namesakes(rows, paths, nodes, names, levels)))


def _resolved(
    rows: Mapping[Row, int], levels: Sequence[str], image_of: Callable[[Row], str]
) -> dict[Row, Node]:
    """The deepest class that each row names, level by level from the top."""
    paths: dict[Row, Node] = dict.fromkeys(rows, ())
    for level in range(len(levels)):
        nodes: dict[str, dict[Node, None]] = defaultdict(dict)
        waiting: list[tuple[Row, str]] = []
        for row, path in paths.items():
            name = row[level]
            if name is None:
                continue
            if len(path) == level:
                nodes[name][(*path, name)] = None
                paths[row] = (*path, name)
            else:
                waiting.append((row, name))
        # The more a row says of what is above, the earlier it is settled; alike ones at the same time.
        by_depth = _grouped((len(paths[row]), (row, name)) for row, name in waiting)
        for depth in sorted(by_depth, reverse=True):
            below = _grouped(((name, node[:depth]), node) for name in nodes for node in nodes[name])
            settled = [
                (
                    row,
                    _settle(
                        partial(image_of, row),
                        name,
                        paths[row],
                        below.get((name, paths[row]), ()),
                        level,
                        levels,
                    ),
                )
                for row, name in by_depth[depth]
            ]
            for row, node in settled:
                paths[row] = node
                nodes[str(node[-1])][node] = None
    return paths


def _settle(
    image: Callable[[], str],
    name: str,
    above: Node,
    fitting: Sequence[Node],
    level: int,
    levels: Sequence[str],
) -> Node:
    """The class of a name whose parent its row leaves out, of those that lie below what it does name."""
    if len(fitting) > 1:
        raise TaxonomyError.expected(
            f"image {image()} of class {name!r} of level {levels[level]!r}",
            f"labelled with its parent too, since {listing([joined(node) for node in fitting])} are classes",
            "no parent",
            "Fill it in.",
        )
    if fitting:
        return fitting[0]
    if not above:
        raise TaxonomyError.expected(
            f"class {name!r} of level {levels[level]!r}",
            f"under a class of level {levels[level - 1]!r}",
            "none in any row",
            f"Name its parent in one row at least, or say {Parameter('has_tree', False)}.",
        )
    return (*above, *(None for _ in range(level - len(above))), name)


def _continued(paths: Mapping[Row, Node], num_levels: int) -> dict[Row, Node]:
    """Paths carried on below classes that have nothing finer but themselves."""
    nodes = dict.fromkeys(path[:i] for path in paths.values() for i in range(1, len(path) + 1))
    children = _grouped((node[:-1], node) for node in nodes)

    def carried_on(path: Node) -> Node:
        while path and len(path) < num_levels:
            below = children.get(path, [(*path, None)])
            if len(below) > 1 or not is_itself(_word(path), below[0][-1]):
                break
            path = below[0]
        return path

    return {row: carried_on(path) for row, path in paths.items()}


def _names(nodes: Sequence[Iterable[Node]], levels: Sequence[str]) -> dict[Node, str]:
    """A name for each class that no other class of its level has."""
    names: dict[Node, str] = {}
    for level, of_level in zip(levels, nodes, strict=True):
        alike = _grouped((node[-1], node) for node in of_level)
        # A stand-in must not read like a class whose path alone tells it from namesakes.
        taken = {word for word in alike if word is not None}
        paths: set[str] = set()
        for word, namesakes in alike.items():
            if word is None:
                continue
            for node in namesakes:
                name = word if len(namesakes) == 1 else joined(node)
                if name in paths or (name != word and name in taken):
                    raise TaxonomyError.expected(
                        f"every class of level {level!r}",
                        "named by a name or a path that no other one has",
                        name,
                        "Rename one of the two.",
                    )
                paths.add(name)
                names[node] = name
        taken |= paths
        for node in sorted(alike.get(None, ()), key=lambda node: names[node[:-1]]):
            names[node] = continued_name(names[node[:-1]], taken)
            taken.add(names[node])
    return names


def _word(node: Node) -> str:
    """The last name on the path to a class."""
    return next(name for name in reversed(node) if name is not None)


def joined(node: Node) -> str:
    """The path to a class in one text, ranks that were skipped left out."""
    return "/".join(name for name in node if name is not None)


def _on_namesakes(
    rows: Mapping[Row, int],
    paths: Mapping[Row, Node],
    nodes: Sequence[Iterable[Node]],
    names: Mapping[Node, str],
    levels: Sequence[str],
) -> Iterable[str]:
    """A sentence for each name that stands under several parents."""
    for level, of_level in enumerate(nodes):
        alike = _grouped((node[-1], node) for node in of_level if node[-1] is not None)
        shared = {word: namesakes for word, namesakes in alike.items() if len(namesakes) > 1}
        if not shared:
            continue
        counts: dict[Node, int] = defaultdict(int)
        for row, path in paths.items():
            counts[path[: level + 1]] += rows[row]
        for word, namesakes in list(shared.items())[:_MOST_NAMESAKES]:
            classes = listing([f"{names[node]!r} ({_images(counts[node])})" for node in namesakes])
            yield (
                f"The name {word!r} of level {levels[level]!r} stands under {len(namesakes)} parents and "
                f"is taken for as many classes: {classes}. If it is one class, mend its parent."
            )
        if len(shared) > _MOST_NAMESAKES:
            more = len(shared) - _MOST_NAMESAKES
            yield f"So do {more:,} more names of level {levels[level]!r}."


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _grouped(pairs: Iterable[tuple[_Key, _Item]]) -> dict[_Key, list[_Item]]:
    groups: dict[_Key, list[_Item]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups
