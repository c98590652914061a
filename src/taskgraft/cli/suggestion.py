"""What `compare --suggest` says: which architectures seem worth training, and the command for them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from taskgraft.legible import shell_line
from taskgraft.printing import say, say_json
from taskgraft.verdict import Suggestion, suggestion_lines

_WIDTH = 80
_FLAG = "--suggest"


def say_suggestion(suggestion: Suggestion, *, as_json: bool) -> None:
    """Prints a suggestion with the command that trains what seems worth it."""
    command = shell_line(["taskgraft", *following(sys.argv[1:], suggestion.worth)])
    if as_json:
        say_json({**asdict(suggestion), "command": command})
        return
    for paragraph in suggestion_lines(suggestion):
        say("", *textwrap.wrap(paragraph, _WIDTH, break_on_hyphens=False))
    # On one line, however long, so that it can be copied.
    say("", f"Next: {command}")


def following(words: Sequence[str], worth: Sequence[str]) -> list[str]:
    """The words of the command that goes on.

    Args:
        words: Of the command that suggested it.
        worth: Architectures to train.

    Example:
        >>> following(["compare", "--data", "shapes", "--suggest"], ["flat", "shared"])
        ['compare', '--data', 'shapes', '--architectures', 'flat,shared']
    """
    kept = [word for word in words if word not in (_FLAG, "--json")]
    return [*kept, "--architectures", ",".join(worth)]
