"""The command of a study, with more seeds."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import count, islice

from taskgraft.legible import shell_line
from taskgraft.study import StudyRecord

_OPTION = "--seeds"


def with_seeds(record: StudyRecord, num_seeds: int) -> str | None:
    """The command that makes a study grow to so many seeds; None for a study that no command made.

    Example:
        >>> replaced("taskgraft compare --data shapes --seeds=3 --out x", "8")
        'taskgraft compare --data shapes --out x --seeds 8'
    """
    # What a shell's quotes with escapes say, shlex does not read.
    if record.command is None or "$'" in record.command:
        return None
    return replaced(record.command, seeds_in_words(record.request.seeds, num_seeds))


def replaced(command: str, seeds: str) -> str:
    """A command with other seeds."""
    kept, words = [], iter(shlex.split(command))
    for word in words:
        if word == _OPTION:
            next(words, None)
        elif not word.startswith(f"{_OPTION}="):
            kept.append(word)
    return shell_line([*kept, _OPTION, seeds])


def seeds_in_words(seeds: Sequence[int], num_seeds: int) -> str:
    """So many seeds, those of a study among them, as the command line takes them.

    Example:
        >>> seeds_in_words((0, 1, 2), 5), seeds_in_words((7, 1), 4)
        ('5', '7,1,0,2')
    """
    if set(seeds) == set(range(len(seeds))):
        return str(num_seeds)
    further = islice((seed for seed in count() if seed not in seeds), max(num_seeds - len(seeds), 0))
    return ",".join(map(str, [*seeds, *further]))
