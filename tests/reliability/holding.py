"""Runs the command, but is held where it comes by one of its failpoints, until a signal ends it.

Says `held` on standard error when it is there. Saves only at the end of the first epoch, and when
it is stopped.
"""

from __future__ import annotations

import functools
import signal
import sys
from unittest.mock import patch

from taskgraft.cli.main import main
from taskgraft.training import Checkpoints


def run(held_at: str, words: list[str]) -> None:
    """Runs one command as if it were the program's own."""

    def hold(name: str) -> None:
        if name == held_at:
            sys.stderr.write("held\n")
            signal.pause()

    rarely = functools.partial(Checkpoints, most_share=1e-9)
    with (
        patch("taskgraft.file_writing.failpoint", hold),
        patch("taskgraft.execution._run_checkpoints.Checkpoints", rarely),
        patch.object(sys, "argv", ["taskgraft", *words]),
    ):
        main()
