"""What a study recommends, or why it recommends nothing, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from taskgraft.statistics import Interval

Place = Literal["recommended", "level", "behind", "undecided", "out"]
Obstacle = Literal["margin", "images", "seeds"]


@dataclass(frozen=True)
class Contender:
    """One variant in the choice, over the seeds that all of them have.

    Attributes:
        variant: Its name.
        decoding: How its logits are turned into paths: the plain way, or one that val shows to be better.
        score: The primary score on test, decoded so; None where no seed is common to all, or it is out.
        loss: What it loses against `rival`: the rival's score less its own.
        rival: Of all others, the one it may lose most to by the upper end of the 95 % interval.
        place: `recommended`; `level`: its loss is within the margin; `behind`: detectably below another, and
            by more than the margin as it stands; `undecided`: neither; `out`: half of its runs failed.
        num_seeds: About how many seeds would show it within the margin, if differences stay as they are.
        obstacle: Why no number of seeds would: it is behind by more than the `margin`; the test `images`
            alone leave more open; more `seeds` than anybody trains are needed. None where some number would.
        floor: Up to how much it may lose with endless seeds on these test images, if differences stay.
        num_failed: Runs of it that failed.
        macs: Multiply-accumulates for one image, of what the decoding reads.
    """

    variant: str
    decoding: str
    score: Interval | None = None
    loss: Interval | None = None
    rival: str | None = None
    place: Place = "undecided"
    num_seeds: int | None = None
    obstacle: Obstacle | None = None
    floor: float | None = None
    num_failed: int = 0
    macs: int = 0


@dataclass(frozen=True)
class Questions:
    """What a study was to decide, in three lists of sentences.

    Attributes:
        decided: What its evidence shows.
        undecided: What it does not, with the number of seeds that would.
        beyond: What no number of seeds of this study would decide.
        command: Decides the first of what is undecided; None where no number of seeds would, or the study was
            made from Python.
    """

    decided: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    command: str | None = None


@dataclass(frozen=True)
class Recommendation:
    """Which variant to take, if the evidence says so.

    Attributes:
        prefer: What it is for: a level's name, `full-path` or `latency`.
        score: The primary score.
        margin: By how much of it a cheaper variant may be worse than the best, as a share.
        variant: The one to take; None where no variant is shown to be within the margin of the best.
        decoding: How to turn the logits of it, or else of the best, into paths.
        best: The variant of the highest score on val; None where no seed is common to all.
        seeds: The seeds that all contenders have.
        contenders: Every variant, in the order of the leaderboard.
        reason: Why it is taken, or none is, in a sentence or two.
        remedy: What would settle what is undecided; empty where nothing is.
        command: The command for that; None where no number of seeds would, or the study was made from Python.
        front: Variants of the Pareto front of score against cost, cheapest first.
        cautions: What has to be read beside it, for it could turn it round; `Verdict.cautions` begin with it.
        questions: What is decided, what is not and what would decide it, and what cannot be decided here.
    """

    prefer: str
    score: str
    margin: float
    variant: str | None
    decoding: str
    best: str | None
    seeds: tuple[int, ...]
    contenders: tuple[Contender, ...]
    reason: str
    remedy: str = ""
    command: str | None = None
    front: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    questions: Questions = Questions()

    @property
    def favoured(self) -> str | None:
        """The one to take or, where none is, the best."""
        return self.variant or self.best
