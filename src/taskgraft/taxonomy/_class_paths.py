"""The path of words to each class: what it is called, whatever stands beside it in its taxonomy."""

from __future__ import annotations

from taskgraft.taxonomy._stand_ins import is_itself
from taskgraft.taxonomy._taxonomy import Taxonomy

Names = tuple[str, ...]


def class_paths(taxonomy: Taxonomy) -> list[list[Names]]:
    """Of each level, the words from the root to each of its classes; without a tree, their names alone.

    A taxonomy names a class by its path where namesakes stand under several parents (`plants/morus`), and
    lets one that ends early stand for itself further down (`bread`, `bread (itself)`). Which classes need
    that depends on those beside them; the words do not.

    Example:
        >>> paths = [("animals", "animals/morus"), ("plants", "plants/morus"), ("rocks", "rocks")]
        >>> class_paths(Taxonomy.from_names(["kingdom", "genus"], paths))[1]
        [('animals', 'morus'), ('plants', 'morus'), ('rocks', 'rocks')]
    """
    names = [level.classes for level in taxonomy.levels]
    if not taxonomy.is_tree:
        return [[(name,) for name in of_level] for of_level in names]
    paths: list[list[Names]] = [[(name,) for name in names[0]]]
    prefixes: list[Names] = [(name,) for name in names[0]]
    for level in range(1, taxonomy.num_levels):
        above, parents = paths[-1], taxonomy.parents_of(level).tolist()
        words = [
            _word(name, above[parent][-1], names[level - 1][parent], prefixes[parent])
            for name, parent in zip(names[level], parents, strict=True)
        ]
        paths.append([(*above[parent], word) for word, parent in zip(words, parents, strict=True)])
        prefixes = [
            _prefixes(prefixes[parent], word, above[parent][-1])
            for word, parent in zip(words, parents, strict=True)
        ]
    return paths


def _prefixes(above: Names, word: str, parent_word: str) -> Names:
    """What a name below a class may begin with; a class that stands for itself may be left out."""
    below = tuple(f"{prefix}/{word}" for prefix in above)
    return (*below, *above) if word == parent_word else below


def _word(name: str, parent_word: str, parent_name: str, prefixes: Names) -> str:
    if is_itself(parent_name, name) or is_itself(parent_word, name):
        return parent_word
    prefix = next((each for each in prefixes if name.startswith(f"{each}/")), None)
    return name if prefix is None else name.removeprefix(f"{prefix}/")
