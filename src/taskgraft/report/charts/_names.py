"""Names of variants in charts: on two lines where they are long, and shortened where nothing else helps."""

from __future__ import annotations

import re

from taskgraft.legible import shortened

# Where a name that is too long for one line may go on in another.
_JOINTS = re.compile(r" (?=[×−] )|(?=\+)")


def name_lines(name: str, longest: int) -> list[str]:
    """A name on one line or, where it is longer than that and has parts, on two that are as short as can be.

    Example:
        >>> name_lines("shared+learning_rate=0.01", 24), name_lines("shared+width=2", 24)
        (['shared', '+learning_rate=0.01'], ['shared+width=2'])
    """
    if len(name) <= longest:
        return [name]
    halves = [[name[: joint.start()], name[joint.end() :]] for joint in _JOINTS.finditer(name)]
    return min(halves, key=lambda both: max(map(len, both)), default=[name])


def short_name(name: str, longest: int) -> str:
    """A name of at most so many characters that keeps the last value of its recipe, by which it differs.

    Example:
        >>> short_name("coarse-to-fine+learning_rate=0.07", 24), short_name("coarse-to-fine", 24)
        ('coarse-to-fine+l...=0.07', 'coarse-to-fine')
    """
    value = name[name.rfind("=") :] if "=" in name else ""
    if len(name) <= longest or not 0 < len(value) <= longest // 2:
        return shortened(name, longest)
    return f"{name[: longest - len(value) - 3]}...{value}"
