"""Why a variant is recommended, or none is: in sentences made from the race."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from taskgraft.study import LATENCY
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._evidence import PLAIN
from taskgraft.verdict._race import Race
from taskgraft.verdict._recommendation import Contender
from taskgraft.verdict._records import Standing
from taskgraft.verdict._wording import DECODED, count, few, in_points, magnitude, named


@dataclass(frozen=True)
class Choice:
    """What has been chosen, of what, and what stays open.

    Attributes:
        aim: The primary score and the margin.
        race: All variants at that score.
        contenders: Those of the race, with the one that is taken marked.
        standings: The leaderboard, by variant.
        taken: The recommended variant; None where none is.
        open: Those cheaper than it or, where none is taken, all.
        is_too_early: Whether runs have hardly begun to learn, so that nothing is to be taken.
    """

    aim: Aim
    race: Race
    contenders: tuple[Contender, ...]
    standings: Mapping[str, Standing]
    taken: str | None
    open: tuple[Contender, ...]
    is_too_early: bool = False

    def contender(self, name: str) -> Contender:
        """The one of a name."""
        return next(one for one in self.contenders if one.variant == name)


def reason_of(choice: Choice) -> str:
    """Why one is taken, or none."""
    if choice.taken is not None:
        return _of_taken(choice, choice.contender(choice.taken))
    if choice.race.best is None:
        return "No seed is finished for all of them, and on different seeds nothing is compared fairly."
    if choice.is_too_early:
        return (
            "Its runs have hardly begun to learn: differences of now say little of those that longer "
            "training would leave."
        )
    best = choice.contender(choice.race.best)
    label, num_seeds = named(choice.aim.score), len(choice.race.seeds)
    on_val = f"On val {best.variant} is the best: {_scored(best, choice)}"
    if num_seeds == 1:
        which = "One seed" if _has_one_seed(choice) else "The one seed that all have"
        return f"{which} shows nothing of how much scores vary from seed to seed. {on_val}."
    return (
        f"None is shown to be within {in_points(choice.aim.margin)} of the best in {label} with "
        f"{count(num_seeds, 'seed')}. {on_val}, which may lose {_at_most(best)}."
    )


def _has_one_seed(choice: Choice) -> bool:
    return all(len(standing.seeds) == 1 for standing in choice.standings.values())


def _of_taken(choice: Choice, taken: Contender) -> str:
    margin, num_seeds = in_points(choice.aim.margin), len(choice.race.seeds)
    shown = f"95 % interval, {count(num_seeds, 'seed')}"
    return (
        f"Its {named(choice.aim.score)}, {_scored(taken, choice)}, is within {margin} of the best: it loses "
        f"{_at_most(taken)} ({shown}){_against_best(choice, taken)}.{_cheaper(choice)}{_speed(choice, taken)}"
        f"{_failures(taken, choice)}"
    )


def _scored(one: Contender, choice: Choice) -> str:
    """A score, and how it is decoded."""
    how = DECODED[one.decoding] + ("" if one.decoding == PLAIN else ", which val shows to be better")
    value = (
        one.score.estimate if one.score else choice.standings[one.variant].scores[choice.aim.score].estimate
    )
    return f"{100 * value:.1f} % on test ({how})"


def _at_most(one: Contender) -> str:
    if one.loss is None:
        return "nothing"
    if one.loss.high <= 0:
        return f"nothing, but leads every other by {magnitude(one.loss.high)} points or more"
    return f"at most {magnitude(one.loss.high)} points, to {one.rival}"


def _against_best(choice: Choice, taken: Contender) -> str:
    best = choice.race.best
    if best is None or best == taken.variant:
        return "; on val it is the best"
    ratio = taken.macs / choice.contender(best).macs
    return f", at {ratio:.2f} times the MACs of {best}, the best on val"


def _cheaper(choice: Choice) -> str:
    """What is to be said of those that cost less than the one that is taken."""
    other = "faster" if choice.aim.prefer == LATENCY else "cheaper"
    cheaper = [one for one in choice.open if one.place != "out"]
    if not cheaper:
        return f" None is {other}."
    undecided = [one.variant for one in cheaper if one.place == "undecided"]
    if not undecided:
        which = (
            f"Every {other} one is" if len(cheaper) > 1 else f"The only {other} one, {cheaper[0].variant}, is"
        )
        return f" {which} detectably below another, by more than the margin."
    return f" Of those that are {other}, {few(undecided)} {'is' if len(undecided) == 1 else 'are'} undecided."


def _speed(choice: Choice, taken: Contender) -> str:
    cost = choice.standings[taken.variant].inference
    if choice.aim.prefer != LATENCY or cost is None:
        return ""
    best = choice.standings[choice.race.best or taken.variant]
    text = f" One image takes {cost.latency_p50_milliseconds:.2f} ms"
    if best.variant == taken.variant or best.inference is None:
        return f"{text}."
    return f"{text}, against {best.inference.latency_p50_milliseconds:.2f} ms."


def _failures(one: Contender, choice: Choice) -> str:
    if not one.num_failed:
        return ""
    total = one.num_failed + len(choice.standings[one.variant].seeds)
    return f" {one.num_failed} of its {total} runs failed."
