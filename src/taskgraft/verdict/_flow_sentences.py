"""Which flows are used, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taskgraft.architecture import parse_twin
from taskgraft.verdict._records import FlowUse
from taskgraft.verdict._wording import named, points, span

# More flows than these are not named one by one.
_MOST_FLOWS = 8
_SUBJECTS = {
    "used": "Flows that are used, by what shuffling them between images changes",
    "unused": "Flows that are unused, for shuffling them between images changes next to nothing",
    "undecided": "Flows whose use is undecided, by what shuffling them between images changes",
}


def of_flow_use(flows: Sequence[FlowUse]) -> Iterator[str]:
    """A sentence for each use; of the recipe's own widths, for twins stand in the table of flows."""
    shown = [flow for flow in flows if parse_twin(flow.variant) is None]
    for use, subject in _SUBJECTS.items():
        of_use = [flow for flow in shown if flow.use == use]
        if of_use:
            yield f"{subject}: {_shuffled(of_use)}."


def _shuffled(flows: Sequence[FlowUse]) -> str:
    """What shuffling did to each flow; of many, to those it did most to."""
    most = list(flows)
    if len(flows) > _MOST_FLOWS:
        most = sorted(flows, key=lambda flow: -abs(flow.changes["shuffled"].estimate))[:_MOST_FLOWS]
    parts = [
        f"{flow.source} into {flow.target} in {flow.variant} ({points(change.estimate)} points of "
        f"{named(f'accuracy.{flow.target}')}, 95 % interval {span(change.low, change.high)})"
        for flow in most
        for change in [flow.changes["shuffled"]]
    ]
    rest = len(flows) - len(most)
    return "; ".join([*parts, f"and {rest} more, in the report"] if rest else parts)
