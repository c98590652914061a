"""Draws hostile tables of text and splits, and says which sources can carry one."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

from hostile_words import PLAIN, POOLS
from label_cells import Refused, name_of
from label_tables import draw_rows, with_gaps
from split_reference import split_of

from five_sources import SOURCES, Named, Row

SPELLINGS = {
    "train": ("train", "Training", "TRAIN", "train_set", "seg_train", " train ", "training_set", "", None),
    "val": ("val", "valid", "Validation", "dev", "seg_val", "VAL_SET", "dev\t"),
    "test": ("test", "Testing", "TEST", "seg_test", "test_set", "\u00a0test"),
}
_LONGEST_FOLDER = 255


def draw_named(seed: int) -> Named:
    """A table of text; one in two is such that a folder can say it."""
    rng = random.Random(f"named {seed}")
    if rng.random() < 0.5:
        words = [word for pool in (*rng.sample(POOLS, 2), PLAIN) for word in pool if may_be_a_folder(word)]
        drawn = with_gaps(rng, draw_rows(rng, list(dict.fromkeys(words))))
        rows = [cut_at_the_first_gap(row) for row in drawn if row[0] is not None] or [("cat",), ("dog",)]
    else:
        rows = with_gaps(rng, draw_rows(rng))
    rows += [rows[i % len(rows)] for i in range(max(0, 3 - len(rows)))]
    num_val, num_test = rng.randint(1, len(rows) // 3), rng.randint(1, len(rows) // 3)
    parts = ["train"] * (len(rows) - num_val - num_test) + ["val"] * num_val + ["test"] * num_test
    return Named(rows, parts, [rng.choice(SPELLINGS[part]) for part in parts])


def numbered_by_the_hub(table: Named, seed: int) -> Named:
    """The same table, whose levels have numbers of their own: of some classes there is no image."""
    rng = random.Random(f"hub {seed}")
    order = {}
    for level, names in table.columns.items():
        # A name of white space alone is none, and no dataset of the hub has one.
        classes = list(dict.fromkeys([name for name in names if name is not None] + ["nobody", "bread "]))
        rng.shuffle(classes)
        if rng.random() < 0.8:
            order[level] = classes
    return replace(table, order=order)


def cut_at_the_first_gap(row: Row) -> Row:
    """What a folder can say of a row: nothing below a gap."""
    names = list(itertools.takewhile(lambda name: name is not None, row))
    return tuple(names + [None] * (len(row) - len(names)))


def carriers(table: Named) -> list[str]:
    """The sources that can say what a table says."""
    fits = {"folder": fits_folders(table), "csv": fits_text(table)}
    return [source for source in SOURCES if fits.get(source, True)]


def fits_text(table: Named) -> bool:
    """Whether a text file may hold the names: one with a NUL is taken for no text."""
    return not any("\0" in name for row in table.rows for name in row if name is not None)


def fits_folders(table: Named) -> bool:
    """Whether the names are such as folders may have, gaps at the end of a path alone."""
    for row in table.rows:
        names = [name for name in row if name is not None]
        if not names or None in row[: len(names)] or not all(map(may_be_a_folder, names)):
            return False
    return any(row[-1] is not None for row in table.rows)


def may_be_a_folder(name: str) -> bool:
    """Whether a folder can be called so, and none would take it for a split."""
    try:
        is_split = split_of(name) is not None
    except Refused:
        is_split = False
    is_long = len(name.encode()) > _LONGEST_FOLDER
    is_safe = not set(name) & {"/", "\0"} and not name.startswith(".")
    return is_safe and not is_long and not is_split and name_of(name) is not None
