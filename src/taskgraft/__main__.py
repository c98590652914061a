"""The command, and `python -m taskgraft`: ends quietly also when it is stopped while it is loaded."""

from __future__ import annotations

import os
import signal
from types import FrameType


def main() -> None:
    """Runs the command."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)
    from taskgraft.cli.main import main as run  # noqa: PLC0415 - takes long enough to be stopped within

    run()


def _end(number: int, frame: FrameType | None) -> None:
    # Nothing was begun.
    os._exit(128 + number)


if __name__ == "__main__":
    main()
