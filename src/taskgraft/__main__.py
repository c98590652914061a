"""The command, and `python -m taskgraft`: ends quietly also when it is stopped while it is loaded."""

from __future__ import annotations

import os
import signal
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Runs the command."""
    for number in _STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)
    from taskgraft.cli.main import main as run  # noqa: PLC0415 - takes long enough to be stopped within

    try:
        run()
    finally:
        # The work is over, and has its exit code: Python would let a late signal end it as if it were not.
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:
    # Nothing was begun.
    os._exit(128 + number)


if __name__ == "__main__":
    main()
