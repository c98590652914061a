"""Which classes of an older tree stand behind those of a newer one: by paths, or as a file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from taskgraft.correspondence._renamed import Renamed
from taskgraft.correspondence._renames import Renames
from taskgraft.correspondence._same_classes import same_classes
from taskgraft.errors import Phrase, RequestError
from taskgraft.taxonomy import Names, Taxonomy, class_paths


@dataclass(frozen=True)
class Correspondence:
    """What stands behind the classes of a newer tree.

    Attributes:
        levels: By level of the newer tree that is one of the older's, which.
        sources: By level, coarsest first, for each newer class the older ones behind it, of that older level:
            none for a new class, several for one that they were merged into.
        retired: Paths of the older classes that stand behind none.
        added: Paths of the newer classes behind which none stands.
        renamed: By path of a newer class whose older ones have other paths, theirs. What follows from a
            renamed class above is left out.
    """

    levels: Mapping[int, int]
    sources: tuple[tuple[tuple[int, ...], ...], ...]
    retired: tuple[Names, ...]
    added: tuple[Names, ...]
    renamed: Mapping[Names, tuple[Names, ...]]


def correspond(
    older: Taxonomy,
    newer: Taxonomy,
    renames: Renames | None = None,
    levels: Mapping[int, int] | None = None,
) -> Correspondence:
    """Finds the older classes behind every newer one.

    A class is the older one of the same path of words, at the levels that both trees have. A rename of a path
    holds for everything below it.

    Args:
        older: The tree of a trained model.
        newer: That of newer classes.
        renames: By newer path, the older ones; see `read_renames`.
        levels: By level of the newer tree that is one of the older's, which; place by place unless given.

    Raises:
        RequestError: If the levels are not as many and nobody says which is which, or a rename names a class
            that does not exist.

    Example:
        >>> older = Taxonomy.from_names(["kind", "sort"], [("pet", "cat"), ("pet", "dog"), ("farm", "cow")])
        >>> paths = [("animal", "cat"), ("animal", "cow"), ("fish", "eel")]
        >>> newer = Taxonomy.from_names(["kind", "sort"], paths)
        >>> found = correspond(older, newer, {("animal",): (("pet",), ("farm",))})
        >>> found.sources
        (((0, 1), ()), ((0,), (2,), ()))
        >>> found.retired, found.added
        ((('pet', 'dog'),), (('fish',), ('fish', 'eel')))
        >>> found.renamed
        {('animal',): (('pet',), ('farm',))}
    """
    levels = _place_by_place(older, newer) if levels is None else levels
    renamed = Renamed(renames or {}, older, newer, levels)
    paths = class_paths(newer)
    sources = tuple(
        tuple(
            (() if same < 0 else (same,)) if behind is None else behind
            for same, behind in zip(
                same_classes(newer, older, levels, level) if level in levels else [-1] * len(of_level),
                (renamed.sources(level, path) for path in of_level),
                strict=True,
            )
        )
        for level, of_level in enumerate(paths)
    )
    return Correspondence(
        levels,
        sources,
        _retired(older, levels, sources),
        _added(paths, levels, sources),
        _renamed(class_paths(older), paths, levels, sources),
    )


def _place_by_place(older: Taxonomy, newer: Taxonomy) -> dict[int, int]:
    if older.num_levels != newer.num_levels:
        raise RequestError.expected(
            "the levels of the data",
            f"as many as the model's, {', '.join(older.level_names)}",
            Phrase(", ".join(newer.level_names)),
            "Give data with these levels.",
        )
    return {level: level for level in range(newer.num_levels)}


def _retired(
    older: Taxonomy, levels: Mapping[int, int], sources: tuple[tuple[tuple[int, ...], ...], ...]
) -> tuple[Names, ...]:
    used = {(levels[i], k) for i in levels for behind in sources[i] for k in behind}
    paths = class_paths(older)
    return tuple(
        path
        for level in sorted(levels.values())
        for k, path in enumerate(paths[level])
        if (level, k) not in used
    )


def _added(
    paths: list[list[Names]], levels: Mapping[int, int], sources: tuple[tuple[tuple[int, ...], ...], ...]
) -> tuple[Names, ...]:
    return tuple(
        path
        for level in sorted(levels)
        for path, behind in zip(paths[level], sources[level], strict=True)
        if not behind
    )


def _renamed(
    old_paths: list[list[Names]],
    paths: list[list[Names]],
    levels: Mapping[int, int],
    sources: tuple[tuple[tuple[int, ...], ...], ...],
) -> dict[Names, tuple[Names, ...]]:
    renamed: dict[Names, tuple[Names, ...]] = {}
    for level in sorted(levels):
        for path, behind in zip(paths[level], sources[level], strict=True):
            olds = tuple(old_paths[levels[level]][k] for k in behind)
            above = renamed.get(path[:-1], (path[:-1],))
            if not {(*old, path[-1]) for old in above} >= set(olds):
                renamed[path] = olds
    return renamed
