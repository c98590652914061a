"""Where names, commands and sentences may go on in the next line: a browser breaks behind any hyphen."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from taskgraft.legible import visible

# Before a plus, and behind what joins the words of a key to one another and to its value.
_JOINTS = re.compile(r"(?<=\w)(?=\+)|(?<=\w[_=])(?=\w)|(?<=[a-z]\.)(?=[a-z])")
# An option with its value, in text that is escaped: of no other characters are values in sentences.
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*(?:=[\w./:-]*\w)?")
_WORD = re.compile(r"\S*-\S*")


def breakable(name: str) -> Markup:
    """A name that may go on in the next line where its parts meet, and not in the middle of a word.

    Example:
        >>> print(breakable("shared+batch_size=64 <x>"))
        shared<wbr>+batch_<wbr>size=<wbr>64 &lt;x&gt;
    """
    return Markup(_JOINTS.sub("<wbr>", _safe(name)))


def command(text: str) -> Markup:
    """A command of which no word is broken where a line has room for it.

    Example:
        >>> print(command("taskgraft compare --seeds=12"))
        taskgraft compare <span class="whole">--seeds=12</span>
    """
    return Markup(_WORD.sub(_unbroken, _safe(text)))


def prose(text: str) -> Markup:
    """A sentence of which no option is broken.

    Example:
        >>> print(prose("Add --seeds=12 (in Python: seeds=12)."))
        Add <span class="whole">--seeds=12</span> (in Python: seeds=12).
    """
    return Markup(_OPTION.sub(_unbroken, _safe(text)))


def _safe(text: str) -> str:
    return str(escape(visible(text)))


def _unbroken(option: re.Match[str]) -> str:
    return f'<span class="whole">{option[0]}</span>'
