"""Which class of another tree a class is: that of the same words from the root, at the levels of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from taskgraft.taxonomy import Names, Taxonomy, class_paths


def same_classes(
    theirs: Taxonomy,
    ours: Taxonomy,
    levels: Mapping[int, int],
    level: int,
    single: Mapping[int, str] | None = None,
) -> list[int]:
    """Of each class of a level of one tree, the number of the same class in another; -1 for none.

    Classes are the same if they are called by the same word and so are all above them, at the levels that
    both trees have. Words are what `class_paths` gives: they do not depend on which namesakes stand beside a
    class, as its name does. Of classes that are alike so, only one whose name holds its path is.

    Args:
        theirs: The tree of these classes.
        ours: The other tree.
        levels: By level of theirs, which of ours it is.
        level: Of theirs, one that is among these.
        single: By level of ours that theirs lacks, the word that all their classes have there.

    Example:
        >>> theirs = Taxonomy.from_names(["kingdom", "genus"], [("plants", "morus"), ("animals", "apis")])
        >>> paths = [("animals", "animals/morus"), ("plants", "plants/morus")]
        >>> same_classes(theirs, Taxonomy.from_names(["kingdom", "genus"], paths), {0: 0, 1: 1}, 1)
        [1, -1]
    """
    at = levels[level]
    # By level of ours above this one, that of theirs, or the word that they have there throughout.
    above: dict[int, int | str] = {j: i for i, j in levels.items() if i < level and j < at}
    above |= {j: word for j, word in (single or {}).items() if j < at}
    if not (theirs.is_tree and ours.is_tree):
        above = {}
    their_words, their_names = _keys(theirs, level, [above[j] for j in sorted(above)])
    our_words, our_names = _keys(ours, at, sorted(above))
    # A name that holds its path, `plants/morus`, says which of several it is.
    numbers = {names: k for k, names in enumerate(our_names) if names != our_words[k]}
    numbers |= _alone(our_words)
    alone = _alone(their_words)
    return [
        numbers[words] if words in alone and words in numbers else numbers.get(names, -1)
        for words, names in zip(their_words, their_names, strict=True)
    ]


def single_classes(taxonomy: Taxonomy, single: Mapping[int, str]) -> dict[int, int]:
    """By level, the number of the class that all images have there; -1 where it could be several.

    Args:
        taxonomy: Of the classes.
        single: By level, what that class is called.
    """
    numbers = {}
    for level, word in single.items():
        above = [j for j in sorted(single) if j < level] if taxonomy.is_tree else []
        words, _ = _keys(taxonomy, level, above)
        numbers[level] = _alone(words).get((*(single[j] for j in above), word), -1)
    return numbers


def _keys(taxonomy: Taxonomy, level: int, above: Sequence[int | str]) -> tuple[list[Names], list[Names]]:
    """Of each class, what it is called after those at some levels above: by words, and by its name.

    Args:
        taxonomy: Of the classes.
        level: Theirs.
        above: Levels, and words that are the same for all.
    """
    words = [
        (*(each if isinstance(each, str) else path[each] for each in above), path[-1])
        for path in class_paths(taxonomy)[level]
    ]
    names = taxonomy.levels[level].classes
    return words, [(*path[:-1], name) for path, name in zip(words, names, strict=True)]


def _alone(keys: Sequence[Names]) -> dict[Names, int]:
    """Numbers of the keys that one class alone has."""
    counts = Counter(keys)
    return {key: number for number, key in enumerate(keys) if counts[key] == 1}
