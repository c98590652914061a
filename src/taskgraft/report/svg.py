"""What every chart is drawn with: one accessible `<svg>` element that needs nothing from the page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

# Text and lines take the page's `color`; a page may set the variables for the colours.
_STYLE = """
.taskgraft-chart { font: 12px system-ui, sans-serif; max-width: 100%; height: auto; overflow: visible; }
.taskgraft-chart text { fill: currentColor; dominant-baseline: central; }
.taskgraft-chart .quiet { fill-opacity: .72; font-variant-numeric: tabular-nums; }
.taskgraft-chart .middle { text-anchor: middle; }
.taskgraft-chart .end { text-anchor: end; }
.taskgraft-chart .grid { stroke: currentColor; stroke-opacity: .14; }
.taskgraft-chart .axis { stroke: currentColor; stroke-opacity: .55; }
.taskgraft-chart .line { fill: none; stroke: var(--tone); stroke-linejoin: round; stroke-linecap: round; }
.taskgraft-chart .mean { stroke-width: 2; }
.taskgraft-chart .seed { stroke-width: 1; stroke-opacity: .38; }
.taskgraft-chart .dashed { stroke-dasharray: 6 4; stroke-linecap: butt; }
.taskgraft-chart .marker { fill: var(--tone); stroke: var(--taskgraft-surface, Canvas); }
.taskgraft-chart .told { --tone: var(--taskgraft-accent, #0b62a8); }
.taskgraft-chart .untold { --tone: currentColor; stroke-opacity: .6; }
.taskgraft-chart .hollow { fill: var(--taskgraft-surface, Canvas); stroke: var(--tone); stroke-width: 1.6; }
"""


def visible(text: str) -> str:
    r"""A text in which characters that show nothing, or that XML forbids, have become a sign for them.

    Example:
        >>> visible("a\x00b")
        'a\ufffdb'
    """
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def chart(width: float, height: float, title: str, description: str) -> Element:
    """An empty chart of a size in pixels, with what a screen reader says of it."""
    key = "chart-" + hashlib.sha256(title.encode()).hexdigest()[:12]
    svg = Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "class": "taskgraft-chart", "role": "img",
        "aria-labelledby": f"{key}-title", "aria-describedby": f"{key}-desc",
        "viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}",
    })  # fmt: skip
    SubElement(svg, "title", {"id": f"{key}-title"}).text = visible(title)
    SubElement(svg, "desc", {"id": f"{key}-desc"}).text = visible(description)
    SubElement(svg, "style").text = _STYLE
    return svg


def text(parent: Element, x: float, y: float, words: str, kind: str = "") -> Element:
    """A text at a place; `kind` is its CSS class."""
    element = SubElement(parent, "text", {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}"})
    element.text = visible(words)
    return element


def line(parent: Element, points: Iterable[tuple[float, float]], kind: str) -> None:
    """A line through places; `kind` is its CSS class."""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    SubElement(parent, "path", {"class": kind, "d": f"M{path}"})


def marker(parent: Element, x: float, y: float, path: str, hint: str, kind: str = "marker") -> None:
    """A small shape at a place, with a hint that shows under the pointer."""
    element = SubElement(
        parent, "path", {"class": kind, "d": path, "transform": f"translate({x:.1f} {y:.1f})"}
    )
    SubElement(element, "title").text = visible(hint)


def written(svg: Element) -> str:
    """A chart as text, to stand in an HTML page or in a file of its own."""
    return tostring(svg, encoding="unicode")
