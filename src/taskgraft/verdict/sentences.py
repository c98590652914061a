"""What a study found, in sentences made from its numbers; none goes further than its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from taskgraft.architecture.catalogue import CONTROL, NAMES, factors
from taskgraft.model.twin import parse_twin
from taskgraft.statistics.interval import Interval
from taskgraft.verdict.evidence import Evidence, Values
from taskgraft.verdict.records import Comparison, Effect, FlowUse, Standing, is_significant
from taskgraft.verdict.sample import FloatArray
from taskgraft.verdict.wording import changes, count, magnitude, named, points, span

JOINT = "joint"


def headline(
    standings: Sequence[Standing], comparisons: Sequence[Comparison], effects: Sequence[Effect]
) -> str:
    """The one sentence to remember: which architectures can be told from the control at all."""
    names = [standing.architecture for standing in standings]
    own = [c for c in comparisons if c.second == CONTROL and _is_main(c.score)]
    if not own:
        if names == [CONTROL]:
            return f"Only {CONTROL}, the control, has finished runs: there is nothing to compare it with."
        return (
            f"Nothing here can be compared with the control, {CONTROL}: scores are shown without differences."
        )
    if max(c.interval.num_seeds for c in own) == 1:
        return (
            "A single seed settles nothing. The intervals below cover the choice of test images only: "
            "another seed may turn any of these differences round."
        )
    compared = list(dict.fromkeys(c.first for c in own))
    told = [name for name in compared if any(c.is_detected for c in own if c.first == name)]
    if told:
        return (
            f"Detectably different from {CONTROL}, the control, in the accuracy of one level or of the full "
            f"path: {', '.join(told)} ({len(told)} of {len(compared)})."
        )
    # All six together can show what no pair of them does.
    seen = list(dict.fromkeys(e.name for e in effects if e.is_detected and _is_main(e.score)))
    if seen:
        return (
            f"No single architecture can be told from {CONTROL} in accuracy, but all six together show an "
            f"effect: {', '.join(seen)}."
        )
    return f"No detectable difference: no architecture can be told from {CONTROL} in accuracy."


Found = tuple[Sequence[Comparison], Sequence[Effect]]


def sentences(
    evidence: Evidence, standings: Sequence[Standing], plain: Found, decoded: Found,
    flows: Sequence[FlowUse],
) -> tuple[str, ...]:  # fmt: skip
    """Everything else that can be said, each sentence fit to be quoted by itself.

    Args:
        evidence: The runs.
        standings: The leaderboard.
        plain: Pairs and effects under the plain decoding.
        decoded: The same under the other decodings.
        flows: What interventions on flows did.
    """
    comparisons, effects = plain
    return (
        *_of_sharing(standings, effects),
        *_of_flow_effects(effects),
        *_of_differences(comparisons, effects),
        *_of_twins(evidence, comparisons),
        *_of_joint_decoding(*decoded),
        *_of_flow_use(flows),
        *_of_baseline(evidence),
    )


def _is_main(score: str) -> bool:
    return score.startswith("accuracy.") or score == "full_path_accuracy"


def _main(effects: Sequence[Effect], name: str) -> list[Effect]:
    return [e for e in effects if e.name == name and _is_main(e.score)]


def _of_sharing(standings: Sequence[Standing], effects: Sequence[Effect]) -> Iterator[str]:
    macs = {s.architecture: s.cost.macs for s in standings}
    own = _main(effects, "sharing")
    if not own:
        return
    shared, separate = (
        sum(macs[name] for name in NAMES if factors(name)[0] == trunk) for trunk in ("shared", "separate")
    )
    yield changes("Sharing the trunk", _told(own), f", at {shared / separate:.2f} times the MACs")


def _told(found: Sequence[Effect | Comparison]) -> list[tuple[str, Interval, bool]]:
    return [(named(one.score), one.interval, one.is_detected) for one in found]


def _of_flow_effects(effects: Sequence[Effect]) -> Iterator[str]:
    names = [n for n in dict.fromkeys(e.name for e in effects) if n != "sharing" and " x " not in n]
    for name in names:
        yield changes(f"{name.capitalize()} flow", _told(_main(effects, name)))
    joint = [e for e in effects if " x " in e.name and _is_main(e.score)]
    detected = [e for e in joint if e.is_detected]
    for effect in detected:
        flow = effect.name.partition(" x ")[2]
        more = "more" if effect.interval.estimate > 0 else "less"
        yield (
            f"{flow.capitalize()} flow was worth {magnitude(effect.interval.estimate)} points {more} of "
            f"{named(effect.score)} on a shared trunk than on separate ones "
            f"(95 % interval {span(effect.interval.low, effect.interval.high)}; "
            f"{count(effect.interval.num_seeds, 'seed')})."
        )
    if joint and not detected:
        yield "No interaction of sharing with flow was detected in accuracy."


def _of_differences(comparisons: Sequence[Comparison], effects: Sequence[Effect]) -> Iterator[str]:
    """Differences from the control one by one, where there is no factorial to sum them up."""
    if effects:
        return
    own = [
        c for c in comparisons if c.second == CONTROL and _is_main(c.score) and parse_twin(c.first) is None
    ]
    for name in dict.fromkeys(c.first for c in own):
        yield changes(f"Taking {name} in place of {CONTROL}", _told([c for c in own if c.first == name]))


def _of_twins(evidence: Evidence, comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Sharing at equal cost: each twin against the architecture whose cost it has."""
    for architecture in evidence.study.record.request.architectures:
        name = architecture.name
        parsed = parse_twin(name)
        if parsed is None:
            continue
        base, reference, measure = parsed
        own = [
            c if c.first == name else replace(c, interval=_turned(c.interval))
            for c in comparisons
            if {c.first, c.second} == {name, reference} and _is_main(c.score)
        ]
        if own:
            unit = "MACs" if measure == "macs" else "parameters"
            how = "widened" if architecture.width_ratio > 1 else "narrowed"
            yield changes(f"At equal cost, {base} {how} to the {unit} of {reference}", _told(own))


def _of_joint_decoding(comparisons: Sequence[Comparison], effects: Sequence[Effect]) -> Iterator[str]:
    """What remains of sharing when a path is decided from all levels together."""
    subject = "Decoded jointly (the path of the largest product of its levels' probabilities), "
    own = [e for e in effects if e.decoding == JOINT and e.name == "sharing"]
    if own:
        yield changes(f"{subject}sharing the trunk", _told(own))
    rest = [c for c in comparisons if c.decoding == JOINT and c.second == CONTROL] if not effects else []
    for name in dict.fromkeys(c.first for c in rest):
        found = _told([c for c in rest if c.first == name])
        yield changes(f"{subject}{name} in place of {CONTROL}", found)


def _turned(interval: Interval) -> Interval:
    """The same difference, taken the other way round."""
    return replace(interval, estimate=-interval.estimate, low=-interval.high, high=-interval.low)


def _of_flow_use(flows: Sequence[FlowUse]) -> Iterator[str]:
    """Which flows are used: those of the recipe's own widths; twins stand in the table of flows."""
    own = [flow for flow in flows if parse_twin(flow.architecture) is None]
    said = {
        "used": "Flows that are used, by what shuffling them between images changes",
        "unused": "Flows that are unused, for shuffling them between images changes next to nothing",
        "undecided": "Flows whose use is undecided, by what shuffling them between images changes",
    }
    for use, subject in said.items():
        found = [flow for flow in own if flow.use == use]
        if found:
            yield f"{subject}: {_shuffled(found)}."


def _shuffled(flows: Sequence[FlowUse]) -> str:
    return "; ".join(
        f"{flow.source} into {flow.target} in {flow.architecture} ({points(change.estimate)} points of "
        f"{named(f'accuracy.{flow.target}')}, 95 % interval {span(change.low, change.high)})"
        for flow in flows
        for change in [flow.changes["shuffled"]]
    )


def _of_baseline(evidence: Evidence) -> Iterator[str]:
    """The free baseline: the coarser level as summed from the finest against its own branch."""
    levels = evidence.study.taxonomy.level_names
    name = CONTROL if CONTROL in evidence.names else evidence.names[0]
    found = []
    for level in levels[:-1]:
        interval = _summed_less_own(evidence, name, level)
        found.append((named(f"accuracy.{level}"), interval, is_significant(interval.p)))
    if found:
        yield changes(
            f"The free baseline (classes summed from the {levels[-1]} probabilities of {name} instead of "
            "branches of their own)", found,
        )  # fmt: skip


def _summed_less_own(evidence: Evidence, name: str, level: str) -> Interval:
    def difference(of: Values) -> FloatArray:
        return of(name, f"summed_accuracy.{level}") - of(name, f"accuracy.{level}")

    return evidence.derived((name,), difference)
