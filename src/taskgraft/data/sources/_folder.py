"""A tree of folders: nested directories are the levels, the pictures lie in the folder of their class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from taskgraft.data.files import reading
from taskgraft.data.labels import Split, natural
from taskgraft.data.sources._folder_splits import split_folders, without_splits
from taskgraft.data.sources._samples import Samples, with_taxonomy
from taskgraft.data.sources._taxonomy_file import TAXONOMY_FILE, default_level_names, read_taxonomy_file
from taskgraft.errors import DataError, RequestError
from taskgraft.parameter import Parameter
from taskgraft.pictures import KINDS_IN_WORDS, Contents, walk
from taskgraft.several import names_of
from taskgraft.taxonomy import MOST_LEVELS, Taxonomy


def read_folder(
    root: Path,
    levels: str | Sequence[str] | None = None,
    *,
    taxonomy: Path | None = None,
    has_tree: bool = True,
    has_splits: bool = True,
) -> Samples:
    """Reads which pictures a tree of folders holds, and what their folders say of them.

    `fruit/apple/1.jpg` is a picture of two levels. Folders named train, val and test are splits, at the top,
    below a folder that holds everything, or inside each class; what is not certain is refused.
    Hidden folders and those of systems are skipped. A picture counts once, however many links lead to it.
    A class is named by its full path: `fruit/other` and `tools/other` are two classes. A picture beside
    folders, where others of its class lie deeper, is known to the levels above only. Pictures are taken in
    the order of their file names, then of their folders: a number in the name decides, if there is one.

    Args:
        root: The topmost folder. A `taxonomy.json` in it names and numbers levels and classes.
        levels: Names of the levels, coarsest first, one by one or joined by commas; by default
            `level_1` ....
        taxonomy: A file with the levels above, or the numbers, of the folders' classes.
        has_tree: False lets a folder's name mean the same class wherever it stands.
        has_splits: False takes folders named train, val and test for classes, too.

    Raises:
        DataError: If the folder cannot be read, holds no picture in a class, or may or may not have splits.
        RequestError: If the number of names is not the depth of the folders.

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
    levels = None if levels is None else names_of(Parameter("levels"), levels)
    with reading(root):
        contents = walk(root)
    pictures = sorted(contents.pictures, key=_by_file_name)
    paths = [path.relative_to(root) for path in pictures]
    folders = [path.parts[:-1] for path in paths]
    parts = split_folders(root, folders) if has_splits else without_splits(folders)
    classes = [parts.classes[folder] for folder in folders]
    splits = [parts.splits[folder] for folder in folders]
    depth = _depth(contents, paths, classes, splits)
    beside = root.joinpath(*parts.beside, TAXONOMY_FILE)
    taxonomy = taxonomy or _taxonomy_beside(beside)
    tree = None if taxonomy is None else read_taxonomy_file(taxonomy, levels)
    names = _level_names(levels, depth, tree and tree.taxonomy)
    samples = Samples(
        source=str(root),
        pictures=pictures,
        names=[path.as_posix() for path in paths],
        columns={
            name: [folder[i] if len(folder) > i else None for folder in classes]
            for i, name in enumerate(names)
        },
        splits=splits,
        has_tree=has_tree,
        notes=(*parts.notes, *_on_loose(classes), *contents.notes(beside)),
        folders=[root, *contents.folders],
    )
    return samples if tree is None else with_taxonomy(samples, tree)


def _taxonomy_beside(path: Path) -> Path | None:
    """The taxonomy that a folder brings along, if it does."""
    if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
        raise DataError.expected(
            str(path),
            "a file inside the folder",
            "a link out of it",
            f"Name the file with {Parameter('taxonomy')}.",
        )
    return path if path.is_file() else None


def _by_file_name(path: Path) -> tuple[object, str]:
    return natural(path.name), path.as_posix()


def _depth(
    contents: Contents,
    paths: Sequence[Path],
    classes: Sequence[tuple[str, ...]],
    splits: Sequence[Split | None],
) -> int:
    # Pictures to be judged on may come without labels; what is learned from may not lie about.
    loose = [
        path
        for path, folders, split in zip(paths, classes, splits, strict=True)
        if not folders and split not in ("val", "test")
    ]
    depth = max((len(folders) for folders in classes), default=0)
    if loose or not depth:
        raise DataError.expected(
            str(contents.root),
            f"a tree of pictures ({KINDS_IN_WORDS}) in folders named by their class",
            *(_on_loose_pictures(loose, are_all=not depth) if loose else _on_no_pictures(contents)),
        )
    if depth > MOST_LEVELS:
        raise DataError.expected(
            str(contents.root), f"at most {MOST_LEVELS} folders deep", depth, "Name a folder further down."
        )
    return depth


def _on_loose(classes: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if count := sum(not folders for folders in classes):
        pictures = "1 picture lies" if count == 1 else f"{count:,} pictures lie"
        yield f"{pictures} in val or test and in no class: without a label."


def _on_loose_pictures(loose: Sequence[Path], *, are_all: bool) -> tuple[str, str]:
    """Pictures that lie in no class, and what to do."""
    more = f", and {len(loose) - 1:,} more" if len(loose) > 1 else ""
    remedy = "Move each picture into the folder of its class"
    if are_all and len(loose[0].parts) > 1:
        remedy += f", or say {Parameter('has_splits', False)} if the folders are the classes"
    return f"{loose[0].as_posix()} in no such folder{more}", f"{remedy}."


def _on_no_pictures(contents: Contents) -> tuple[str, str]:
    """What is in a folder without pictures, and what to do."""
    if not contents.others:
        return "an empty folder", "Check the path."
    first = contents.others[0].relative_to(contents.root).as_posix()
    if first in ("dataset_dict.json", "state.json") or any(
        path.name == "state.json" for path in contents.others
    ):
        return "a dataset of the hub, as it was saved to disk", f"Name it hub:{contents.root}."
    files = "1 file" if len(contents.others) == 1 else f"{len(contents.others):,} files"
    return f"no picture among its {files}, such as {first}", "Name the folder of the pictures."


def _level_names(levels: Sequence[str] | None, depth: int, taxonomy: Taxonomy | None) -> list[str]:
    if taxonomy is not None and levels is None:
        # Folders that do not name the upper levels name the finest ones.
        return list(taxonomy.level_names[-depth:])
    names = list(levels or default_level_names(depth))
    if len(names) != depth:
        raise RequestError.expected(
            Parameter("levels"),
            f"{depth} names, one for each level of folders",
            ",".join(names),
            "Name as many. A folder that holds all others counts; or name the folder inside it as the data.",
        )
    return names
