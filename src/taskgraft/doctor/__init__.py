"""Whether this machine can train, and how to mend it where it cannot."""

from taskgraft.doctor._doctor import Check, examine

__all__ = [
    "Check",
    "examine",
]
