"""Pictures that somebody else keeps, with their labels and splits, before a pixel of them is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from taskgraft.data.labels import Column
from taskgraft.data.sources._taxonomy_file import FileTaxonomy
from taskgraft.errors import RequestError
from taskgraft.pictures import Picture
from taskgraft.taxonomy import Taxonomy


@dataclass(frozen=True)
class Samples:
    """What a folder, a table or a dataset of the hub says of its pictures.

    Attributes:
        source: What the user named.
        pictures: Paths, or the encoded bytes; None for a picture that the source does not have.
        names: What messages call each picture.
        columns: By level, coarsest first, the cells of its labels as they came.
        splits: The cells that name the split of each picture, as they came; None where no picture has one.
        is_text: Whether all cells came as text, as from a CSV file.
        has_tree: Whether each finer class lies under one coarser class.
        taxonomy: The classes and their numbers, where the source settles them.
        taxonomy_file: The file that settles them, where one does.
        order: By level, the names of the classes in the order of their numbers, where the source has one.
        notes: What was decided on the way, a sentence each.
        options: What the source was given, for the records.
        folders: All that were looked into, where the files in them decide everything; else none.
        keeps_single: Whether levels of a single class stay, as labels to judge a model by.
    """

    source: str
    pictures: Sequence[Picture] = field(repr=False)
    names: Sequence[str] = field(repr=False)
    columns: Mapping[str, Column] = field(repr=False)
    splits: Column | None = field(default=None, repr=False)
    is_text: bool = False
    has_tree: bool = True
    taxonomy: Taxonomy | None = None
    taxonomy_file: Path | None = None
    order: Mapping[str, Column] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    options: Mapping[str, str | int | float] = field(default_factory=dict)
    folders: Sequence[Path] = field(default=(), repr=False)
    keeps_single: bool = False


def with_taxonomy(samples: Samples, file: FileTaxonomy) -> Samples:
    """The same samples with their upper levels taken from a taxonomy, by the names of their finest one.

    A single column of labels whose name is no level's holds the leaves.

    Raises:
        RequestError: If a column is named as no level is.
    """
    columns = dict(samples.columns)
    taxonomy, path, notes = file
    levels = taxonomy.level_names
    if len(columns) == 1 and not set(columns) & set(levels):
        columns = {levels[-1]: next(iter(columns.values()))}
    strange = [name for name in columns if name not in levels]
    if strange:
        raise RequestError.expected(
            f"the level {strange[0]!r}",
            f"one of the taxonomy's ({', '.join(levels)})",
            strange[0],
            "Rename one of the two.",
        )
    return replace(
        samples,
        columns=columns,
        taxonomy=taxonomy,
        taxonomy_file=path,
        has_tree=taxonomy.is_tree,
        notes=(*samples.notes, *notes),
    )
