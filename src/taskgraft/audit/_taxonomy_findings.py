"""What is odd about the levels and their classes, whatever the images show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from taskgraft.audit._class_names import alike_names
from taskgraft.audit._records import Finding
from taskgraft.audit._roll import Roll
from taskgraft.audit._wording import counted, quoted
from taskgraft.taxonomy import IntArray, Taxonomy

# Of the images whose coarser class the finer one does not tell by chance, the share that it has to tell.
_NEARLY = 0.9


def taxonomy_findings(roll: Roll) -> Iterator[Finding]:
    """Faults of the taxonomy, and labels that contradict it.

    Example:
        >>> from taskgraft.data.sources import load
        >>> list(taxonomy_findings(Roll(load("shapes", num_train=160, num_test=16, val_fraction=0.2))))
        []
    """
    yield from _constant_levels(roll)
    yield from _alike(roll.data.taxonomy)
    if roll.data.taxonomy.is_tree:
        yield from _only_children(roll.data.taxonomy)
        yield from _contradictions(roll)
    else:
        yield from _nearly_nested(roll)


def _constant_levels(roll: Roll) -> Iterator[Finding]:
    for level, column in zip(roll.data.taxonomy.levels, roll.labels.T, strict=True):
        used = np.unique(column[column >= 0])
        if len(used) < 2:
            classes = [level.classes[k] for k in used]
            yield Finding(
                "mend",
                "constant-level",
                f"Level '{level.name}' has images of {counted(len(used), 'class', 'classes')} alone"
                + (f": {quoted(classes)}." if classes else "."),
                "Leave the level out, or add images of other classes.",
                tuple(classes),
            )


def _alike(taxonomy: Taxonomy) -> Iterator[Finding]:
    for level in taxonomy.levels:
        for names in alike_names(level.classes):
            yield Finding(
                "look",
                "alike-names",
                f"Classes {quoted(names)} of level '{level.name}' differ in case, spaces, plural or letters "
                "that look alike, and in nothing else.",
                "If they are one class, give them one name.",
                names,
            )


def _only_children(taxonomy: Taxonomy) -> Iterator[Finding]:
    """Classes with one child of another name; one of the same name continues a branch that ends early."""
    for depth, parents in enumerate(taxonomy.parents):
        upper, lower = taxonomy.levels[depth], taxonomy.levels[depth + 1]
        children = np.bincount(parents, minlength=upper.num_classes)
        if (children == 1).all():
            yield Finding(
                "look",
                "level-adds-nothing",
                f"Every class of level '{upper.name}' has one child at level '{lower.name}': the finer level "
                "adds nothing.",
                "Leave one of the two levels out.",
                (upper.name, lower.name),
            )
            continue
        single = tuple(
            upper.classes[parent]
            for child, parent in enumerate(parents)
            if children[parent] == 1 and upper.classes[parent] != lower.classes[child]
        )
        if single:
            yield Finding(
                "note",
                "only-child",
                f"{counted(len(single), 'class', 'classes')} of level '{upper.name}' with one child each at "
                f"level '{lower.name}': {quoted(single)}.",
                "Split them if you can; else the finer level has nothing to tell apart there.",
                single,
            )


def _contradictions(roll: Roll) -> Iterator[Finding]:
    taxonomy = roll.data.taxonomy
    for depth in range(1, taxonomy.num_levels):
        upper, lower = roll.labels[:, depth - 1], roll.labels[:, depth]
        wrong = (upper >= 0) & (lower >= 0) & (taxonomy.parents_of(depth)[lower] != upper)
        if wrong.any():
            names = roll.names(np.flatnonzero(wrong))
            coarser, finer = taxonomy.level_names[depth - 1 : depth + 1]
            yield Finding(
                "mend",
                "contradicts-tree",
                f"{counted(len(names), 'image')} with a label of level '{finer}' under another parent than "
                f"the label of level '{coarser}': {quoted(names)}.",
                "Mend the labels, or the parents of these classes.",
                names,
            )


def _nearly_nested(roll: Roll) -> Iterator[Finding]:
    levels = roll.data.taxonomy.levels
    for depth in range(1, len(levels)):
        upper, lower = levels[depth - 1], levels[depth]
        strays = _strays(
            roll.labels[:, depth - 1], roll.labels[:, depth], upper.num_classes, lower.num_classes
        )
        if strays is None:
            continue
        names = roll.names(strays)
        sentence = f"Every class of '{lower.name}' lies under one class of '{upper.name}'"
        sentence += f" but for {counted(len(names), 'image')}: {quoted(names)}." if names else "."
        remedy = "Mend their labels and" if names else "If that is meant,"
        yield Finding(
            "look",
            "nearly-nested",
            sentence,
            f"{remedy} take the levels for a tree, and hierarchical scores are had.",
            names,
        )


def _strays(upper: IntArray, lower: IntArray, num_upper: int, num_lower: int) -> IntArray | None:
    """Images that keep two levels from nesting; None where they do not nearly nest.

    How nearly is Goodman and Kruskal's lambda: by how much the finer class helps to tell the coarser one.
    """
    labelled = np.flatnonzero((upper >= 0) & (lower >= 0))
    if num_lower <= num_upper or not len(labelled):
        return None
    pairs, counts = np.unique(lower[labelled] * num_upper + upper[labelled], return_counts=True)
    # Of each finer class the commonest coarser one, of equally common ones the first.
    order = np.lexsort((pairs, -counts, pairs // num_upper))
    of_class, first = np.unique(pairs[order] // num_upper, return_index=True)
    commonest = np.zeros(num_lower, np.int64)
    commonest[of_class] = pairs[order][first] % num_upper
    by_chance, by_class = np.bincount(upper[labelled]).max(), counts[order][first].sum()
    if len(labelled) == by_chance or (by_class - by_chance) / (len(labelled) - by_chance) < _NEARLY:
        return None
    stray: IntArray = labelled[commonest[lower[labelled]] != upper[labelled]]
    return stray
