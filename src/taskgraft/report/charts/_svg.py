"""What every chart is drawn with: one accessible `<svg>` element that needs nothing from the page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from taskgraft.legible import visible

# Text and lines take the page's `color`, and what stands for an architecture the `color` set on it. A page
# may set the variables; what a variable falls back on is what a file of its own shows.
_STYLE = """
.taskgraft-chart { font: 12px "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.taskgraft-chart { max-width: 100%; height: auto; overflow: visible; }
.taskgraft-chart text { fill: currentColor; dominant-baseline: central; }
.taskgraft-chart .quiet { fill-opacity: .75; font-variant-numeric: tabular-nums; }
.taskgraft-chart .small { font-size: 11px; }
.taskgraft-chart .middle { text-anchor: middle; }
.taskgraft-chart .end { text-anchor: end; }
.taskgraft-chart .strong { font-weight: 700; fill-opacity: 1; }
.taskgraft-chart .band { fill: var(--taskgraft-accent, #0b5394); fill-opacity: .13; }
.taskgraft-chart .grid { stroke: currentColor; stroke-opacity: .14; }
.taskgraft-chart .axis { stroke: currentColor; stroke-opacity: .55; }
.taskgraft-chart .line { fill: none; stroke: currentColor; stroke-linejoin: round; stroke-linecap: round; }
.taskgraft-chart .mean { stroke-width: 2; }
.taskgraft-chart .seed { stroke-width: 1; stroke-opacity: .38; }
.taskgraft-chart .whisker { stroke-width: 1.4; stroke-opacity: .75; }
.taskgraft-chart .leader { stroke: currentColor; stroke-width: .8; stroke-opacity: .45; }
.taskgraft-chart .front { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-opacity: .4; }
.taskgraft-chart .ideal { stroke: currentColor; stroke-opacity: .8; stroke-dasharray: 2 4; }
.taskgraft-chart .dashed { stroke-dasharray: 6 4; stroke-linecap: butt; }
.taskgraft-chart .marker { fill: currentColor; stroke: var(--taskgraft-surface, #ffffff); }
.taskgraft-chart .claimed { color: var(--taskgraft-accent, #0b5394); }
.taskgraft-chart .unclaimed { stroke-opacity: .65; }
.taskgraft-chart .hollow { fill: var(--taskgraft-surface, #ffffff); stroke: currentColor; stroke-width: 1.6; }
"""
_VARIABLE = re.compile(r"var\(--[\w-]+, ([^()]*)\)")


def chart(width: float, height: float, title: str, description: str) -> Element:
    """An empty chart of a size in pixels, with what a screen reader says of it.

    Args:
        width: In pixels.
        height: In pixels.
        title: Says which chart it is; no two of a page have the same.
        description: The chart in words.
    """
    key = key_of(title)
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "taskgraft-chart",
            "role": "img",
            "aria-labelledby": f"{key}-title",
            "aria-describedby": f"{key}-desc",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
        },
    )
    SubElement(svg, "title", {"id": f"{key}-title"}).text = visible(title)
    SubElement(svg, "desc", {"id": f"{key}-desc"}).text = visible(description)
    SubElement(svg, "style").text = _STYLE
    return svg


def key_of(title: str) -> str:
    """What the ids within a chart of this title begin with."""
    return "chart-" + hashlib.sha256(title.encode(errors="replace")).hexdigest()[:12]


def text(parent: Element, x: float, y: float, words: str, kind: str = "") -> Element:
    """A text at a place; `kind` is its CSS class."""
    element = SubElement(parent, "text", {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}"})
    element.text = visible(words)
    return element


def line(parent: Element, points: Iterable[tuple[float, float]], kind: str) -> None:
    """A line through places; `kind` is its CSS class."""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    SubElement(parent, "path", {"class": kind, "d": f"M{path}"})


def marker(
    parent: Element, x: float, y: float, path: str, hint: str, kind: str = "marker", size: float = 1
) -> None:
    """A small shape at a place, with a hint that shows under the pointer."""
    place = f"translate({x:.1f} {y:.1f})" + (f" scale({size:g})" if size != 1 else "")
    element = SubElement(parent, "path", {"class": kind, "d": path, "transform": place})
    SubElement(element, "title").text = visible(hint)


def stamp(parent: Element, key: str, path: str) -> None:
    """A small shape that is drawn by `stamped` wherever it is needed.

    Args:
        parent: What it is drawn in.
        key: Its id; no two of a page have the same.
        path: Centred on the origin.
    """
    SubElement(SubElement(parent, "defs"), "path", {"id": key, "d": path})


def stamped(parent: Element, x: float, y: float, key: str, hint: str) -> None:
    """A stamp at a place, with a hint that shows under the pointer."""
    element = SubElement(
        parent, "use", {"class": "marker", "href": f"#{key}", "x": f"{x:.1f}", "y": f"{y:.1f}"}
    )
    SubElement(element, "title").text = visible(hint)


def written(svg: Element) -> str:
    """A chart as text, to stand in an HTML page."""
    return tostring(svg, encoding="unicode")


def standalone(svg: str) -> str:
    """A chart as the text of a separate file: dark on white, for programs that know no CSS variables.

    Example:
        >>> standalone('<svg class="c"><path style="color: var(--tone, #123456)"/></svg>').splitlines()[1]
        '<svg style="color: #1b1f24; background: #ffffff" class="c"><path style="color: #123456"/></svg>'
    """
    fixed = _VARIABLE.sub(r"\1", svg)
    root, _, rest = fixed.partition(">")
    fixed_style = 'style="color: #1b1f24; background: #ffffff'
    # A root that has a style keeps it: an attribute can stand only once.
    old, new = (' style="', f" {fixed_style}; ") if ' style="' in root else (" ", f' {fixed_style}" ')
    styled = root.replace(old, new, 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{styled}>{rest}\n'
