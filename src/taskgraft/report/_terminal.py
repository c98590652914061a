"""A verdict as plain text: sentences first, then leaderboard, costs and what to be careful about."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from taskgraft.legible import one_line
from taskgraft.report._facts import recipes_in_words
from taskgraft.report._score_text import has_many_levels
from taskgraft.report._units import pflop, seconds
from taskgraft.scores import about
from taskgraft.statistics import Interval
from taskgraft.study import Request, Study
from taskgraft.verdict import MINUS, Standing, Verdict, count

_WIDTH = 80
_LONGEST_NAME = 24
_COST_LEGEND = (
    "Of one network: parameters and MACs for an image, in millions, median ms for one image, images/s in "
    "batches. Of one run: PFLOP and seconds of training, GB of memory at most."
)


def verdict_text(study: Study, verdict: Verdict) -> str:
    """What a study concludes, in 80 columns."""
    text = io.StringIO()
    console = Console(file=text, width=_WIDTH, color_system=None, highlight=False)
    console.print(_line(_title(study.record.request)))
    console.print()
    console.print(_line(verdict.headline))
    _say(console, verdict.sentences)
    if verdict.recommendation:
        chosen = verdict.recommendation
        console.print()
        console.print(_line(f"For {chosen.prefer}, take {chosen.variant}. {chosen.reason}"))
    console.print()
    for table in _leaderboard(verdict):
        console.print(table)
        console.print()
    console.print(_line(_legend(study.record.request, verdict)))
    console.print()
    console.print(_costs(verdict.standings))
    console.print(Text(_COST_LEGEND))
    if verdict.cautions:
        console.print(Text("\nTo be careful about"))
        _say(console, verdict.cautions)
    return "\n".join(line.rstrip() for line in text.getvalue().split("\n")).rstrip("\n")


def _line(words: str) -> Text:
    """Words as they are, with no markup; names in them come from anywhere, and begin no line."""
    return Text(one_line(words))


def _say(console: Console, sentences: Sequence[str]) -> None:
    for sentence in sentences:
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_row(Text("-"), _line(sentence))
        console.print(Padding(table, (0, 0, 0, 1)))


def _title(request: Request) -> str:
    data = request.data
    images = ", ".join(f"{number:,} {split}" for split, number in data.num_images.items())
    return (
        f"{data.source} ({data.split}), recipe {recipes_in_words(request)}, "
        f"{count(len(request.seeds), 'seed')}; {images} images"
    )


def _leaderboard(verdict: Verdict) -> list[Table]:
    """Accuracy of each level and the scores across levels, in as few tables as 80 columns allow.

    Of many levels the accuracies only: what goes from level to level stands in the report.
    """
    between = () if has_many_levels(verdict.score_names) else ("consistency.", "summed_accuracy.")
    kinds = ("accuracy.", "full_path_accuracy", *between)
    groups: list[list[str]] = [[]]
    for kind in kinds:
        for name in verdict.score_names:
            if name.startswith(kind):
                if groups[-1] and not _fits(_scores(verdict.standings, [*groups[-1], name])):
                    groups.append([])
                groups[-1].append(name)
    return [_scores(verdict.standings, group) for group in groups]


def _fits(table: Table) -> bool:
    # Measured on a wide console: no table is said to be wider than the console it is for.
    return Console(width=10 * _WIDTH).measure(table).maximum <= _WIDTH


def _scores(standings: Sequence[Standing], names: Sequence[str]) -> Table:
    table = _table(*(about(name).label for name in names))
    for standing in standings:
        table.add_row(_line(standing.variant), *(_percent(standing.scores[name]) for name in names))
    return table


def _legend(request: Request, verdict: Verdict) -> str:
    covers = "seeds and test images" if len(request.seeds) > 1 else "test images (one seed)"
    text = f"Test split, per cent, ± half of the 95 % interval over {covers}."
    levels = request.levels
    has_consistency = any(name.startswith("consistency.") for name in verdict.score_names)
    if has_consistency and has_many_levels(verdict.score_names):
        text += " Consistency and the free baseline of each level stand in the report."
    elif has_consistency:
        text += (
            f" '{levels[1]} in {levels[0]}': consistency, the predicted {levels[1]} class lies under the "
            f"predicted {levels[0]} class. 'summed {levels[0]} accuracy': the free baseline, its "
            f"probabilities summed from the {levels[-1]} ones."
        )
    gains = [s for s in verdict.standings if s.gain is not None]
    if gains:
        listed = ", ".join(f"{s.variant} {_signed_percent(s.gain)}" for s in gains if s.gain)
        text += f" Mean relative gain over {verdict.control} (delta-m, per cent): {listed}."
    return text


def _costs(standings: Sequence[Standing]) -> Table:
    table = _table("params", "MACs", "PFLOP", "train", "GB", "ms", "images/s")
    for standing in standings:
        cost, own = standing.cost, standing.inference
        table.add_row(
            _line(standing.variant),
            f"{cost.num_parameters / 1e6:.2f}",
            f"{cost.macs / 1e6:.1f}",
            pflop(cost.train_pflop),
            seconds(cost.train_seconds),
            f"{cost.peak_memory_bytes / 1e9:.2f}",
            f"{own.latency_p50_milliseconds:.2f}" if own else "-",
            f"{own.images_per_second:,.0f}" if own else "-",
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("architecture", overflow="fold", min_width=21, max_width=_LONGEST_NAME)
    for column in columns:
        table.add_column(_line(column), justify="right")
    return table


def _percent(interval: Interval) -> str:
    return f"{100 * interval.estimate:.1f} ±{50 * (interval.high - interval.low):.1f}"


def _signed_percent(interval: Interval) -> str:
    text = f"{100 * interval.estimate:+.1f} ({100 * interval.low:+.1f} to {100 * interval.high:+.1f})"
    return text.replace("-", MINUS)
