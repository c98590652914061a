"""The one door for outside values: how what others wrote becomes names, unknowns, splits and an order.

Every reader hands its cells over as they came; no other code converts them (`docs/decisions/0026`).
"""

from taskgraft.data.labels.columns import UNKNOWN, Column, Labelling, continued_name, label_columns
from taskgraft.data.labels.order import natural
from taskgraft.data.labels.split_words import SPLIT_WORDS, SPLITS, Split, split_of

__all__ = [
    "SPLITS",
    "SPLIT_WORDS",
    "UNKNOWN",
    "Column",
    "Labelling",
    "Split",
    "continued_name",
    "label_columns",
    "natural",
    "split_of",
]
