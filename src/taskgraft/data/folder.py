"""A tree of folders: nested directories are the levels, the pictures lie in the folder of their class."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from taskgraft.data.dataset import Split
from taskgraft.data.labels import natural, split_of
from taskgraft.data.picture_kind import is_picture
from taskgraft.data.reading import reading
from taskgraft.data.samples import Samples, with_taxonomy
from taskgraft.data.taxonomy_file import TAXONOMY_FILE, default_level_names, read_taxonomy
from taskgraft.errors import DataError, RequestError
from taskgraft.several import names_of
from taskgraft.taxonomy import MOST_LEVELS, Taxonomy

_NOISE = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_MOST_NAMED = 3


def read_folder(
    root: Path, levels: str | Sequence[str] | None = None, *, taxonomy: Path | None = None,
    has_tree: bool = True,
) -> Samples:  # fmt: skip
    """Reads which pictures a tree of folders holds, and what their folders say of them.

    `fruit/apple/1.jpg` is a picture of two levels. Folders named train, val and test at the top are splits.
    A class is told by its whole path: `fruit/other` and `tools/other` are two classes. A picture beside
    folders, where others of its class lie deeper, is known to the levels above only. Pictures are taken in
    the order of their file names, then of their folders: a number in the name decides, if there is one.

    Args:
        root: The topmost folder. A `taxonomy.json` in it names and numbers levels and classes.
        levels: Names of the levels, coarsest first, one by one or joined by commas; `level_1` ... unless
            told.
        taxonomy: A file with the levels above, or the numbers, of the folders' classes.
        has_tree: False lets a folder's name mean the same class wherever it stands.

    Raises:
        DataError: If the folder cannot be read or holds no picture in a class.
        RequestError: If the levels named are not as many as the folders are deep.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for name in ("fruit/apple/1.png", "fruit/pear/2.png", "tool/saw/3.png"):
        ...         (Path(root) / name).parent.mkdir(parents=True, exist_ok=True)
        ...         (Path(root) / name).touch()
        ...     samples = read_folder(Path(root), ["kind", "thing"])
        >>> samples.columns["kind"], samples.columns["thing"]
        (['fruit', 'fruit', 'tool'], ['apple', 'pear', 'saw'])
    """
    levels = None if levels is None else names_of("--levels", levels)
    with reading(root):
        found = sorted(_walk(root), key=_by_file_name)
    pictures = [path for path in found if is_picture(path)]
    paths = [path.relative_to(root) for path in pictures]
    splits = _splits(root, paths)
    folders = [path.parts[:-1] if split is None else path.parts[1:-1]
               for path, split in zip(paths, splits, strict=True)]  # fmt: skip
    depth = _depth(root, found, paths, folders)
    own = taxonomy or _taxonomy_beside(root)
    known = None if own is None else read_taxonomy(own, levels)
    names = _level_names(levels, depth, known)
    samples = Samples(
        source=str(root), pictures=pictures, names=[path.as_posix() for path in paths],
        columns={name: [folder[i] if len(folder) > i else None for folder in folders]
                 for i, name in enumerate(names)}, splits=splits,
        has_tree=has_tree, notes=tuple(_notes(root, found)),
    )  # fmt: skip
    return samples if known is None else with_taxonomy(samples, known)


def _taxonomy_beside(root: Path) -> Path | None:
    """The taxonomy that a folder brings along, if it does."""
    path = root / TAXONOMY_FILE
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise DataError.expected(
            str(path), "a file inside the folder", "a link out of it", "Name the file with --taxonomy."
        )
    return path if path.is_file() else None


def _walk(root: Path) -> Iterator[Path]:
    """Every file under a folder, hidden ones left out; a folder reached through links is entered once."""
    entered: set[str] = set()
    for folder, inner, files in os.walk(root, followlinks=True, onerror=_refuse):
        entered.add(os.path.realpath(folder))
        inner[:] = [
            name for name in inner
            if not _is_noise(name) and os.path.realpath(os.path.join(folder, name)) not in entered
        ]  # fmt: skip
        yield from (Path(folder, name) for name in files if not _is_noise(name))


def _refuse(error: OSError) -> None:
    raise error


def _is_noise(name: str) -> bool:
    return name.startswith(".") or name.lower() in _NOISE


def _by_file_name(path: Path) -> tuple[object, str]:
    return natural(path.name), path.as_posix()


def _splits(root: Path, paths: Sequence[Path]) -> list[Split | None]:
    """The split of each picture, where the folders at the top are splits and nothing else."""
    tops = {path.parts[0] for path in paths if len(path.parts) > 1}
    known = {top: split_of(top) for top in sorted(tops)}
    if not any(split == "train" for split in known.values()):
        return [None] * len(paths)
    others = [top for top, split in known.items() if split is None]
    if others:
        raise DataError.expected(
            str(root), "folders of splits (train, val, test) or folders of classes at the top",
            f"both: {', '.join(list(known)[:6])}", "Move the classes into the splits, or rename the folder.",
        )  # fmt: skip
    return [known.get(path.parts[0]) for path in paths]


def _depth(
    root: Path, found: Sequence[Path], paths: Sequence[Path], folders: Sequence[tuple[str, ...]]
) -> int:
    loose = [path for path, folder in zip(paths, folders, strict=True) if not folder]
    depth = max((len(folder) for folder in folders), default=0)
    if loose or not depth:
        raise DataError.expected(
            str(root), "a tree of pictures (JPEG, PNG, WebP, GIF, BMP, TIFF) in folders named by their class",
            *(_told_loose(loose) if loose else _told_without(root, found)),
        )  # fmt: skip
    if depth > MOST_LEVELS:
        raise DataError.expected(
            str(root), f"at most {MOST_LEVELS} folders deep", depth, "Name a folder further down."
        )
    return depth


def _told_loose(loose: Sequence[Path]) -> tuple[str, str]:
    """Pictures that lie in no class, and what to do."""
    more = f", and {len(loose) - 1:,} more" if len(loose) > 1 else ""
    return f"{loose[0].as_posix()} in no such folder{more}", "Move each picture into the folder of its class."


def _told_without(root: Path, found: Sequence[Path]) -> tuple[str, str]:
    """What is in a folder without pictures, and what to do."""
    if not found:
        return "an empty folder", "Check the path."
    first = found[0].relative_to(root).as_posix()
    files = "1 file" if len(found) == 1 else f"{len(found):,} files"
    return f"no picture among its {files}, such as {first}", "Name the folder of the pictures."


def _level_names(levels: Sequence[str] | None, depth: int, known: Taxonomy | None) -> list[str]:
    if known is not None and levels is None:
        # Folders that do not name the upper levels name the finest ones.
        return list(known.level_names[-depth:])
    names = list(levels or default_level_names(depth))
    if len(names) != depth:
        raise RequestError.expected(
            "--levels", f"{depth} names, one for each level of folders", ",".join(names), "Name as many."
        )
    return names


def _notes(root: Path, found: Sequence[Path]) -> Iterator[str]:
    others = [path for path in found if not is_picture(path) and path != root / TAXONOMY_FILE]
    if others:
        shown = ", ".join(path.relative_to(root).as_posix() for path in others[:_MOST_NAMED])
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        yield f"Passed over, for their names are not those of pictures: {shown}{more}."
