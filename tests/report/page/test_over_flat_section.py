"""Every variant against the flat one: on the page, in Markdown, and never cut from a chart."""

from __future__ import annotations

from taskgraft.architecture import Architecture, catalogue, flat
from taskgraft.report import verdict_markdown
from taskgraft.report._many import most_telling
from taskgraft.report.page._over_flat import over_flat
from taskgraft.statistics import Interval
from taskgraft.verdict import OverFlat

LEVELS = ("coarse", "fine")
ROWS = tuple(
    OverFlat(name, "flat", ("joint", "crm"), score, Interval(0.012, 0.004, 0.020, 3), p, 2.0)
    for score in ("full_path_accuracy", "accuracy.coarse")
    for name, p in (("independent", 0.01), ("shared", 0.4))
)


def with_flat(tell):
    return tell(architectures=[*catalogue(LEVELS).values(), *flat(LEVELS).values()]).but(over_flat=ROWS)


def test_a_row_a_variant_and_score_with_its_cost(tell):
    table = over_flat(with_flat(tell).verdict)
    assert [row.name for row in table.rows] == ["independent − flat", "shared − flat"] * 2
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    assert texts[0][1] == "joint and crm"
    assert [row[-1] for row in texts] == ["2.00"] * 4
    assert [row.cells[2].is_strong for row in table.rows] == [True, False] * 2


def test_without_a_flat_variant_there_is_no_table(tell):
    assert over_flat(tell().verdict) is None
    assert "Does predicting the coarser levels pay?" not in verdict_markdown(tell().study, tell().verdict)


def test_it_stands_in_markdown_and_on_the_page(tell):
    made = with_flat(tell)
    text = verdict_markdown(made.study, made.verdict)
    assert "## Does predicting the coarser levels pay?" in text
    assert (
        "| independent | joint and crm | full-path accuracy | +1.2 points (+0.4 to +2.0) | 0.01 | yes |"
        in text
    )
    page = made.page()
    assert "Does predicting the coarser levels pay?" in page.text
    assert "Summed from fine: coarse." in page.text


def test_flat_is_drawn_however_many_others_there_are(tell):
    many = [Architecture(f"x{i:02}", LEVELS) for i in range(30)]
    made = tell(architectures=[Architecture("independent", LEVELS), *flat(LEVELS).values(), *many])
    assert "flat" in most_telling(made.but(over_flat=ROWS).verdict, 3)
