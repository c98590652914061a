"""One option: what it means, how it is shown, and where it exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DATA = "Data"
COMPARED = "What to compare"
TRAINING = "Training"
MACHINE = "Machine"
OUTPUT = "Output"
LIMITS = "Limits"
GROUPS = (DATA, COMPARED, TRAINING, MACHINE, LIMITS, OUTPUT)


@dataclass(frozen=True)
class Option:
    """What an options record says of each of its fields; the field itself has name, type and default.

    Attributes:
        help: What it means: a sentence or two, in which other options stand as `Parameter`s.
        group: Under which heading the command line shows it.
        metavar: What stands for its value in a help text; empty for a switch.
        flag: The option of the command line, where it is not the field's name with dashes.
        may_be_open: Whether a switch says yes, no, or nothing, which is neither.
        default: What happens without it, where the default itself does not say so.
        is_path: Whether it may be a path, which a study file takes from its own folder.
        in_python: Whether it is an argument in Python, too.
        in_shell: Whether it is an option of the command line, too.
        read: Makes a value of the text of the command line; without it, the field's type does.
        words: What a shell may complete it to.
        is_repeatable: Whether the command line takes it several times.
    """

    help: str
    group: str
    metavar: str = ""
    flag: str = ""
    may_be_open: bool = False
    default: str = ""
    is_path: bool = False
    in_python: bool = True
    in_shell: bool = True
    read: Callable[[str], Any] | None = None
    words: tuple[str, ...] = ()
    is_repeatable: bool = False
