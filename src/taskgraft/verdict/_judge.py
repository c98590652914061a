"""A study that goes on until it is decided: what has left the race, and whether more seeds help."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Self

from taskgraft.statistics import interval_at, t_quantile
from taskgraft.study import Study
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._design import Design
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._gather import gather
from taskgraft.verdict._learning import Learning
from taskgraft.verdict._losses import Loss
from taskgraft.verdict._race import Race
from taskgraft.verdict._recommend import Costs, raced
from taskgraft.verdict._records import Standing
from taskgraft.verdict._sight import typical_variances
from taskgraft.verdict._standings import standings_of
from taskgraft.verdict._wording import count, few

# How often one may leave that is behind by just the margin, over all rivals and looks. Whatever would change
# the winner has to be misjudged by more.
_ERROR = 0.2
# What has a smaller chance than this to be shown is given up.
_CHANCE = 0.1


@dataclass(frozen=True)
class Judgement:
    """What a look decides of a study's next seeds.

    Attributes:
        seeds: That all variants in the race have.
        dropped: Those that leave the race at this look.
        is_over: Whether more seeds would change nothing: it is settled, or cannot be settled.
        text: This in words.
        variances: Of a typical pair's difference in the primary score, as `keep_look` takes them.
    """

    seeds: tuple[int, ...]
    dropped: tuple[str, ...]
    is_over: bool
    text: str
    variances: tuple[float, float, float] | None = None


def judge(study: Study) -> Judgement:
    """Looks at a study between two of its seeds.

    Raises:
        StudyError: As `conclude` does.
    """
    evidence = gather(study)
    aim = Aim.of(evidence)
    evidence = replace(evidence, primary=aim.score)
    design = Design.of(study.record.request.variants, evidence.names)
    standings = standings_of(evidence, design.control, aim.score)
    variances = typical_variances(evidence, aim)
    judgement = judged(evidence, aim, standings, Learning.of(evidence))
    return replace(judgement, variances=variances.numbers if variances else None)


def judged(
    evidence: Evidence, aim: Aim, standings: Sequence[Standing], learning: Learning | None = None
) -> Judgement:
    """The same of evidence that has been gathered.

    Whoever leaves is out before it is looked at what is open: so a look that was cut off behind its first
    half ends as it would have. Where runs have hardly begun to learn nothing is recommended, and more seeds
    of as few steps would not change that.
    """
    learning = learning or Learning()
    race, costs, taken = raced(evidence, aim, standings)
    if evidence.num_units(race.seeds) < 2:
        what = "seed" if len(race.seeds) < 2 else "partition"
        return Judgement(race.seeds, (), False, f"One {what} decides nothing.")
    gone = _decided(evidence, race.seeds)
    if gone is None and learning.is_too_early:
        gone = ()
    if gone is None:
        gone = tuple(_out_of_the_race(race, costs, taken, aim.margin, evidence))
        race, costs, taken = raced(replace(evidence, leaving=gone), aim, standings)
    at = f"After {count(len(race.seeds), 'seed')}"
    if learning.is_too_early_for(taken, race.seeds):
        text = f"{at} it is over: runs have hardly begun to learn, and take longer training, not more seeds."
        return Judgement(race.seeds, gone, True, text)
    rivals = [name for name in race.on_val if taken is None or costs.is_cheaper(name, taken)]
    hopeful = [name for name in rivals if name != taken and _may_be_shown(race, name, aim, evidence)]
    out = f" {few(gone)} {'leaves' if len(gone) == 1 else 'leave'} the race." if gone else ""
    if hopeful:
        return Judgement(race.seeds, gone, False, f"{at} it is open whether to take {few(hopeful)}.{out}")
    outcome = f"take {taken}" if taken else "no variant can be shown to be within the margin"
    return Judgement(race.seeds, gone, True, f"{at} it is decided: {outcome}.{out}")


def _decided(evidence: Evidence, seeds: tuple[int, ...]) -> tuple[str, ...] | None:
    """Who left at this look, where that was decided before the study was cut off."""
    looks = evidence.study.record.looks
    return next((look.dropped for look in looks if set(look.seeds) == set(seeds)), None)


def _out_of_the_race(
    race: Race, costs: Costs, taken: str | None, margin: float, evidence: Evidence
) -> Iterator[str]:
    """Those that can neither be taken any more nor be the best that others are measured by.

    One is behind another by more than the margin, or behind one that costs no more. That is no claim of the
    verdict, only a reason not to train it on: seeds are taken to vary as much in all pairs, which tells after
    three of them what one pair alone tells after five.
    """
    reach = _reach(race, evidence)
    for name, losses in race.losses.items():
        for loss in losses if name != taken else ():
            surely = loss.interval.estimate - reach(loss)
            if surely > margin or (surely > 0 and not costs.is_cheaper(name, loss.rival)):
                yield name
                break


@dataclass(frozen=True)
class _Spread:
    """How much differences vary between seeds, taken to be alike in all pairs.

    Attributes:
        between: The variance.
        num_free: Its degrees of freedom.
    """

    between: float
    num_free: int

    @classmethod
    def of(cls, race: Race, evidence: Evidence) -> Self:
        """That of all pairs of a race."""
        variances = [loss.parts.between for losses in race.losses.values() for loss in losses]
        num_others = max(len(race.losses) - 1, 1)
        return cls(fmean(variances or [0.0]), num_others * (evidence.num_units(race.seeds) - 1))


def _reach(race: Race, evidence: Evidence) -> Callable[[Loss], float]:
    """How far a loss may be below its estimate, over all rivals and all looks that are planned."""
    spread, looks, num_units = _Spread.of(race, evidence), evidence.looks, evidence.num_units(race.seeds)
    num_looks = max((looks.planned if looks and looks.planned else len(race.seeds)) - 1, 1)
    share = 1 - _ERROR / (num_looks * max(len(race.losses) - 1, 1))
    quantile = t_quantile(share, spread.num_free)
    return lambda loss: quantile * math.sqrt(spread.between / num_units + loss.parts.common)


def _may_be_shown(race: Race, name: str, aim: Aim, evidence: Evidence) -> bool:
    """Whether all that is planned may yet show a variant to be within the margin of all others."""
    spread = _Spread.of(race, evidence)
    return all(
        _may_end_below(loss, spread, len(race.seeds), aim.margin, evidence) for loss in race.losses[name]
    )


def _may_end_below(loss: Loss, spread: _Spread, num_seeds: int, margin: float, evidence: Evidence) -> bool:
    """Whether the last look's upper end has a chance to lie below the margin.

    The difference may turn out smaller by what one in ten would go beyond, between now and then, of a mean
    whose variance is as uncertain as that of few seeds is (predictive power: Spiegelhalter, Freedman and
    Blackburn, 1986). The interval may be as narrow as the steadier of this pair and of all.
    """
    looks = evidence.looks
    if looks is None or looks.planned is None or looks.planned <= num_seeds:
        return False
    most = evidence.study.record.request.resplits or looks.planned
    now, then = min(num_seeds, most), min(looks.planned, most)
    step = math.sqrt(spread.between * (1 / now - 1 / then))
    hoped = loss.interval.estimate - t_quantile(1 - _CHANCE, spread.num_free) * step
    variances = min(loss.parts.between, spread.between), loss.parts.common
    last = interval_at(hoped, variances, looks.planned, looks=looks.looked_at(num_seeds), num_units=then)
    return last.high < margin
