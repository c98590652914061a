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
    console.print(_scores(request, rows))
    console.print(Text(_legend(request)), style=None)
    if differences:
        console.print()
        console.print(_differences(request, differences))
        console.print(Text(_caution(differences)))
    console.print()
    console.print(_costs(rows))
    if missing:
        names = ", ".join(f"{name}-seed{seed}" for name, seed in missing)
        console.print(Text(f"Not finished: {names}."))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _title(request: Request) -> str:
    data = request.data
    images = ", ".join(f"{count} {split}" for split, count in data.num_images.items())
    count = "1 seed" if len(request.seeds) == 1 else f"{len(request.seeds)} seeds"
    return (
        f"{data.source} ({data.split}), recipe {request.recipe.name}, "
        f"{request.recipe.epochs:g} epochs, {count}; {images} images"
    )


def _scores(request: Request, rows: Sequence[ArchitectureSummary]) -> Table:
    levels = request.levels
    names = [Text(f"{level} accuracy") for level in levels]
    names += [Text(f"{finer} in {coarser}") for coarser, finer in zip(levels, levels[1:], strict=False)]
    names += [Text(f"{level} from {levels[-1]}") for level in levels[:-1]]
    table = _table(*names)
    for row in rows:
        cells = [*row.accuracies.values(), *row.consistencies.values(), *row.summed_accuracies.values()]
        table.add_row(row.architecture, *(_percent(cell) for cell in cells))
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


def _differences(request: Request, differences: Sequence[Difference]) -> Table:
    table = _table(*(Text(f"{level} accuracy, points") for level in request.levels))
    for name in dict.fromkeys(d.architecture for d in differences):
        cells = [d.interval for d in differences if d.architecture == name]
        table.add_row(
            name, *(f"{100 * c.estimate:+.1f} ({100 * c.low:+.1f} to {100 * c.high:+.1f})" for c in cells)
        )
    return table


def _caution(differences: Sequence[Difference]) -> str:
    num_seeds = min(d.interval.num_seeds for d in differences)
    text = f"Difference from {CONTROL} with its 95 % interval, paired by seed and test image"
    if num_seeds == 1:
        return f"{text}. One seed settles nothing: the interval covers the choice of test images only."
    clear = [d for d in differences if d.interval.excludes_zero]
    verdict = "" if clear else " No detectable difference."
    return f"{text}, {num_seeds} seeds. An interval that holds zero is no detectable difference.{verdict}"


def _costs(rows: Sequence[ArchitectureSummary]) -> Table:
    table = _table("parameters", "MACs", "PFLOP", "train seconds", "peak memory")
    for row in rows:
        cost = row.cost
        table.add_row(
            row.architecture, f"{cost.num_parameters:,}", f"{cost.macs / 1e6:.1f} M",
            f"{cost.train_pflop:.3f}", f"{cost.train_seconds:.0f}", f"{cost.peak_memory_bytes / 1e9:.2f} GB",
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
