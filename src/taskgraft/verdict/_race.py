"""Every variant against every other at the primary score: which are within the margin of the best."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from taskgraft.verdict._aim import Aim
from taskgraft.verdict._decodings import favoured_on_val, score_on_val
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import has_left, running
from taskgraft.verdict._losses import Loss, Scored
from taskgraft.verdict._recommendation import Contender, Obstacle, Place


@dataclass(frozen=True)
class Race:
    """All variants at the primary score.

    The loss of a variant against the best is the largest of its losses against all others, and the upper end
    of its interval the largest of theirs. That holds whichever is truly the best: none has to be chosen as
    the best beforehand, and no luck of such a choice to be taken off.

    Attributes:
        contenders: In the order of the leaderboard.
        seeds: That all have which are not out.
        on_val: What those score on val, decoded as they are; on test where val has no label for the score.
        losses: Of each of them against all others.
    """

    contenders: tuple[Contender, ...]
    seeds: tuple[int, ...]
    on_val: dict[str, float]
    losses: dict[str, list[Loss]]

    @classmethod
    def of(cls, evidence: Evidence, aim: Aim) -> Self:
        """The race that a study's runs have run."""
        failed = Counter(failure.variant for failure in evidence.study.failures)
        # One whose every second run fails, or that has left the race, takes no seeds from the others.
        held = running(evidence)
        left = [name for name in evidence.names if has_left(evidence, name)]
        seeds = evidence.seeds(*held) if held else ()
        decodings = {name: favoured_on_val(evidence, name, aim.score) for name in evidence.names}
        scored = Scored(evidence, aim.score, seeds, decodings)
        losses = scored.losses(held, aim.margin) if seeds else {}
        contenders = []
        for name in evidence.names:
            one = Contender(name, decodings[name], num_failed=failed[name])
            if name in left:
                one = _left(one, replace(scored, seeds=evidence.seeds(name, *held)), held, aim.margin)
            elif name not in held:
                one = replace(one, place="out")
            elif left and len(held) == 1:
                # All others have left the race.
                one = replace(one, score=scored.of(name), place="level")
            elif seeds:
                one = _placed(replace(one, score=scored.of(name)), losses[name], aim.margin)
            contenders.append(one)
        on_val = _on_val(evidence, scored, held) if seeds else {}
        return cls(tuple(contenders), seeds, on_val, losses)

    @property
    def best(self) -> str | None:
        """The one that scores highest on val; None where no seed is common to all."""
        return max(self.on_val, key=lambda name: self.on_val[name], default=None)


def _on_val(evidence: Evidence, scored: Scored, names: Sequence[str]) -> dict[str, float]:
    scores = {
        name: score_on_val(evidence, name, scored.seeds, scored.score, scored.decodings[name])
        for name in names
    }
    if any(math.isnan(value) for value in scores.values()):
        return {name: scored.of(name).estimate for name in names}
    return scores


def _left(contender: Contender, scored: Scored, running: Sequence[str], margin: float) -> Contender:
    """One that has left the race, by the seeds that it has: it stays behind, and nothing would settle it."""
    if not scored.seeds:
        return replace(contender, place="behind")
    losses = scored.losses([contender.variant, *running], margin)[contender.variant]
    one = _placed(replace(contender, score=scored.of(contender.variant)), losses, margin)
    return replace(one, place="behind", num_seeds=None, obstacle="margin")


def _placed(contender: Contender, losses: Sequence[Loss], margin: float) -> Contender:
    """A contender with its largest loss, its place and what would decide it."""
    if not losses:
        return contender
    largest = max(losses, key=lambda loss: loss.interval.high)
    contender = replace(contender, loss=largest.interval, rival=largest.rival)
    if largest.interval.num_seeds > 1 and largest.interval.high < margin:
        return replace(contender, place="level")
    place: Place = "undecided"
    if any(loss.is_detected and loss.interval.estimate >= margin for loss in losses):
        place = "behind"
    numbers = [loss.outlook.num_seeds for loss in losses]
    floor = max(loss.outlook.floor for loss in losses)
    if None not in numbers:
        return replace(contender, place=place, num_seeds=max(n for n in numbers if n), floor=floor)
    return replace(contender, place=place, obstacle=_obstacle(losses, floor, margin), floor=floor)


def _obstacle(losses: Sequence[Loss], floor: float, margin: float) -> Obstacle:
    if losses[0].interval.num_seeds > 1 and max(loss.interval.estimate for loss in losses) >= margin:
        return "margin"
    return "images" if floor >= margin else "seeds"
