"""Which folders of a tree are splits and which are classes: where it is not certain, the tree is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from taskgraft.data.labels import SPLIT_WORDS, SPLITS, Split, natural, split_of
from taskgraft.errors import DataError
from taskgraft.parameter import Parameter

Folder = tuple[str, ...]
"""A folder as the names on the way to it."""
_MOST_NAMED = 6
_WAY_OUT = f"say {Parameter('has_splits', False)} if all of them are classes."


@dataclass(frozen=True)
class SplitFolders:
    """What the folders of pictures say of splits.

    Attributes:
        splits: By folder; None where the folders tell none.
        classes: By folder, the folders on the way to it that are classes.
        beside: The folder that the splits lie in; () is the topmost.
        notes: Which folders were taken for splits, where they are not plainly named at the top.
    """

    splits: Mapping[Folder, Split | None]
    classes: Mapping[Folder, Folder]
    beside: Folder = ()
    notes: tuple[str, ...] = ()


def without_splits(folders: Iterable[Folder]) -> SplitFolders:
    """Takes every folder for a class."""
    unique = dict.fromkeys(folders)
    return SplitFolders(dict.fromkeys(unique), {folder: folder for folder in unique})


def split_folders(root: Path, folders: Collection[Folder]) -> SplitFolders:
    """Tells the folders that are splits from those that are classes.

    They are splits where every picture lies below one: at the top, below a folder that holds everything, or
    inside each class. What is only partly so, has no train, or could be classes as well is refused.

    Args:
        root: The topmost folder, for messages.
        folders: Those that pictures lie in.

    Raises:
        DataError: If it is not certain.

    Example:
        >>> parts = split_folders(Path("x"), [("train", "cat"), ("test_set", "cat")])
        >>> list(parts.splits.values()), list(parts.classes.values()), parts.notes
        (['train', 'test'], [('cat',), ('cat',)], ('Taken for splits: train (train), test_set (test).',))
    """
    unique = dict.fromkeys(folders)
    places = _places(unique)
    if places is None:
        if () not in unique:
            _refuse_doubtful(root, _children(unique))
        return without_splits(unique)
    _check(root, places)
    parents = sorted({folder[:i] for folder, i in places.items()})
    ends = _ends(root, places)
    return SplitFolders(
        {folder: split_of(folder[i]) for folder, i in places.items()},
        {
            folder: folder[ends[folder] :] if len(parents) == 1 else folder[:i] + folder[ends[folder] :]
            for folder, i in places.items()
        },
        parents[0] if len(parents) == 1 else (),
        (*_notes(places, parents), *_on_repeats(places, ends)),
    )


def _ends(root: Path, places: Mapping[Folder, int]) -> dict[Folder, int]:
    """Where the classes of each folder begin: behind its split, and behind folders that only repeat it.

    Archives that were unpacked into a folder of their name have `train/train`, say. Other splits within a
    split leave open which of the two is meant.
    """
    children = _children(places)
    ends = {}
    for folder, i in places.items():
        end = i + 1
        while end < len(folder) and folder[:end] not in places and all(map(split_of, children[folder[:end]])):
            inner = children[folder[:end]]
            if len(inner) > 1 or split_of(folder[end]) != split_of(folder[i]):
                raise DataError.expected(
                    f"the {split_of(folder[i])} split in {root.joinpath(*folder[:end])}",
                    "made of classes",
                    f"splits within a split: {_listed(inner)}",
                    f"Put train, val and test side by side, or {_WAY_OUT}",
                )
            end += 1
        ends[folder] = end
    return ends


def _on_repeats(places: Mapping[Folder, int], ends: Mapping[Folder, int]) -> Iterable[str]:
    repeats = dict.fromkeys("/".join(f[: ends[f]]) for f, i in places.items() if ends[f] > i + 1)
    if repeats:
        yield f"Taken for one folder each: {_listed(repeats)}."


def _places(folders: Collection[Folder]) -> dict[Folder, int] | None:
    """At which depth each folder has its split, if all have one."""
    depths = range(min((len(folder) for folder in folders), default=0))
    words = {i: {split_of(folder[i]) for folder in folders} for i in depths}
    common = [i for i in depths if None not in words[i]]
    if common:
        depth = next((i for i in common if "train" in words[i]), common[0])
        return dict.fromkeys(folders, depth)
    places_of = {folder: [i for i, name in enumerate(folder) if split_of(name)] for folder in folders}
    if folders and all(len(places) == 1 for places in places_of.values()):
        return {folder: places[0] for folder, places in places_of.items()}
    return None


def _check(root: Path, places: Mapping[Folder, int]) -> None:
    """Refuses splits without train, two folders of one split, and names that may be classes as well."""
    splits: dict[Folder, dict[str, Split | None]] = {}
    for folder, i in places.items():
        splits.setdefault(folder[:i], {})[folder[i]] = split_of(folder[i])
    children = _children(places)
    for parent, inner in splits.items():
        if set(inner) != children[parent]:
            raise _mixed(root, parent, children[parent])
    every = {split for inner in splits.values() for split in inner.values()}
    if "train" not in every:
        only = next(iter(splits)) if len(splits) == 1 else None
        raise _without_train(root, only, {name for inner in splits.values() for name in inner})
    for parent, inner in splits.items():
        if len(inner) > len(set(inner.values())):
            raise DataError.expected(
                f"the splits in {root.joinpath(*parent)}",
                "one folder each",
                _listed(inner),
                f"Merge those of one split, or {_WAY_OUT}",
            )
    _refuse_folds(root, splits, places)
    # Classes that are called train and test have them in different places: no place has both.
    if len(every) > 1 and len(splits) > 1 and all(len(inner) == 1 for inner in splits.values()):
        raise DataError.expected(
            f"the folders of {root}",
            "splits of the same classes",
            _listed("/".join(folder[: i + 1]) for folder, i in places.items()),
            f"Put train, val and test at the top with the classes inside, or {_WAY_OUT}",
        )


def _refuse_folds(root: Path, parents: Collection[Folder], places: Mapping[Folder, int]) -> None:
    """Refuses several places with splits of the same classes: they are folds or copies, not classes."""
    classes: dict[Folder, set[Folder]] = {parent: set() for parent in parents}
    for folder, i in places.items():
        classes[folder[:i]].add(folder[i + 1 :])
    first = next(iter(classes.values()))
    if len(classes) > 1 and () not in first and all(inner == first for inner in classes.values()):
        raise DataError.expected(
            f"the folders of {root}",
            "with splits of different classes in each",
            f"the same classes in {_listed('/'.join(parent) for parent in classes)}",
            f"Name one of these folders, or {_WAY_OUT}",
        )


def _refuse_doubtful(root: Path, children: Mapping[Folder, set[str]]) -> None:
    """Refuses folders of which some look like splits, though not all pictures lie in one."""
    top = min((parent for parent, inner in children.items() if len(inner) > 1), key=len, default=())
    for parent in sorted(children, key=lambda folder: (len(folder), folder)):
        inner = children[parent]
        splits = {name: split for name in inner if (split := split_of(name))}
        distinct = set(splits.values())
        if len(splits) < len(inner):
            repeats = any(_repeats(children, parent, name) for name in splits)
            if ("train" in distinct and (len(distinct) > 1 or parent == top)) or repeats:
                raise _mixed(root, parent, inner)
        elif len(inner) > 1 and "train" not in distinct:
            raise _without_train(root, parent, inner)
        elif len(inner) > 1:
            raise DataError.expected(
                str(root),
                "split in all its classes or in none",
                f"{_listed(inner)} in {'/'.join(parent) or 'it'} and not elsewhere",
                f"Put train, val and test at the top with the classes inside, or {_WAY_OUT}",
            )
        if len(inner) > 1 and _are_like_splits(children, parent):
            raise DataError.expected(
                f"the splits in {root.joinpath(*parent)}",
                "called train, val and test",
                _listed(inner),
                f"Rename the folders, or {_WAY_OUT}",
            )


def _are_like_splits(children: Mapping[Folder, set[str]], parent: Folder) -> bool:
    """Whether folders are named like splits (train2017), or partly so with the same classes in each."""
    inner = children[parent]
    if all(split_of(re.sub(r"[\W\d_]+$", "", name)) for name in inner):
        return True
    return all(
        set(re.split(r"[\W\d_]+", name.lower())) & set(SPLIT_WORDS) and _repeats(children, parent, name)
        for name in inner
    )


def _repeats(children: Mapping[Folder, set[str]], parent: Folder, name: str) -> bool:
    """Whether a class of one folder is one of another beside it, too."""
    inner = children.get((*parent, name), set())
    return any(inner & children.get((*parent, other), set()) for other in children[parent] if other != name)


def _children(folders: Iterable[Folder]) -> dict[Folder, set[str]]:
    children: dict[Folder, set[str]] = {}
    for folder in folders:
        for i, name in enumerate(folder):
            children.setdefault(folder[:i], set()).add(name)
    return children


def _mixed(root: Path, parent: Folder, names: Collection[str]) -> DataError:
    place = "" if parent else " at the top"
    others = _listed(name for name in names if not split_of(name))
    return DataError.expected(
        str(root.joinpath(*parent)),
        f"folders of splits (train, val, test) or folders of classes{place}",
        f"both: {_listed(names)}",
        f"Move {others} into a split or elsewhere, or {_WAY_OUT}",
    )


def _without_train(root: Path, parent: Folder | None, names: Collection[str]) -> DataError:
    """For splits in one folder, one of which can be named by itself; or, without a parent, in many."""
    alone = (
        "" if parent is None else f"name {root.joinpath(*parent, min(names, key=natural))} to use it alone, "
    )
    return DataError.expected(
        f"the splits in {root.joinpath(*(parent or ()))}",
        "train and others",
        f"{_listed(names)} and no train",
        f"Add a folder train, {alone}or {_WAY_OUT}",
    )


def _notes(places: Mapping[Folder, int], parents: Sequence[Folder]) -> Iterable[str]:
    names = {folder[i] for folder, i in places.items()}
    if parents == [()] and all(name.lower() in SPLITS for name in names):
        return
    place = "".join(f"{name}/" for name in parents[0]) if len(parents) == 1 else ""
    ordered = sorted(names, key=lambda name: (SPLITS.index(split_of(name) or "train"), natural(name)))
    shown = ", ".join(f"{place}{name} ({split_of(name)})" for name in ordered[:_MOST_NAMED])
    yield f"Taken for splits{'' if len(parents) == 1 else ', inside the classes'}: {shown}."


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names, key=natural)
    return ", ".join(ordered[:_MOST_NAMED]) + (", ..." if len(ordered) > _MOST_NAMED else "")
