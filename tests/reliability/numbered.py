"""Prints what becomes of hostile tables of labels: the same in every process, whatever its hashes are.

python numbered.py COUNT
"""

from __future__ import annotations

import hashlib
import sys

from label_lookup import Tree
from label_tables import Table, draw_table

from taskgraft.data.labels import Labelling, label_columns
from taskgraft.errors import TaskgraftError
from taskgraft.taxonomy import Level, Taxonomy


def labelled(table: Table) -> Labelling:
    """The product's answer."""
    taxonomy = None if table.taxonomy is None else as_taxonomy(table.taxonomy)
    return label_columns(
        table.columns, has_tree=table.has_tree, is_text=table.is_text, taxonomy=taxonomy, order=table.order
    )


def as_taxonomy(tree: Tree) -> Taxonomy:
    """A tree of the reference as the product has it."""
    levels = tuple(
        Level(name, tuple(classes)) for name, classes in zip(tree.names, tree.classes, strict=True)
    )
    return Taxonomy(levels, tuple(tuple(row) for row in tree.parents))


def outcome(seed: int) -> str:
    """What becomes of one table, and what is said of it."""
    try:
        found = labelled(draw_table(seed))
    except TaskgraftError as error:
        # Messages show what came, and a set or an object looks otherwise in every process.
        return type(error).__name__
    return repr((found.taxonomy, found.labels.tolist(), found.notes))


def outcomes(count: int) -> list[str]:
    """A hash of each of the first outcomes."""
    texts = (outcome(seed) for seed in range(count))
    return [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]


if __name__ == "__main__":
    print("\n".join(outcomes(int(sys.argv[1]))))
