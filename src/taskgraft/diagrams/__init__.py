"""An architecture drawn, as text and as SVG."""

from taskgraft.diagrams._svg_diagram import svg_diagram
from taskgraft.diagrams._text_diagram import text_diagram

__all__ = [
    "svg_diagram",
    "text_diagram",
]
