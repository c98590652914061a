"""What a recipe may be called."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from taskgraft.recipe._rules import Rule

_LONGEST = 100
RECIPE_NAME = Rule(f"one line of 1 to {_LONGEST} characters, without / and \\ and without spaces at its ends")


def is_recipe_name(name: str) -> bool:
    """Whether a recipe may have a name.

    Example:
        >>> is_recipe_name("fast, twice"), is_recipe_name("a/b"), is_recipe_name("")
        (True, False, False)
    """
    is_plain = name.isprintable() and name == name.strip() and not set("/\\") & set(name)
    return is_plain and 0 < len(name) <= _LONGEST


def checked_recipe_name(name: str) -> str:
    """The name itself, for a record that refuses any other."""
    if not is_recipe_name(name):
        raise PydanticCustomError("recipe_name", "no name of a recipe")
    return name
