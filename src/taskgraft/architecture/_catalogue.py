"""Architectures by name: the six of sharing and flow, `flat`, soft ones, the forks, and the user's own."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence

from taskgraft.architecture._parts import Flow, Sharing
from taskgraft.architecture._soft import SOFT_NAMES, soft
from taskgraft.architecture._spec import Architecture
from taskgraft.errors import ArchitectureError, Phrase, RequestError, unknown_name
from taskgraft.kinds import NAMES as LISTED_NAMES
from taskgraft.kinds import of_kinds
from taskgraft.parameter import Parameter
from taskgraft.several import listed

CONTROL = "independent"
ALL = "all"
FORKED = "forked-"
NAMES = (
    CONTROL,
    "shared",
    "coarse-to-fine",
    "fine-to-coarse",
    "shared-coarse-to-fine",
    "shared-fine-to-coarse",
)
"""The six."""
FLAT = "flat"
"""The reference beside them: the finest level alone, every coarser one summed from it."""
BY_DEFAULT = (*NAMES, FLAT)
"""Those that a study compares unless some are named."""
EVERY_NAME = (*BY_DEFAULT, *SOFT_NAMES)

_LONGEST_NAME = 60
_SAFE_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{_LONGEST_NAME - 1}}}")
_FORK_NAME = re.compile(rf"{FORKED}\d+")


def factors(name: str) -> tuple[Sharing, str]:
    """Where a core architecture stands in the factorial: its trunk, and its flow or `none`.

    Example:
        >>> factors("independent"), factors("shared-fine-to-coarse")
        (('separate', 'none'), ('shared', 'fine-to-coarse'))
    """
    trunk: Sharing = "shared" if name.startswith("shared") else "separate"
    flow = name.removeprefix("shared").removeprefix("-")
    return trunk, "none" if flow in ("", CONTROL) else flow


@of_kinds(levels=LISTED_NAMES)
def catalogue(levels: str | Sequence[str]) -> dict[str, Architecture]:
    """The six for these levels, by name, in the order tables use.

    With L levels, coarse-to-fine feeds each level into the next finer one and fine-to-coarse the
    reverse. A single level has nothing to share and nowhere to flow: only the control is left.

    Args:
        levels: Level names, coarsest first, one by one or joined by commas.

    Example:
        >>> list(catalogue(["coarse", "fine"]))[:3]
        ['independent', 'shared', 'coarse-to-fine']
    """
    levels = listed(levels)
    if len(levels) == 1:
        return {CONTROL: Architecture(CONTROL, levels)}
    downward = tuple(Flow(a, b) for a, b in zip(levels, levels[1:], strict=False))
    upward = tuple(Flow(flow.target, flow.source) for flow in reversed(downward))
    flows = {"coarse-to-fine": downward, "fine-to-coarse": upward}
    architectures = {}
    for name in NAMES:
        trunk, flow = factors(name)
        architectures[name] = Architecture(name, levels, trunk, flows.get(flow, ()))
    return architectures


def flat(levels: str | Sequence[str]) -> dict[str, Architecture]:
    """The flat classifier by its name: one network for the finest level, all coarser levels derived.

    A single level has nothing to derive: its control is flat.

    Args:
        levels: As for `catalogue`.

    Example:
        >>> [each.branched for each in flat(["order", "family", "species"]).values()]
        [('species',)]
    """
    levels = listed(levels)
    return {FLAT: Architecture(FLAT, levels, derived=levels[:-1])} if len(levels) > 1 else {}


def forks(levels: Sequence[str], num_stages: int) -> list[Architecture]:
    """Architectures between `independent` and `shared`: `forked-k` shares the stem and the first k stages.

    Args:
        levels: Level names, coarsest first; a single one has nobody to share with.
        num_stages: Stages of the recipe's trunk.

    Example:
        >>> [(each.name, each.forks) for each in forks(["coarse", "fine"], 3)]
        [('forked-1', (1, 1)), ('forked-2', (2, 2))]
    """
    levels = tuple(levels)
    return [
        Architecture(f"{FORKED}{k}", levels, "forked", forks=(k,) * len(levels))
        for k in range(1, num_stages if len(levels) > 1 else 1)
    ]


def known_architectures(
    levels: Sequence[str], num_stages: int = 0, custom: Sequence[Architecture] = ()
) -> dict[str, Architecture]:
    """Every architecture that a name selects: the six, `flat`, the user's own, soft ones, forks between.

    Raises:
        ArchitectureError: If one of the user's own has a name that is taken or cannot name a directory, is
            for other levels, or shares more stages than the trunk has.
    """
    core = catalogue(levels) | flat(levels)
    lowered: set[str] = set()
    for each in custom:
        check_own_name(each.name, lowered)
        lowered.add(each.name.lower())
        if each.levels != tuple(levels):
            raise ArchitectureError.expected(
                f"the levels of {each.name!r}",
                f"those of the data, {', '.join(levels)}",
                ", ".join(each.levels),
                "Build it for these.",
            )
        each.stages_shared(num_stages)
    between = [*soft(levels, num_stages), *forks(levels, num_stages)]
    return core | {each.name: each for each in (*custom, *between)}


def is_reserved_name(name: str) -> bool:
    """Whether a name, in capitals or not, is that of an architecture which every data may have.

    Example:
        >>> is_reserved_name("Shared"), is_reserved_name("forked-2"), is_reserved_name("mine")
        (True, True, False)
    """
    lowered = name.lower()
    return lowered in (*EVERY_NAME, ALL) or is_fork_name(lowered)


def is_fork_name(name: str) -> bool:
    """Whether a name is that of a fork, whatever the trunk has of stages."""
    return _FORK_NAME.fullmatch(name) is not None


def check_own_name(name: str, others: Container[str]) -> None:
    """Checks the name of a user's own architecture.

    Args:
        name: The name.
        others: Names of the user's other architectures, in small letters.

    Raises:
        ArchitectureError: If it is taken, or cannot name a directory.
    """
    if not _SAFE_NAME.fullmatch(name):
        raise ArchitectureError.expected(
            "an architecture's name",
            f"at most {_LONGEST_NAME} letters, digits, '-', '_' and '.', a letter or digit first",
            name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}...",
            "It names directories; rename it.",
        )
    # Directories on some systems do not tell capitals from small letters.
    lowered = name.lower()
    if is_reserved_name(name):
        raise ArchitectureError.expected(
            "an architecture's name",
            f"another than {', '.join((*EVERY_NAME, ALL))} and {FORKED}<number>",
            name,
            "These are taken; rename it.",
        )
    if lowered in others:
        raise ArchitectureError.expected(
            "the names of architectures", "different, capitals or not", f"{name} twice", "Rename one."
        )


def select(
    names: str | Sequence[str],
    levels: Sequence[str],
    num_stages: int = 0,
    custom: Sequence[Architecture] = (),
    sweep: str | Sequence[int] | None = None,
) -> list[Architecture]:
    """Architectures by name: `"all"`, a comma-separated string, or a sequence of names.

    Args:
        names: `"all"` is the six, `flat` and the user's own.
        levels: Level names, coarsest first.
        num_stages: Stages of the recipe's trunk; `forked-k` exists for each k below.
        custom: The user's own.
        sweep: Forks to add: `"all"`, or numbers of stages, in a sequence or joined by commas.

    Raises:
        RequestError: For an unknown name, with the closest one, a name that stands twice, or a fork that the
            trunk does not have.
        ArchitectureError: For an architecture that needs more levels than the data has, or one of the user's
            own that cannot be built.
    """
    architectures = known_architectures(levels, num_stages, custom)
    wanted = listed(names)
    check_named_once(wanted)
    # "all" keeps the catalogue's order.
    if ALL in wanted:
        everything = [name for name in architectures if not _is_by_name_only(name)]
        wanted = (*everything, *(name for name in wanted if name != ALL))
    swept = _swept(sweep, levels, num_stages) if sweep is not None else []
    return [look_up(name, architectures, levels) for name in dict.fromkeys((*wanted, *swept))]


def _is_by_name_only(name: str) -> bool:
    """Whether an architecture of the catalogue is in a study only where it is named."""
    return name in SOFT_NAMES or is_fork_name(name)


def check_named_once(names: Sequence[str]) -> None:
    """Refuses an architecture that is named twice.

    Raises:
        RequestError: For the first.
    """
    for position, name in enumerate(names):
        if name in names[:position]:
            got = Phrase(f"{name} twice")
            error = RequestError.expected("the architectures", "different", got, "Leave one of them out.")
            raise error.about("architectures")


def look_up(name: str, architectures: Mapping[str, Architecture], levels: Sequence[str]) -> Architecture:
    """One architecture by its name.

    Raises:
        RequestError: For an unknown name, with the closest one.
        ArchitectureError: For one that needs more levels than the data has.
    """
    if name in architectures:
        return architectures[name]
    if len(levels) == 1 and (name in EVERY_NAME or is_fork_name(name)):
        raise ArchitectureError.expected(
            f"the data for {name!r}", "of two levels or more", f"only {levels[0]!r}", f"Use {CONTROL}."
        )
    if name in SOFT_NAMES:
        raise ArchitectureError.expected(
            f"the trunk for {name!r}",
            "of two stages or more",
            Phrase("fewer"),
            "Use cgc, which is ple of one.",
        )
    raise unknown_name("architecture", name, dict.fromkeys((*EVERY_NAME, *architectures, ALL)))


def _swept(sweep: str | Sequence[int], levels: Sequence[str], num_stages: int) -> list[str]:
    """Names of the forks that a sweep adds."""
    requested = listed(sweep) if isinstance(sweep, str) else tuple(map(str, sweep))
    available = [each.name for each in forks(levels, num_stages)]
    if not available:
        raise RequestError.expected(
            Parameter("forks"),
            "used with two levels and two stages or more",
            f"{len(levels)} and {num_stages}",
            "Leave it out: nothing lies between separate and shared.",
        )
    wanted = available if requested == (ALL,) else [FORKED + part for part in requested]
    for position, name in enumerate(wanted):
        if name in wanted[:position]:
            got = Phrase(f"{name.removeprefix(FORKED)} twice")
            raise RequestError.expected(Parameter("forks"), "different", got, "Leave one of them out.")
        if name not in available:
            raise RequestError.expected(
                Parameter("forks"),
                f"all, or numbers from 1 to {len(available)} joined by commas",
                name.removeprefix(FORKED),
                f"0 stages shared is {CONTROL}, and all {num_stages} of this recipe is shared.",
            )
    return wanted
