"""What rules did over many drawn studies, as shares with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.stopping.draws import Trial
from benchmarks.stopping.rules import Ending

Truth = Mapping[str, float]


@dataclass(frozen=True)
class Errors:
    """Whether one study ended wrongly, by what is true.

    Attributes:
        is_far: Its winner is worse than the best by more than the margin.
        is_wrong: It claims something that is not so.
    """

    is_far: bool
    is_wrong: bool


def errors(ending: Ending, truth: Truth, margin: float) -> Errors:
    """Of one study.

    Args:
        ending: What it says.
        truth: The score of each variant.
        margin: As a share.
    """
    least = max(truth.values()) - margin
    wrongly_shown = ending.shown is not None and truth[ending.shown] < least
    wrong_pair = any(truth[better] <= truth[worse] for better, worse in ending.claims)
    return Errors(truth[ending.winner] < least, wrongly_shown or wrong_pair)


@dataclass(frozen=True)
class Row:
    """One rule over many studies.

    Attributes:
        rule: Its name.
        runs: Of each study.
        settled: Whether each says whom to take.
        everywhere: Errors of each by what holds of all images of the pool.
        here: Likewise by what holds of the images that it was drawn.
    """

    rule: str
    runs: tuple[int, ...]
    settled: tuple[bool, ...]
    everywhere: tuple[Errors, ...]
    here: tuple[Errors, ...]

    @property
    def mean_runs(self) -> float:
        """Over the studies."""
        return sum(self.runs) / len(self.runs)

    @property
    def num_far(self) -> int:
        """Studies whose winner is not within the margin of the best over all images."""
        return sum(each.is_far for each in self.everywhere)


def row(rule: str, endings: Sequence[Ending], trials: Sequence[Trial], margin: float) -> Row:
    """One rule, which ended each of the trials.

    Args:
        rule: Its name.
        endings: In the order of the trials.
        trials: The studies.
        margin: As a share.
    """
    pairs = list(zip(endings, trials, strict=True))
    return Row(
        rule,
        tuple(ending.num_runs for ending in endings),
        tuple(ending.shown is not None for ending in endings),
        tuple(errors(ending, trial.everywhere, margin) for ending, trial in pairs),
        tuple(errors(ending, trial.here, margin) for ending, trial in pairs),
    )


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """A table in Markdown; errors are by all images of the pool, then by *these* that a study had."""
    yield "| rule | runs | says whom to take | winner beyond the margin | of these | wrong claim | of these |"
    yield "|---" * 7 + "|"
    for row in rows:
        wrongs = [
            _share([getattr(error, kind) for error in of])
            for kind in ("is_far", "is_wrong")
            for of in (row.everywhere, row.here)
        ]
        yield f"| {row.rule} | {_mean(row.runs)} | {_share(row.settled)} | {' | '.join(wrongs)} |"


def at_equal_error(rivals: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    """For each rule the rival that takes the fewest runs and errs no more in the same studies, as a table.

    To choose so favours the rivals a little: read it in both directions.
    """
    yield "| rule | runs | winner beyond the margin | rival that errs no more | runs | rule less rival |"
    yield "|---" * 6 + "|"
    for row in rows:
        begin = f"| {row.rule} | {row.mean_runs:.1f} | {_share([e.is_far for e in row.everywhere])} |"
        fair = [each for each in rivals if each.num_far <= row.num_far]
        if not fair:
            yield f"{begin} none | | |"
            continue
        best = min(fair, key=lambda each: each.mean_runs)
        saved = _mean([its - theirs for its, theirs in zip(row.runs, best.runs, strict=True)])
        yield f"{begin} {best.rule} | {best.mean_runs:.1f} | {saved} |"


def _mean(values: Sequence[float]) -> str:
    """A mean and its 95 % interval, normal."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1)
    half = 1.96 * math.sqrt(variance / len(values))
    return f"{mean:.1f} ({mean - half:.1f} to {mean + half:.1f})"


def _share(happened: Sequence[bool]) -> str:
    """A share in per cent and its 95 % interval, Wilson's."""
    number, share, z = len(happened), sum(happened) / len(happened), 1.96
    middle, shrink = share + z**2 / (2 * number), 1 + z**2 / number
    half = z * math.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    low, high = max(middle - half, 0) / shrink, (middle + half) / shrink
    return f"{100 * share:.1f} ({100 * low:.1f} to {100 * high:.1f})"
