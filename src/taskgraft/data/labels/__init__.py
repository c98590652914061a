"""The one door for outside values: how what others wrote becomes names, unknowns, splits and an order.

Every reader hands its cells over as they came; no other code converts them (`docs/decisions/0026`).
"""

from taskgraft.data.labels._cells import NotOneLabelError, Plain, name_of, plain, shown, written
from taskgraft.data.labels._columns import Column, cells_of, listing, named_column, on_white_space
from taskgraft.data.labels._numbering import UNKNOWN, Labelling, label_columns
from taskgraft.data.labels._order import natural
from taskgraft.data.labels._split_words import SPLIT_WORDS, SPLITS, Split, split_of
from taskgraft.data.labels._splits import check_splits, split_indices, splits_of_cells
from taskgraft.data.labels._tree import named_rows

__all__ = [
    "SPLITS",
    "SPLIT_WORDS",
    "UNKNOWN",
    "Column",
    "Labelling",
    "NotOneLabelError",
    "Plain",
    "Split",
    "cells_of",
    "check_splits",
    "label_columns",
    "listing",
    "name_of",
    "named_column",
    "named_rows",
    "natural",
    "on_white_space",
    "plain",
    "shown",
    "split_indices",
    "split_of",
    "splits_of_cells",
    "written",
]
