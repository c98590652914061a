"""The section on answers that stop where they are unsure."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from taskgraft.report import write_report
from taskgraft.report.charts import looks
from taskgraft.report.page._selective import selective_answers
from taskgraft.report.page._tables import NOTHING

SVG = "{http://www.w3.org/2000/svg}"


def section(tell, **changes):
    told = tell()
    verdict = replace(told.verdict, **changes)
    return selective_answers(verdict, looks(told.study.record.request.variants))


def test_charts_have_a_line_a_variant_and_a_line_a_rule(tell):
    told = tell()
    answers = section(tell)
    variants = [standing.variant for standing in told.verdict.standings]
    rules = ["climbing", *(f"only {level}" for level in told.study.taxonomy.level_names), "none"]
    for figure, names in zip(answers.figures, (variants, rules), strict=True):
        svg = ElementTree.fromstring(figure.svg)
        groups = [group.get("class") for group in svg.iter(f"{SVG}g")]
        assert groups == [f"series-{i}" for i in range(1, len(names) + 1)]
        hints = [title.text for title in svg.iter(f"{SVG}title")][1:]
        assert {hint.partition(":")[0] for hint in hints} == set(names)
    words = [text.text for text in ElementTree.fromstring(answers.rules.svg).iter(f"{SVG}text")]
    assert words[-len(rules) :] == rules


def test_tables_say_what_was_promised_and_kept_and_leave_out_what_was_not(tell):
    answers = section(tell)
    of_variants, of_rules = answers.tables
    assert len(of_variants.columns) == 2 + 6
    first = of_variants.rows[0]
    texts = [cell.text for cell in first.cells]
    assert texts[:5] == ["20.00 ± 1.00", "10.0 ± 1.0", "91.0 ± 0.2", "5.0 ± 1.0", "96.0 ± 0.2"]
    assert texts[5:] == [NOTHING.text] * 2
    assert [row.name for row in of_rules.rows] == ["climbing", "only coarse", "only fine", "none"]
    # Half of all are wrong in the end: without a rule the curve is a straight line to there.
    assert [row.cells[0].text for row in of_rules.rows][-1] == "25.00"
    assert {cell.text for cell in of_rules.rows[-1].cells[1:]} == {NOTHING.text}


def test_the_rules_are_those_of_the_recommended_variant(tell):
    told = tell()
    assert section(tell).variant == told.verdict.recommendation.variant
    assert section(tell, recommendation=None).variant == told.verdict.standings[0].variant


def test_without_rules_there_is_no_section(tell):
    assert section(tell, selective=()) is None
    told = tell()
    assert 'id="selective"' not in write_report(told.study, replace(told.verdict, selective=())).read_text()
    assert 'id="selective"' in write_report(told.study, told.verdict).read_text()
