"""A verdict as an HTML page, its sections, tables and pictures; an audit as one; templates of every page."""

from taskgraft.report.page._across import write_across
from taskgraft.report.page._confusion import nested_confusions
from taskgraft.report.page._data_check import write_audit
from taskgraft.report.page._gallery import Picture, png_uri
from taskgraft.report.page._pictures import read_pictures
from taskgraft.report.page._render import render
from taskgraft.report.page._side_by_side import write_side_by_side
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.report.page._write import write_report

__all__ = [
    "NOTHING",
    "Cell",
    "Column",
    "Picture",
    "Row",
    "Table",
    "nested_confusions",
    "png_uri",
    "read_pictures",
    "render",
    "write_across",
    "write_audit",
    "write_report",
    "write_side_by_side",
]
