"""The six core architectures, for any number of levels: the 2 x 3 factorial of sharing and flow."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.architecture.spec import Architecture, Flow, Sharing
from taskgraft.errors import ArchitectureError, unknown_name

CONTROL = "independent"
NAMES = (
    CONTROL,
    "shared",
    "coarse-to-fine",
    "fine-to-coarse",
    "shared-coarse-to-fine",
    "shared-fine-to-coarse",
)


def factors(name: str) -> tuple[Sharing, str]:
    """Where a core architecture stands in the factorial: its trunk, and its flow or `none`.

    Example:
        >>> factors("independent"), factors("shared-fine-to-coarse")
        (('separate', 'none'), ('shared', 'fine-to-coarse'))
    """
    trunk: Sharing = "shared" if name.startswith("shared") else "separate"
    flow = name.removeprefix("shared").removeprefix("-")
    return trunk, "none" if flow in ("", CONTROL) else flow


def catalogue(levels: Sequence[str]) -> dict[str, Architecture]:
    """All core architectures for these levels, by name, in the order tables use.

    With L levels, coarse-to-fine feeds each level into the next finer one and fine-to-coarse the
    reverse. A single level has nothing to share and nowhere to flow: only the control is left.

    Args:
        levels: Level names, coarsest first.

    Example:
        >>> list(catalogue(["coarse", "fine"]))[:3]
        ['independent', 'shared', 'coarse-to-fine']
    """
    levels = tuple(levels)
    if len(levels) == 1:
        return {CONTROL: Architecture(CONTROL, levels)}
    downward = tuple(Flow(a, b) for a, b in zip(levels, levels[1:], strict=False))
    upward = tuple(Flow(flow.target, flow.source) for flow in reversed(downward))
    flows = {"coarse-to-fine": downward, "fine-to-coarse": upward}
    found = {}
    for name in NAMES:
        trunk, flow = factors(name)
        found[name] = Architecture(name, levels, trunk, flows.get(flow, ()))
    return found


def select(names: str | Sequence[str], levels: Sequence[str]) -> list[Architecture]:
    """Architectures by name: `"all"`, a comma-separated string, or a sequence of names.

    Raises:
        RequestError: For a name that is not in the catalogue, with the closest one that is.
        ArchitectureError: For an architecture that needs more levels than there are.
    """
    known = catalogue(levels)
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    if "all" in wanted:
        return list(known.values())
    for name in wanted:
        if name not in NAMES:
            raise unknown_name("architecture", name, (*NAMES, "all"))
        if name not in known:
            raise ArchitectureError.expected(
                f"the data for {name!r}", "of two levels or more", f"only {levels[0]!r}", f"Use {CONTROL}."
            )
    return [known[name] for name in dict.fromkeys(wanted)]
