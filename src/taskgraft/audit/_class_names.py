"""Class names that were probably meant to be one: nothing but case, spaces or the plural tells them apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Letters of other scripts that look like Latin ones; NFKD has dealt with width, ligatures and accents before.
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁԛԝһԍкмтвнαβεικνορτυχ", "aeopcyxijsdqwhgkmtbhabeiknoptux")


def alike_names(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of names that differ in case, spaces, punctuation, accents, plural or look-alike letters alone.

    Example:
        >>> alike_names(["red fox", "Red_Fox", "dog", "dogs", "cherry", "cherries", "bus", "bass"])
        [('red fox', 'Red_Fox'), ('dog', 'dogs'), ('cherry', 'cherries')]
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_bare(name), []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _bare(name: str) -> str:
    """What is left when all that is easily mistaken has been taken away."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_LOOK_ALIKES)
    letters = "".join(c for c in plain if c.isalnum())
    return _singular(letters) or name


def _singular(letters: str) -> str:
    if len(letters) > 4 and letters.endswith("ies"):
        return f"{letters[:-3]}y"
    if len(letters) > 4 and letters.endswith(("ches", "shes", "xes", "sses")):
        return letters[:-2]
    is_plural = len(letters) > 3 and letters.endswith("s") and not letters.endswith(("ss", "us", "is"))
    return letters[:-1] if is_plural else letters
