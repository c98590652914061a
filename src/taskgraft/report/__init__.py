"""A verdict for people: page, charts, terminal text and Markdown."""

from taskgraft.report._across_terminal import across_text
from taskgraft.report._adapted import (
    adaptation_text,
    class_changes,
    new_classes,
    old_class_rows,
    old_classes_title,
)
from taskgraft.report._columns import bullets, is_narrow, table, wrapped
from taskgraft.report._markdown import verdict_markdown
from taskgraft.report._score_text import interval_text, label, score_meanings, shown
from taskgraft.report._terminal import verdict_text
from taskgraft.report._two_terminal import two_studies_text
from taskgraft.report.charts import Figure, Look, RiskCurve, reliability_chart, risk_chart, swatch
from taskgraft.report.page import (
    NOTHING,
    Cell,
    Column,
    Picture,
    Row,
    Table,
    nested_confusions,
    png_uri,
    read_pictures,
    render,
    write_across,
    write_audit,
    write_report,
    write_side_by_side,
)

__all__ = [
    "NOTHING",
    "Cell",
    "Column",
    "Figure",
    "Look",
    "Picture",
    "RiskCurve",
    "Row",
    "Table",
    "across_text",
    "adaptation_text",
    "bullets",
    "class_changes",
    "interval_text",
    "is_narrow",
    "label",
    "nested_confusions",
    "new_classes",
    "old_class_rows",
    "old_classes_title",
    "png_uri",
    "read_pictures",
    "reliability_chart",
    "render",
    "risk_chart",
    "score_meanings",
    "shown",
    "swatch",
    "table",
    "two_studies_text",
    "verdict_markdown",
    "verdict_text",
    "wrapped",
    "write_across",
    "write_audit",
    "write_report",
    "write_side_by_side",
]
