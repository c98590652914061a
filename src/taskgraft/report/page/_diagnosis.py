"""Why sharing helps or hurts: heat maps of stage and epoch, of what a diagnosis saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from taskgraft.probe import Matrix
from taskgraft.verdict import Diagnosed, Pull, Verdict, count

_MOST_EPOCHS, _NUM_SHADES = 12, 9
# The heat maps of a pair of levels and of a pair of lanes.
_GRADIENTS, _LANES = "Cosine of the gradients", "Likeness of the lanes (CKA)"


@dataclass(frozen=True)
class HeatCell:
    """One number of a heat map.

    Attributes:
        text: As it is printed.
        tone: Name of its colour: h1 to h9 above zero, n1 to n9 below; empty near zero.
        note: Shown on pointing.
    """

    text: str
    tone: str
    note: str = ""


@dataclass(frozen=True)
class HeatMap:
    """Rows and columns of numbers between -1 and 1.

    Attributes:
        caption: What is shown.
        corner: What the rows are.
        columns: Their headings.
        rows: Heading and cells of each.
    """

    caption: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


@dataclass(frozen=True)
class DiagnosisPart:
    """What the page shows of one variant.

    Attributes:
        variant: Its name.
        words: What it comes to, in a sentence.
        maps: Gradients, lanes, what mixers take of them and affinities, as far as there are any.
    """

    variant: str
    words: str
    maps: tuple[HeatMap, ...]


def diagnosis_parts(verdict: Verdict) -> list[DiagnosisPart]:
    """A part for each variant that was diagnosed."""
    return [DiagnosisPart(one.variant, in_words(one), tuple(_maps(one))) for one in verdict.diagnosed]


def in_words(one: Diagnosed) -> str:
    """What the probes of a variant come to.

    Example:
        >>> in_words(Diagnosed("independent", 1, 64, 0.01, ("a", "b"), (1.0,), (), (), (), (), None))
        'No weights are shared, so gradients cannot conflict. 1 seed, 64 images a probe, 1.0 % of training.'
    """
    seeds = count(one.num_seeds, "seed")
    cost = f"{seeds}, {one.num_images} images a probe, {100 * one.seconds_ratio:.1f} % of training."
    if one.conflict_ratio is None:
        return f"No weights are shared, so gradients cannot conflict. {cost}"
    if one.conflict_ratio == 0:
        return f"Gradients of two levels conflicted in no batch. {cost}"
    worst = max(one.cosines, key=_conflict)
    pair = f" of {worst.pair[0]} and {worst.pair[1]}" if len(one.levels) > 2 else ""
    return (
        f"Gradients of two levels conflicted in {100 * one.conflict_ratio:.0f} % of the batches, most often "
        f"those{pair} in stage {worst.stage} ({100 * _conflict(worst):.0f} %). {_fork(one)}{cost}"
    )


def _fork(one: Diagnosed) -> str:
    """Which fork the conflicts suggest, if any."""
    if one.fork is None:
        return ""
    return (
        f"They are more frequent behind stage {one.fork}: forked-{one.fork} would keep what comes there "
        "apart. Whether it helps, a study has to say. "
    )


def _conflict(pull: Pull) -> float:
    """Mean share of the batches in which they conflict."""
    return sum(pull.conflicts) / max(1, len(pull.conflicts))


def _maps(one: Diagnosed) -> Iterable[HeatMap]:
    for title, pulls in ((_GRADIENTS, one.cosines), (_LANES, one.similarities)):
        for pair in dict.fromkeys(pull.pair for pull in pulls):
            yield _over_epochs(f"{title}: {' and '.join(pair)}", one.epochs, pulls, pair)
    for stream in dict.fromkeys(pull.pair[0] for pull in one.shares):
        yield _taken(stream, one)
    if one.affinities is not None:
        yield _affinity_map(one.levels, one.affinities)


def _over_epochs(
    caption: str, epochs: Sequence[float], pulls: Iterable[Pull], pair: tuple[str, str]
) -> HeatMap:
    shown = _spread(len(epochs))
    rows = tuple(
        (str(pull.stage), tuple(_cell(pull, at) for at in shown)) for pull in pulls if pull.pair == pair
    )
    return HeatMap(caption, "stage, at epoch", tuple(f"{epochs[at]:g}" for at in shown), rows)


def _taken(stream: str, one: Diagnosed) -> HeatMap:
    """What a stream takes of each lane, behind each stage that has a mixer."""
    shown = _spread(len(one.epochs))
    rows = tuple(
        (f"{pull.stage}, {pull.pair[1]}", tuple(_cell(pull, at) for at in shown))
        for pull in one.shares
        if pull.pair[0] == stream
    )
    columns = tuple(f"{one.epochs[at]:g}" for at in shown)
    return HeatMap(f"What {stream} takes of each lane", "stage and lane, at epoch", columns, rows)


def _cell(pull: Pull, at: int) -> HeatCell:
    note = f"conflict in {100 * pull.conflicts[at]:.0f} % of the batches" if pull.conflicts else ""
    return HeatCell(f"{pull.values[at]:.2f}", _tone(pull.values[at]), note)


def _affinity_map(levels: Sequence[str], affinities: Matrix) -> HeatMap:
    """Shaded by the largest among them."""
    largest = max((abs(value) for row in affinities for value in row), default=0.0) or 1.0
    rows = tuple(
        (level, tuple(HeatCell(f"{100 * value:+.2f}", _tone(value / largest)) for value in row))
        for level, row in zip(levels, affinities, strict=True)
    )
    return HeatMap(
        "By how many percent a step for one level lowers each loss", "step for", tuple(levels), rows
    )


def _spread(number: int) -> list[int]:
    """Places of all epochs, or of as many as fit, the first and the last among them."""
    if number <= _MOST_EPOCHS:
        return list(range(number))
    return [round(i * (number - 1) / (_MOST_EPOCHS - 1)) for i in range(_MOST_EPOCHS)]


def _tone(value: float) -> str:
    """The colour of a number between -1 and 1."""
    shade = min(_NUM_SHADES, round(abs(value) * _NUM_SHADES))
    return f"{'h' if value > 0 else 'n'}{shade}" if shade else ""
