"""A verdict for people: page, charts, terminal text and Markdown."""

from taskgraft.report._markdown import verdict_markdown
from taskgraft.report._terminal import verdict_text
from taskgraft.report._two_terminal import two_studies_text
from taskgraft.report.page import (
    Cell,
    Column,
    Picture,
    Row,
    Table,
    png_uri,
    read_pictures,
    render,
    write_report,
    write_side_by_side,
)

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
