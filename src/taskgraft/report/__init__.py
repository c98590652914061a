"""A verdict for people: page, charts, terminal text and Markdown."""

from taskgraft.report._gallery import Picture, png_uri
from taskgraft.report._markdown import verdict_markdown
from taskgraft.report._page import render
from taskgraft.report._pictures import read_pictures
from taskgraft.report._side_by_side import write_side_by_side
from taskgraft.report._tables import Cell, Column, Row, Table
from taskgraft.report._terminal import verdict_text
from taskgraft.report._two_terminal import two_studies_text
from taskgraft.report._write import write_report

__all__ = [
    "Cell",
    "Column",
    "Picture",
    "Row",
    "Table",
    "png_uri",
    "read_pictures",
    "render",
    "two_studies_text",
    "verdict_markdown",
    "verdict_text",
    "write_report",
    "write_side_by_side",
]
