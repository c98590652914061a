"""A dataset at a glance: as data with every class, as text that fits a screen whatever its size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from taskgraft.data import SPLITS, Dataset, overview, overview_text
from taskgraft.data.sources import from_arrays
from taskgraft.taxonomy import Level, Taxonomy


def birds(num_classes: int, *, has_tree: bool = True) -> Dataset:
    """Two images a class, three of every tenth, below 20 to a family and 500 to an order."""
    leaf = np.concatenate([np.arange(num_classes), np.arange(num_classes), np.arange(0, num_classes, 10)])
    name = "a species with a very long name in the middle"
    columns = {
        "order": [f"order {k // 500}" for k in leaf],
        "family": [f"family {k // 20}" for k in leaf],
        "species": [f"{name} {k}" for k in leaf],
    }
    return from_arrays(np.zeros((len(leaf), 16, 16), dtype=np.uint8), columns, has_tree=has_tree)


@pytest.mark.parametrize("has_tree", [True, False])
@pytest.mark.parametrize("num_classes", [41, 10_000])
def test_many_classes_fit_a_screen(num_classes: int, has_tree: bool) -> None:
    data = birds(num_classes, has_tree=has_tree)
    summary = overview(data)
    lines = overview_text(data, summary, "--json")
    assert len(lines) < 45
    assert max(map(len, lines)) <= 80
    assert sum(len(level["classes"]) for level in summary["levels"]) == sum(data.taxonomy.num_classes)


def test_the_largest_and_smallest_classes_are_named_and_what_is_left_out_is_counted() -> None:
    data = birds(10_000)
    lines = overview_text(data, overview(data), "--json")
    assert "order: 20 classes of 1,050 images each" in lines
    first = lines.index("species: 10,000 classes of 2 to 3 images")
    assert lines[first + 1] == "  largest: a species with a v...e 0 (3), a species with a v... 10 (3)"
    assert lines[first + 2] == "  smallest: a species with a v...999 (2), a species with a v...998 (2)"
    table = lines[lines.index("") + 1 :]
    assert [line.split("  ")[0] for line in table if line.startswith("order ") and ":" not in line] == [
        "order 0",
        "order 1",
    ]
    assert "    and 17 more" in lines
    assert "  and 22 more" in lines
    assert lines[-1] == "10,504 more classes: --json lists them all"


def test_up_to_forty_classes_all_have_a_row_in_label_order(tiny_data: Dataset) -> None:
    lines = overview_text(tiny_data, overview(tiny_data), "--json")
    first = next(i for i, line in enumerate(lines) if line.startswith("class"))
    rows = [line.rsplit(maxsplit=len(SPLITS)) for line in lines[first + 1 :]]
    assert len(rows) == sum(tiny_data.taxonomy.num_classes)
    classes = overview(tiny_data)["levels"][0]["classes"]
    assert rows[0] == [classes[0]["name"], *(str(classes[0][split]) for split in SPLITS)]


def test_long_notes_are_wrapped_and_long_names_lose_their_middle(tiny_data: Dataset) -> None:
    notes = ("A note of many words " * 8,)
    names = tuple(f"{'x' * 100}{k}" for k in range(4))
    taxonomy = Taxonomy.without_tree([Level("shape", ("bar", "disc")), Level("colour", names)])
    data = replace(tiny_data, taxonomy=taxonomy, provenance=replace(tiny_data.provenance, notes=notes))
    lines = overview_text(data, overview(data), "--json")
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("note: ") for line in lines) == 1
    assert any("...xx3" in line for line in lines)
