"""Places at which a test can have this process killed, to see what is left then."""

from __future__ import annotations

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Does nothing, unless `TASKGRAFT_FAILPOINT` is this name: then the process kills itself.

    With `name:3` it does so the third time it comes by.

    Example:
        >>> failpoint("write.result.json.before")
    """
    wanted, _, number = os.environ.get("TASKGRAFT_FAILPOINT", "").partition(":")
    if wanted == name:
        _passed[name] += 1
        if _passed[name] == int(number or 1):
            os.kill(os.getpid(), signal.SIGKILL)
