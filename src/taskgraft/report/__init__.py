"""A verdict for people: page, charts, terminal text and Markdown."""

from taskgraft.report._calibration import reliability_chart
from taskgraft.report._columns import bullets, table, wrapped
from taskgraft.report._confusion import Matrix, nested_confusions
from taskgraft.report._figures import Figure
from taskgraft.report._gallery import Picture, png_uri
from taskgraft.report._learning_chart import swatch
from taskgraft.report._look import Look
from taskgraft.report._markdown import verdict_markdown
from taskgraft.report._page import render
from taskgraft.report._pictures import read_pictures
from taskgraft.report._score_text import interval_text, label, score_meanings, shown
from taskgraft.report._side_by_side import write_side_by_side
from taskgraft.report._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.report._terminal import verdict_text
from taskgraft.report._two_terminal import two_studies_text
from taskgraft.report._write import write_report

__all__ = [
    "NOTHING",
    "Cell",
    "Column",
    "Figure",
    "Look",
    "Matrix",
    "Picture",
    "Row",
    "Table",
    "bullets",
    "interval_text",
    "label",
    "nested_confusions",
    "png_uri",
    "read_pictures",
    "reliability_chart",
    "render",
    "score_meanings",
    "shown",
    "swatch",
    "table",
    "two_studies_text",
    "verdict_markdown",
    "verdict_text",
    "wrapped",
    "write_report",
    "write_side_by_side",
]
