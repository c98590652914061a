"""A study's tables as text: scores, differences from the control, costs."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.study.records import Request
from taskgraft.study.summary import ArchitectureSummary, Difference, Spread

_WIDTH = 80
# Columns of "84.0 ±1.2" that stand beside the name of an architecture.
_MOST_SCORES = 5


def render_tables(
    request: Request, rows: Sequence[ArchitectureSummary], differences: Sequence[Difference],
    missing: Sequence[tuple[str, int]],
) -> str:  # fmt: skip
    """Renders a study's tables in plain text.

    Args:
        request: What the study was asked.
        rows: Its summaries.
        differences: Its differences from the control; none leaves their table out.
        missing: Runs that are not finished, named in a last line.
    """
    text = io.StringIO()
    console = Console(file=text, width=_WIDTH, color_system=None, highlight=False)
    console.print(Text(_title(request)))
    for table in _scores(request, rows):
        console.print(table)
    console.print(Text(_legend(request)))
    if differences:
        console.print()
        console.print(_differences(differences))
        console.print(Text(_caution(differences)))
    elif all(row.architecture != CONTROL for row in rows):
        console.print(Text(f"No differences are shown: {CONTROL}, the control, is not among the runs."))
    console.print()
    console.print(_costs(rows))
    if missing:
        names = ", ".join(f"{name}-seed{seed}" for name, seed in missing)
        console.print(Text(f"Not finished: {names}."))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _title(request: Request) -> str:
    data = request.data
    images = ", ".join(f"{count:,} {split}" for split, count in data.num_images.items())
    count = "1 seed" if len(request.seeds) == 1 else f"{len(request.seeds)} seeds"
    return (
        f"{data.source} ({data.split}), recipe {request.recipe.name}, "
        f"epochs {request.recipe.epochs:g}, {count}; {images} images"
    )


def _scores(request: Request, rows: Sequence[ArchitectureSummary]) -> list[Table]:
    """Accuracy of each level and the scores across levels: side by side where 80 columns hold them."""
    levels = request.levels
    own = [Text(f"{level} accuracy") for level in levels]
    across = [Text(f"{finer} in {coarser}") for coarser, finer in zip(levels, levels[1:], strict=False)]
    across += [Text(f"{level} from {levels[-1]}") for level in levels[:-1]]
    first = [(row.architecture, list(row.accuracies.values())) for row in rows]
    second = [
        (row.architecture, [*row.consistencies.values(), *row.summed_accuracies.values()]) for row in rows
    ]
    if len(own) + len(across) <= _MOST_SCORES:
        joined = [(name, a + b) for (name, a), (_, b) in zip(first, second, strict=True)]
        return [_filled(own + across, joined)]
    return [_filled(own, first), _filled(across, second)]


def _filled(columns: Sequence[Text], rows: Sequence[tuple[str, list[Spread]]]) -> Table:
    table = _table(*columns)
    for name, cells in rows:
        table.add_row(name, *(_percent(cell) for cell in cells))
    return table


def _legend(request: Request) -> str:
    spread = "± one standard deviation over seeds. " if len(request.seeds) > 1 else ""
    levels = request.levels
    if len(levels) == 1:
        return f"Test split, per cent. {spread}"
    return (
        f"Test split, per cent. {spread}"
        f"'{levels[1]} in {levels[0]}': consistency, the predicted {levels[1]} class lies under "
        f"the predicted {levels[0]} class. '{levels[0]} from {levels[-1]}': the free baseline, {levels[0]} "
        f"accuracy when its probabilities are summed from the {levels[-1]} ones."
    )


def _differences(differences: Sequence[Difference]) -> Table:
    table = _table("level", "difference, points", "95 % interval", "seeds")
    for difference in differences:
        own = difference.interval
        table.add_row(
            difference.architecture, difference.level, f"{100 * own.estimate:+.1f}",
            f"{100 * own.low:+.1f} to {100 * own.high:+.1f}", str(own.num_seeds),
        )  # fmt: skip
    return table


def _caution(differences: Sequence[Difference]) -> str:
    num_seeds = min(d.interval.num_seeds for d in differences)
    text = f"Accuracy less that of {CONTROL}, paired by seed and test image. "
    if num_seeds == 1:
        return text + "One seed settles nothing: its interval covers the choice of test images only."
    if any(d.interval.is_detectable for d in differences):
        return text + "An interval that holds zero is no detectable difference."
    return text + "Every interval holds zero: no detectable difference."


def _costs(rows: Sequence[ArchitectureSummary]) -> Table:
    table = _table("parameters", "MACs", "PFLOP", "train seconds", "peak memory")
    for row in rows:
        cost = row.cost
        table.add_row(
            row.architecture, f"{cost.num_parameters:,}", f"{cost.macs / 1e6:.1f} M",
            f"{cost.train_pflop:.3g}", f"{cost.train_seconds:.0f}", f"{cost.peak_memory_bytes / 1e9:.2f} GB",
        )  # fmt: skip
    return table


def _table(*columns: str | Text) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("architecture", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _percent(cell: Spread) -> str:
    mean = f"{100 * cell.mean:.1f}"
    return mean if cell.std is None else f"{mean} ±{100 * cell.std:.1f}"
