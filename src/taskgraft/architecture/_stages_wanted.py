"""How many stages of a trunk architectures look at, by their names, before it is known how many it has."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.architecture._catalogue import is_fork_name
from taskgraft.architecture._soft import SOFT_NAMES, soft
from taskgraft.architecture._spec import Architecture


def stages_wanted(name: str, levels: Sequence[str], custom: Sequence[Architecture] = ()) -> int:
    """The fewest stages that an architecture can do with; 0 if it does not look at stages at all.

    Args:
        name: Of any architecture; an unknown one, and any for a single level, looks at none.
        levels: Level names, coarsest first.
        custom: The user's own.

    Example:
        >>> [stages_wanted(name, ["coarse", "fine"]) for name in ("shared", "nddr", "ple", "forked-1")]
        [0, 1, 2, 2]
    """
    if len(levels) < 2:
        return 0
    if is_fork_name(name):
        return 2
    if name in SOFT_NAMES:
        # Most go behind a trunk of one stage, too.
        return 1 if any(each.name == name for each in soft(levels, 1)) else 2
    looking = (each for each in custom if each.name == name and each.looks_at_stages)
    return max((each.fewest_stages for each in looking), default=0)
