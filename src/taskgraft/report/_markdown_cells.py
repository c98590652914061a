"""Names and figures as cells and lines of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from taskgraft.legible import visible
from taskgraft.scores import about
from taskgraft.statistics import Interval
from taskgraft.verdict import points, span


def words(text: str) -> str:
    """Text that is no markup, whatever names stand in it: they come from anywhere."""
    return one_line_of(text).replace("<", "&lt;").replace("](", "]\\(")


def one_line_of(text: str) -> str:
    return visible(text).replace("\n", " ")


def score_cell(name: str, interval: Interval) -> str:
    return f"{plain_cell(name, interval.estimate)} ± {plain_cell(name, interval.reach)}"


def plain_cell(name: str, value: float) -> str:
    return f"{100 * value:.1f}" if about(name).unit == "%" else f"{value:.3f}"


def difference_cell(score: str, interval: Interval) -> str:
    if about(score).unit == "%":
        return f"{points(interval.estimate)} points ({span(interval.low, interval.high)})"
    return f"{interval.estimate:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})"


def gain_cell(gain: Interval | None) -> str:
    return f"{100 * gain.estimate:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})" if gain else ""


def yes_or_no(is_so: bool) -> str:
    return "yes" if is_so else "no"


def p_cell(p: float | None) -> str:
    return "" if p is None else f"{p:.3g}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(words(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )
