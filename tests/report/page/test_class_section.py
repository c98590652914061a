"""Classes and confusions of every variant on the page, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
from hand_made import confusion_of
from made_study import Told

from taskgraft.architecture import catalogue
from taskgraft.report.page._class_section import class_section
from taskgraft.report.page._classes_csv import classes_csv
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import class_rows, scores_of_classes

Tell = Callable[..., Told]
FRUIT = Taxonomy.from_names(
    ["kind", "sort"], [("citrus", "Satsumas"), ("citrus", "Orange"), ("apple", "Gala")]
)


@pytest.fixture
def fruit(tell: Tell) -> Told:
    pair = [catalogue(FRUIT.level_names)[name] for name in ("independent", "shared")]
    story = tell(taxonomy=FRUIT, architectures=pair)
    sorts = np.array([[60, 40, 0], [3, 80, 1], [0, 0, 90]])
    confusions = (confusion_of("kind", np.array([[183, 1], [0, 90]])), confusion_of("sort", sorts))
    return story.but(confusions=dict.fromkeys(("independent", "shared"), confusions), confused="shared")


def test_worst_confusions_are_ranked_and_the_one_to_take_comes_first(fruit: Told) -> None:
    section = class_section(fruit.study, fruit.verdict)
    assert section is not None
    assert [one.variant for one in section.confusions] == ["shared", "independent"]
    (level, worst), (above, others) = section.confusions[0].worst
    assert (level, above) == ("sort", "kind")
    assert worst == (
        ("Satsumas", "Orange", "40 times"),
        ("Orange", "Satsumas", "3 times"),
        ("Orange", "Gala", "once"),
    )
    assert others == (("citrus", "apple", "once"),)
    page = fruit.page()
    assert "Satsumas read as Orange , 40 times" in page.text
    assert page.complaints == []
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_every_class_of_every_variant_has_its_scores(fruit: Told) -> None:
    section = class_section(fruit.study, fruit.verdict)
    assert section is not None
    sorts = section.tables[0]
    assert [column.title for column in sorts.columns] == [
        "class of sort",
        "under",
        "images",
        "independent: F1, %",
        "shared: F1, %",
    ]
    satsumas = next(row for row in sorts.rows if row.name == "Satsumas")
    # 100 predictions of three seeds; precision 60 of 63, recall 60 of 100.
    assert [cell.text for cell in satsumas.cells[:2]] == ["citrus", "33"]
    assert satsumas.cells[2].text == f"{100 * 120 / 163:.1f}"
    assert satsumas.cells[2].note == "95.2 · 60.0"


def test_the_table_as_csv_holds_every_class_of_every_variant(fruit: Told) -> None:
    rows = list(csv.DictReader(io.StringIO(classes_csv(fruit.study, fruit.verdict).decode())))
    assert len(rows) == 2 * (2 + 3)
    satsumas = next(row for row in rows if row["class"] == "Satsumas" and row["variant"] == "shared")
    assert satsumas["path"] == "citrus > Satsumas"
    expected = {
        row.path[-1]: row
        for row in class_rows(scores_of_classes(fruit.verdict.confusions["shared"], FRUIT), FRUIT)
    }
    assert float(satsumas["recall"]) == expected["Satsumas"].recall == 0.6
    assert (satsumas["support"], satsumas["num_predicted"], satsumas["runs"]) == ("100", "63", "3")


def test_large_matrices_beside_the_first_are_ranked_lists_and_many_classes_are_cut(tell: Tell) -> None:
    leaves = Taxonomy.from_names(["one"], [(f"leaf {number:03}",) for number in range(300)])
    pair = [catalogue(["one"])[name] for name in catalogue(["one"])][:1]
    matrix = np.eye(300, dtype=int) * 5 + np.roll(np.eye(300, dtype=int), 1, axis=1)
    story = tell(taxonomy=leaves, architectures=pair)
    name = story.verdict.standings[0].variant
    story = story.but(confusions={name: (confusion_of("one", matrix),)}, confused=name)
    section = class_section(story.study, story.verdict)
    assert section is not None
    assert section.tables[0].caption.startswith("250 weakest of 300 classes")
    assert section.confusions[0].matrices[0].rows == ()
    assert len(section.confusions[0].matrices[0].pairs) == 50
