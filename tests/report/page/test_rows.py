"""Rows written in Python: what a parser reads back is what the table holds; the script sorts by the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from parsed_page import Page

from taskgraft.report.page._confusion import nested_confusions
from taskgraft.report.page._rows import _reads_as, matrix_rows, table_rows
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import Confusion

COLUMNS = (
    Column("name", is_text=True),
    Column("a"),
    Column("b", is_text=True),
    Column("c", is_group_start=True),
)


def table(*rows: Row) -> Table:
    return Table("key", "caption", COLUMNS, rows)


def test_a_row_has_its_name_badges_cells_and_classes() -> None:
    row = Row("x+y=<1>", (Cell("1.5", 1.5, "0–3", is_strong=True), Cell("few"), NOTHING), ("control",))
    assert table_rows(table(row)) == (
        '<tr><th scope="row"><bdi>x<wbr>+y=&lt;1&gt;</bdi> <span class="badge">control</span></th>'
        '<td class="best">1.5 <span class="interval">0–3</span></td>'
        '<td class="words">few</td><td class="group">–</td></tr>'
    )


def test_what_the_script_cannot_read_has_a_key_of_nine_digits() -> None:
    row = Row("x", (Cell("−0.3", -0.00123456789012), Cell("3", 3.0), Cell("4.0 M", 4e6)))
    (values,) = [Page(table_rows(table(row))).values("data-key")]
    # A column of words sorts by its keys alone.
    assert values == ["-0.00123456789", "3", "4000000"]
    row = Row("x", (Cell("0.500", 0.5), Cell("few"), Cell("3", 3)))
    assert Page(table_rows(table(row))).values("data-key") == []


@given(st.text("0123456789.−+,_ e∞", max_size=5))
def test_only_a_number_that_is_written_in_full_is_read_from_the_text(text: str) -> None:
    key = 0.25 if _reads_as(text) is None else _reads_as(text)
    keys = Page(table_rows(table(Row("x", (Cell(text, key), NOTHING, NOTHING))))).values("data-key")
    assert keys == ([] if re.fullmatch(r"\d+|\d+[.]\d+", text) else ["0.25"])


def test_a_matrix_has_its_counts_shades_and_links() -> None:
    taxonomy = Taxonomy.from_names(["top", "leaf"], [("<a>", "1"), ("<a>", "2"), ("b", "3"), ("b", "4")])
    top = Confusion("top", ((0, 0, 9), (0, 1, 1)))
    leaf = Confusion("leaf", ((0, 0, 9), (0, 2, 1)))
    (matrix,) = nested_confusions([top, leaf], taxonomy)
    first, second = matrix_rows(matrix).split("\n")
    assert first == (
        '<tr><th scope="row"><a href="#confusion-1-0"><bdi>&lt;a&gt;</bdi></a></th>'
        '<td class="h9 right">9</td><td class="h3">1</td><td class="share">90.0</td></tr>'
    )
    assert second.endswith('<td></td><td class="right">0</td><td class="share">–</td></tr>')
    within = matrix_rows(matrix.children[0]).split("\n")[0]
    assert '<td class="elsewhere h3">1</td>' in within
