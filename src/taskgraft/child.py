"""Runs a module in a process that ends with its parent, from before the first import that takes time.

    python -m taskgraft.child PARENT MODULE ARGUMENT ...

PARENT is the number of the process that starts it. When that ends, which only Linux says, this one ends at
once, until the module sees to it. A terminal's Ctrl-C is for the parent, which says when to stop.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Runs the module as if it were the program."""
    parent, module, *arguments = sys.argv[1:]
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_with(int(parent))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def end_with(parent: int) -> None:
    """Has the system send SIGTERM to this process when its parent ends; ends it now if that has happened."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
