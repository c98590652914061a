"""A page of forty variants: what is shown first, and what is left to tables and JSON."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from taskgraft.architecture import Architecture
from taskgraft.report._many import MOST_BARS, MOST_PAIRS, most_telling
from taskgraft.report.charts import MOST_CURVES
from taskgraft.report.charts._look import looks
from taskgraft.report.page._comparisons import comparisons

NAMES = ["independent", *(f"x{number:02}" for number in range(39))]


@pytest.fixture
def forty(tell):
    return tell(architectures=[Architecture(name, ("coarse", "fine")) for name in NAMES])


def test_the_recommended_the_control_and_the_best_are_shown_first(forty):
    shown = most_telling(forty.verdict, 4)
    scores = {s.variant: s.scores["full_path_accuracy"].estimate for s in forty.verdict.standings}
    best = sorted(scores, key=lambda name: -scores[name])
    chosen = forty.verdict.recommendation.variant
    assert {chosen, "independent"} < shown
    assert shown - {chosen, "independent"} == set([n for n in best if n not in (chosen, "independent")][:2])


def test_charts_and_tables_hold_the_most_telling(forty):
    section = comparisons(forty.verdict)
    assert section.is_cut
    assert all(len(table.rows) == MOST_PAIRS for _, table in section.tables)
    with_control = [row for row in section.tables[0][1].rows if "independent" in row.name]
    assert len(with_control) == 39
    assert section.tables[0][1].caption.startswith("100 of 780 pairs: ")
    assert all(figure.svg.count("<title>") <= MOST_BARS for figure in section.figures)


def test_few_curves_are_ticked_and_all_can_be(forty):
    page = forty.page()
    boxes = [attrs for attrs in page.all("input") if attrs["id"].startswith("curve-")]
    assert len(boxes) == 40
    assert sum("checked" in attrs for attrs in boxes) == MOST_CURVES
    assert "tick others to add them" in page.text
    assert page.complaints == []


def test_the_page_stays_small(forty):
    assert len(forty.write().read_bytes()) < 5_000_000


def test_every_variant_has_a_look_of_its_own(forty):
    variants = forty.study.record.request.variants[:30]
    seen = {(look.style, look.marker, look.is_dashed) for look in looks(variants).values()}
    assert len(seen) == 30


def test_variants_are_called_variants_where_recipes_vary(tell):
    story = tell()
    page = replace(story, verdict=replace(story.verdict, noun="variant")).page()
    assert "7 variants compared" in page.text
    assert "Each variant less independent" in page.text
    assert not re.search(r"\b[Aa]rchitectures? (shown|less|disagree)", page.text)
