"""Checks that names and prose use plain modern words: `python tools/check_words.py`, a part of `make check`.

With `--update` it takes files that are clean by now off the list of pending ones.

Each rule has a pattern, and what to say instead. Prose is Markdown outside of code, and docstrings, comments
and strings of Python files. Names are what Python files call their variables, functions and arguments.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = ("*.md", "docs/**/*.md", "src/**/*.py", "benchmarks/**/*.py", "tools/*.py")
# The log and the tests are no prose for users; this file lists the words.
LEFT_OUT = ("LOG.md", "tools/check_words.py")
# Files that still break a rule. One that no longer does has to leave the list, so the list only gets shorter.
PENDING = Path("tools/words_pending.txt")

_IS = "(?:is|are|was|were|be|been)"
# A pattern for prose, in which a space stands for any white space, and what to say instead.
PROSE = {
    "told(?! apart)": "'says', 'shows', 'records'; for 'unless told' say 'by default'",
    "anew": "'again'",
    f"{_IS} asked(?: for)?": "'requested', 'wanted', 'needed'",
    "there still|still there": "'still exists'",
    f"{_IS} (?:not )?there(?=[.,;:)])": "'exists', 'is missing'",
    "(?:of|to|for) (?:its|their) own(?=[.,;:)]| (?:and|or) )": "'separate', or say what",
    "(?:written|left|stays?|kept|is|are|be|was|were) whole(?! number)": "'complete'",
    "(?:can|could|cannot|may|to) be had": "'is available'",
    "(?:held|hold|holds) (?:it |them )?against": "'compared with'",
    "(?:go|goes|gone|going|went) on with": "'continue'",
    "whilst|amongst|thereof|therein|thereby|herein|hereby|whence|lest|nought|naught|albeit": "a plain word",
}
# Names that say how a thing came about, not what it is.
_NAMES = r"_?(?:(?:\w+_)?(?:told|found|asked|anew)(?:_\w+)?|own|there|known|whole)"
SAY_WHAT = "say what it is: 'digests', 'record', 'options'"

_GAP = r"[\s#]+"
_PROSE = {
    re.compile(rf"\b(?:{pattern.replace(' ', _GAP)})(?!\w)", re.IGNORECASE): better
    for pattern, better in PROSE.items()
}
_ANY_PROSE = re.compile("|".join(rule.pattern for rule in _PROSE), re.IGNORECASE)
_ANY_NAME = re.compile(rf"\b{_NAMES}\b")
# Comments and strings of Python, roughly: where code has a name of the list beside them, tokens decide.
_NO_CODE = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*''', re.DOTALL
)
_CODE = re.compile(r"^```.*?^```|^(?: {4}|\t)[^\n]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
# Since Python 3.12 an f-string comes in parts.
_STRINGS = (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))


def faults(path: str, text: str) -> Iterator[str]:
    """The faults of a file, each as `path:line: word: say ...`.

    Args:
        path: Of the file; its ending says what the text is.
        text: Of the file.
    """
    # To take a file apart is slow, and few hold any of the words.
    if not _ANY_PROSE.search(text) and not (
        path.endswith(".py") and _ANY_NAME.search(_NO_CODE.sub("", text))
    ):
        return
    tokens = [*tokenize.generate_tokens(io.StringIO(text).readline)] if path.endswith(".py") else []
    for line, prose in _of_python(tokens) if tokens else [(1, _CODE.sub(_blank, text))]:
        for rule, better in _PROSE.items():
            for match in rule.finditer(prose):
                word = " ".join(match[0].replace("#", " ").split())
                yield f"{path}:{line + prose.count(chr(10), 0, match.start())}: {word}: say {better}"
    for token in tokens:
        if token.type == tokenize.NAME and re.fullmatch(_NAMES, token.string):
            yield f"{path}:{token.start[0]}: {token.string}: {SAY_WHAT}"


def _of_python(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[tuple[int, str]]:
    """The prose of a Python file, each piece with its line; comments in lines on end are one piece."""
    start, comments = 0, list[str]()
    for token in tokens:
        if token.type == tokenize.COMMENT:
            start = start if comments else token.start[0]
            comments.append(token.string)
        elif token.type not in (tokenize.NL, tokenize.NEWLINE) and comments:
            yield start, "\n".join(comments)
            comments = []
        if token.type in _STRINGS:
            yield token.start[0], token.string


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def check(root: Path) -> tuple[list[str], set[str]]:
    """All faults of a project, and the pending files that no longer belong on the list."""
    pending = pending_files(root)
    lines = []
    for path in sorted({path for place in PLACES for path in root.glob(place)}):
        name = path.relative_to(root).as_posix()
        its_faults = [] if name in LEFT_OUT else list(faults(name, path.read_text()))
        if name not in pending:
            lines += its_faults
        elif its_faults:
            pending.remove(name)
    return lines, pending


def pending_files(root: Path) -> set[str]:
    """The files that may still break a rule."""
    return set((root / PENDING).read_text().split()) if (root / PENDING).exists() else set()


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Prints all faults; 1 if there are any."""
    lines, clean = check(root)
    if "--update" in arguments:
        left = sorted(pending_files(root) - clean)
        (root / PENDING).write_text("".join(f"{name}\n" for name in left))
    else:
        lines += [f"{name}: clean: run tools/check_words.py --update" for name in sorted(clean)]
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
