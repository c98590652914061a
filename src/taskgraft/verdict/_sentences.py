"""What a study found, in sentences made from its numbers; none goes further than its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taskgraft.architecture import CONTROL, NAMES, factors
from taskgraft.network import parse_twin
from taskgraft.statistics import Interval
from taskgraft.verdict._evidence import Evidence, Values
from taskgraft.verdict._forks import is_fork, of_forks
from taskgraft.verdict._pairs import in_place_of, is_main, told
from taskgraft.verdict._records import Comparison, Effect, FlowUse, Standing, is_significant
from taskgraft.verdict._sample import FloatArray
from taskgraft.verdict._wording import changes, count, magnitude, named, points, span

JOINT = "joint"
# More flows than these are not named one by one.
_MOST_FLOWS = 8


def headline(
    standings: Sequence[Standing], comparisons: Sequence[Comparison], effects: Sequence[Effect]
) -> str:
    """The one sentence to remember: which architectures can be told from the control at all."""
    names = [standing.variant for standing in standings]
    own = [c for c in comparisons if c.second == CONTROL and is_main(c.score)]
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
    seen = list(dict.fromkeys(e.name for e in effects if e.is_detected and is_main(e.score)))
    if seen:
        return (
            f"No single architecture can be told from {CONTROL} in accuracy, but all six together show an "
            f"effect: {', '.join(seen)}."
        )
    return f"No detectable difference: no architecture can be told from {CONTROL} in accuracy."


Found = tuple[Sequence[Comparison], Sequence[Effect]]


def sentences(
    evidence: Evidence,
    standings: Sequence[Standing],
    plain: Found,
    decoded: Found,
    flows: Sequence[FlowUse],
) -> tuple[str, ...]:
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
        *_of_differences(comparisons, effects, evidence.names),
        *of_forks(evidence, comparisons),
        *_of_twins(evidence, comparisons),
        *_of_joint_decoding(*decoded),
        *_of_flow_use(flows),
        *_of_baseline(evidence),
    )


def _main(effects: Sequence[Effect], name: str) -> list[Effect]:
    return [e for e in effects if e.name == name and is_main(e.score)]


def _of_sharing(standings: Sequence[Standing], effects: Sequence[Effect]) -> Iterator[str]:
    macs = {s.variant: s.cost.macs for s in standings}
    own = _main(effects, "sharing")
    if not own:
        return
    shared, separate = (
        sum(macs[name] for name in NAMES if factors(name)[0] == trunk) for trunk in ("shared", "separate")
    )
    yield changes("Sharing the trunk", told(own), f", at {shared / separate:.2f} times the MACs")


def _of_flow_effects(effects: Sequence[Effect]) -> Iterator[str]:
    names = [n for n in dict.fromkeys(e.name for e in effects) if n != "sharing" and " x " not in n]
    for name in names:
        yield changes(f"{name.capitalize()} flow", told(_main(effects, name)))
    joint = [e for e in effects if " x " in e.name and is_main(e.score)]
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


def _of_differences(
    comparisons: Sequence[Comparison], effects: Sequence[Effect], names: Sequence[str]
) -> Iterator[str]:
    """Differences from the control one by one, of those that no factorial and no sweep of forks sums up.

    Without the control, from the first architecture there is.
    """
    reference = CONTROL if CONTROL in names else names[0]
    for name in names:
        own = in_place_of(comparisons, name, reference)
        if own and _is_alone(name, effects):
            yield changes(f"Taking {name} in place of {reference}", told(own))


def _is_alone(name: str, effects: Sequence[Effect]) -> bool:
    """Whether nothing but its own differences tells of an architecture."""
    return parse_twin(name) is None and not is_fork(name) and not (effects and name in NAMES)


def _of_twins(evidence: Evidence, comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Sharing at equal cost: each twin against the architecture whose cost it has."""
    for variant in evidence.study.record.request.variants:
        name, architecture = variant.name, variant.architecture
        parsed = parse_twin(architecture.name)
        if parsed is None:
            continue
        # What is varied stands behind the name of the architecture, and in those of all that have it.
        varied = name.removeprefix(architecture.name)
        base, reference, measure = f"{parsed[0]}{varied}", f"{parsed[1]}{varied}", parsed[2]
        own = in_place_of(comparisons, name, reference)
        if own:
            unit = "MACs" if measure == "macs" else "parameters"
            how = "widened" if architecture.width_ratio > 1 else "narrowed"
            yield changes(f"At equal cost, {base} {how} to the {unit} of {reference}", told(own))


def _of_joint_decoding(comparisons: Sequence[Comparison], effects: Sequence[Effect]) -> Iterator[str]:
    """What remains of sharing when a path is decided from all levels together."""
    subject = "Decoded jointly (the path of the largest product of its levels' probabilities), "
    own = [e for e in effects if e.decoding == JOINT and e.name == "sharing"]
    if own:
        yield changes(f"{subject}sharing the trunk", told(own))
    rest = [c for c in comparisons if c.decoding == JOINT and c.second == CONTROL]
    for name in dict.fromkeys(c.first for c in rest):
        if not effects or _is_alone(name, effects):
            found = told([c for c in rest if c.first == name])
            yield changes(f"{subject}{name} in place of {CONTROL}", found)


def _of_flow_use(flows: Sequence[FlowUse]) -> Iterator[str]:
    """Which flows are used: those of the recipe's own widths; twins stand in the table of flows."""
    own = [flow for flow in flows if parse_twin(flow.variant) is None]
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
    """What shuffling did to each flow; of many, to those it did most to."""
    told_of = list(flows)
    if len(flows) > _MOST_FLOWS:
        told_of = sorted(flows, key=lambda flow: -abs(flow.changes["shuffled"].estimate))[:_MOST_FLOWS]
    parts = [
        f"{flow.source} into {flow.target} in {flow.variant} ({points(change.estimate)} points of "
        f"{named(f'accuracy.{flow.target}')}, 95 % interval {span(change.low, change.high)})"
        for flow in told_of
        for change in [flow.changes["shuffled"]]
    ]
    rest = len(flows) - len(told_of)
    return "; ".join([*parts, f"and {rest} more, in the report"] if rest else parts)


def _of_baseline(evidence: Evidence) -> Iterator[str]:
    """The free baseline: the coarser level as summed from the finest against its own branch."""
    levels = evidence.study.taxonomy.level_names
    name = CONTROL if CONTROL in evidence.names else evidence.names[0]
    found = []
    for level in levels[:-1]:
        if f"summed_accuracy.{level}" not in evidence.score_names:
            continue
        interval = _summed_less_own(evidence, name, level)
        found.append((named(f"accuracy.{level}"), interval, is_significant(interval.p)))
    if found:
        yield changes(
            f"The free baseline (classes summed from the {levels[-1]} probabilities of {name} instead of "
            "branches of their own)",
            found,
        )


def _summed_less_own(evidence: Evidence, name: str, level: str) -> Interval:
    def difference(of: Values) -> FloatArray:
        return of(name, f"summed_accuracy.{level}") - of(name, f"accuracy.{level}")

    return evidence.derived((name,), difference)
