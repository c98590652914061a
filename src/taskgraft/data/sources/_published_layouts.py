"""Datasets of the field as they are published: split lists, FGVC-Aircraft and CUB-200-2011.

Who has the pictures has these files beside them, or takes the lists from the paper whose splits they are.
Nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from taskgraft.data.files import reading
from taskgraft.data.labels import SPLITS, Column, natural
from taskgraft.data.sources._samples import Samples, with_taxonomy
from taskgraft.data.sources._taxonomy_file import read_taxonomy_file
from taskgraft.data.sources._text_file import text_lines
from taskgraft.errors import DataError, Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.pictures import walk

# A picture, its class and its split.
_Row = tuple[Path, str, str]
_AIRCRAFT = ("manufacturer", "family", "variant")
_CUB_FILES = ("images.txt", "image_class_labels.txt", "classes.txt", "train_test_split.txt")


def is_split_lists(root: Path) -> bool:
    """Whether a folder holds lists of pictures: `train/CLASS.txt` and the like."""
    train = root / "train"
    return train.is_dir() and any(train.glob("*.txt")) and not any(each.is_dir() for each in train.iterdir())


def read_split_lists(
    root: Path, *, data_dir: Path | None = None, taxonomy: Path | None = None, has_tree: bool = True
) -> Samples:
    """Reads lists as *Making Better Mistakes* has them: `SPLIT/CLASS.txt`, the name of a picture a line.

    A picture is looked for by its name anywhere below `data_dir`; of two of one name the one in a folder
    named as its class is taken. The pictures of all splits may lie together: a list says where each belongs.

    Args:
        root: Holds `train`, `val` and `test`, or some of them.
        data_dir: Where the pictures are.
        taxonomy: The levels above the classes, such as the `*_isa.txt` that is published with the lists.
        has_tree: Whether each finer class lies under one coarser class.

    Raises:
        DataError: If a list or the folder of pictures cannot be read, or a picture is missing.
        RequestError: If `data_dir` is not given.
    """
    if data_dir is None:
        raise RequestError.expected(
            Parameter("data_dir"),
            "given with lists of pictures",
            "nothing",
            "Name the folder of the pictures.",
        )
    with reading(data_dir):
        places = _by_name(walk(data_dir).pictures)
    rows: list[_Row] = []
    for split in SPLITS:
        lists = sorted((root / split).glob("*.txt"), key=lambda path: natural(path.stem))
        for path in lists:
            names = [line.strip() for line in _lines(path) if line.strip()]
            rows += [(_placed(path, name, places, data_dir), path.stem, split) for name in names]
    return _samples(root, rows, {"class": [label for _, label, _ in rows]}, taxonomy, has_tree=has_tree)


def is_aircraft(root: Path) -> bool:
    """Whether a folder is the `data` of FGVC-Aircraft."""
    return (root / "images_variant_train.txt").is_file() and (root / "images").is_dir()


def read_aircraft(root: Path, *, taxonomy: Path | None = None, has_tree: bool = True) -> Samples:
    """Reads FGVC-Aircraft (Maji et al., 2013): manufacturers, families and variants, in the published splits.

    Args:
        root: The folder `data`, with `images` and `images_LEVEL_SPLIT.txt`.
        taxonomy: Other levels above the variants.
        has_tree: Whether each finer class lies under one coarser class.

    Raises:
        DataError: If a list cannot be read, or names other pictures than the list of another level.
    """
    rows: list[_Row] = []
    columns: dict[str, list[str | None]] = {level: [] for level in _AIRCRAFT}
    for split in SPLITS:
        labels = {level: dict(_pairs(root / f"images_{level}_{split}.txt")) for level in _AIRCRAFT}
        for level in _AIRCRAFT:
            if labels[level].keys() != labels["variant"].keys():
                raise DataError.expected(
                    f"images_{level}_{split}.txt of {root}",
                    f"of the pictures of images_variant_{split}.txt",
                    Phrase("others"),
                    "Take the files as published.",
                )
        for number in labels["variant"]:
            rows.append((root / "images" / f"{number}.jpg", labels["variant"][number], split))
            for level in _AIRCRAFT:
                columns[level].append(labels[level][number])
    if taxonomy is not None:
        columns = {"variant": columns["variant"]}
    return _samples(root, rows, columns, taxonomy, has_tree=has_tree)


def is_cub(root: Path) -> bool:
    """Whether a folder is CUB-200-2011."""
    return all((root / name).is_file() for name in _CUB_FILES)


def read_cub(root: Path, *, taxonomy: Path | None = None, has_tree: bool = True) -> Samples:
    """Reads CUB-200-2011 (Wah et al., 2011): its species, in the published train and test splits.

    Args:
        root: The folder with `images.txt` and `images`.
        taxonomy: The levels above the species, which the dataset does not have.
        has_tree: Whether each finer class lies under one coarser class.

    Raises:
        DataError: If a file cannot be read, or says nothing of a picture.
    """
    paths, numbers, names, is_train = (dict(_pairs(root / name)) for name in _CUB_FILES)
    rows: list[_Row] = []
    species = []
    for image, path in paths.items():
        try:
            name, split = names[numbers[image]], "train" if is_train[image] == "1" else "test"
        except KeyError as error:
            raise DataError.expected(
                f"image {image} of {root}",
                "in every list",
                Phrase("missing in one"),
                "Take the files as published.",
            ) from error
        rows.append((root / "images" / path, name, split))
        species.append(name)
    return _samples(root, rows, {"species": species}, taxonomy, has_tree=has_tree)


def _samples(
    root: Path,
    rows: Sequence[_Row],
    columns: Mapping[str, Column],
    taxonomy: Path | None,
    *,
    has_tree: bool,
) -> Samples:
    samples = Samples(
        source=str(root),
        pictures=[path for path, _, _ in rows],
        names=[f"{label}/{path.name}" for path, label, _ in rows],
        columns=columns,
        splits=[split for _, _, split in rows],
        is_text=True,
        has_tree=has_tree,
    )
    return samples if taxonomy is None else with_taxonomy(samples, read_taxonomy_file(taxonomy))


def _lines(path: Path) -> Iterator[str]:
    with reading(path):
        yield from text_lines(path)


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    """The first word of each line, and the rest of it."""
    for number, line in enumerate(_lines(path), start=1):
        first, _, rest = line.strip().partition(" ")
        if first and not rest:
            raise DataError.expected(f"line {number} of {path}", "two words or more", first, "Mend it.")
        if first:
            yield first, rest.strip()


def _by_name(pictures: list[Path]) -> dict[str, list[Path]]:
    places: dict[str, list[Path]] = {}
    for path in pictures:
        places.setdefault(path.name, []).append(path)
    return places


def _placed(listed: Path, name: str, places: dict[str, list[Path]], folder: Path) -> Path:
    paths = places.get(Path(name).name, [])
    of_class = [path for path in paths if path.parent.name == listed.stem]
    if len(of_class or paths) != 1:
        got = Phrase(f"{len(of_class or paths)} of them")
        raise DataError.expected(
            f"{name} of {listed}", f"one picture below {folder}", got, "Name the folder that has them all."
        )
    return (of_class or paths)[0]
