"""A study that goes on until it is decided: what has left the race, and whether more seeds help."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from taskgraft.statistics import Looks, interval_at, t_quantile
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
from taskgraft.verdict._standings import standings_of
from taskgraft.verdict._wording import count, few


@dataclass(frozen=True)
class Judgement:
    """What a look decides of a study's next seeds.

    Attributes:
        seeds: That all variants in the race have.
        dropped: Those that leave the race at this look.
        is_over: Whether more seeds would change nothing: it is settled, or cannot be settled.
        text: This in words.
    """

    seeds: tuple[int, ...]
    dropped: tuple[str, ...]
    is_over: bool
    text: str


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
    return judged(evidence, aim, standings, Learning.of(evidence))


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
    reach = _pooled_reach(race, evidence.looks, evidence.num_units(race.seeds))
    for name, losses in race.losses.items():
        for loss in losses if name != taken else ():
            surely = loss.interval.estimate - reach(loss)
            if surely > margin or (surely > 0 and not costs.is_cheaper(name, loss.rival)):
                yield name
                break


def _pooled_reach(race: Race, looks: Looks | None, num_units: int) -> Callable[[Loss], float]:
    """How far a loss may be from its estimate, at 5 % over all rivals and all looks that are planned."""
    num_seeds, num_variants = len(race.seeds), max(len(race.losses), 2)
    between = fmean([loss.parts.between for losses in race.losses.values() for loss in losses] or [0.0])
    num_looks = max((looks.planned if looks and looks.planned else num_seeds) - 1, 1)
    share = 1 - 0.025 / (num_looks * (num_variants - 1))
    quantile = t_quantile(share, (num_variants - 1) * (num_units - 1))
    return lambda loss: quantile * math.sqrt(between / num_units + loss.parts.common)


def _may_be_shown(race: Race, name: str, aim: Aim, evidence: Evidence) -> bool:
    """Whether all that is planned may yet show a variant to be within the margin of all others."""
    losses = race.losses[name]
    return all(_may_end_below(loss, len(race.seeds), aim.margin, evidence) for loss in losses)


def _may_end_below(loss: Loss, num_seeds: int, margin: float, evidence: Evidence) -> bool:
    """Whether the last look's upper end may lie below the margin, if the difference turns out smaller.

    By half a standard error of the difference between now and then: seven in ten do not go further.
    """
    looks = evidence.looks
    if looks is None or looks.planned is None or looks.planned <= num_seeds:
        return False
    between, common = loss.parts.between, loss.parts.common
    most = evidence.study.record.request.resplits or looks.planned
    now, then = min(num_seeds, most), min(looks.planned, most)
    step = between * (1 / now - 1 / then)
    hoped = loss.interval.estimate - step**0.5 / 2
    looked = looks.looked_at(num_seeds)
    last = interval_at(hoped, (between, common), looks.planned, looks=looked, num_units=then)
    return last.high < margin
