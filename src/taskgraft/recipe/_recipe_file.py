"""A recipe as a TOML file: `base`, and the values that differ from it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from taskgraft.errors import RequestError, unknown_name
from taskgraft.kinds import MAPPING, NAME, NONE, of_class, of_kinds
from taskgraft.place import expanded
from taskgraft.recipe._auto import AUTO
from taskgraft.recipe._changes import built, changed, flattened
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._recipe_name import RECIPE_NAME, is_recipe_name
from taskgraft.recipe._recipes import RECIPES
from taskgraft.recipe._refusal import Changes
from taskgraft.recipe._rules import kind_key, kinds_of, rule_of, tables_of
from taskgraft.recipe._spec import Spec
from taskgraft.several import either
from taskgraft.toml_file import SUFFIX, in_file, is_toml, read_toml

_WIDTH = 80
_INDENT = "    "
_WHAT = "the recipe"
_BASE = "The recipe of ours that it began from; a value that is left out here is the one there."


@of_kinds(name=NAME, changes=MAPPING | NONE)
def recipe(name: str, changes: Mapping[str, Any] | None = None) -> Recipe:
    """A recipe by its name or from a file, with other values where some are given.

    Args:
        name: Of a recipe, or the path of a `.toml` file (`docs/recipes.md`).
        changes: Key paths and values, as for `changed`.

    Raises:
        RequestError: For an unknown name, with the closest one that there is; for what is wrong with the file
            or the changes.

    Example:
        >>> recipe("original").batch_size, recipe("original", {"batch_size": 64}).batch_size
        (100, 64)
    """
    if name in RECIPES:
        chosen = RECIPES[name]()
    elif is_toml(name):
        chosen = read_recipe(expanded("the recipe", name))
    elif name == AUTO:
        rule = f"one by name or a {SUFFIX} file"
        raise RequestError.expected(_WHAT, rule, name, "It is what is chosen once there is data.")
    else:
        raise unknown_name("recipe", name, [*RECIPES, f"or a {SUFFIX} file"])
    return changed(chosen, changes) if changes else chosen


def read_recipe(path: Path) -> Recipe:
    r"""Reads a recipe file.

    Its values are those of `base`, a recipe by name or another file, but for those that it says itself, in
    tables or by key paths. Without `base` it says them all. The recipe is named as the file, or by `name`.

    Args:
        path: Of the file; `base` is found from there.

    Raises:
        RequestError: If a file cannot be read, or is no recipe; it names the file and the key.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "mine.toml"
        >>> _ = path.write_text('base = "quick"\nbatch_size = 64\n[optimizer]\nlearning_rate = 0.1')
        >>> mine = read_recipe(path)
        >>> mine.name, mine.base, mine.batch_size, mine.optimizer.learning_rate, mine.optimizer.momentum
        ('mine', 'quick', 64, 0.1, 0.9)
    """
    return _read(path, ())


def _read(path: Path, above: tuple[Path, ...]) -> Recipe:
    if path.resolve() in above:
        raise RequestError.expected(
            f"base of {above[-1].name}", "another recipe", str(path), "A recipe cannot begin from itself."
        )
    content = read_toml(_WHAT, path)
    base = content.pop("base", None)
    try:
        if "name" not in content:
            _check_stem(path)
        changes = {"name": path.stem, **content}
        if base is None:
            return built({}, Changes(flattened(changes)))
        return changed(_base(base, path, above), changes)
    except RequestError as error:
        raise in_file(path, error) from error


def _check_stem(path: Path) -> None:
    """Refuses a file whose name cannot be that of its recipe, where it says no other."""
    if not is_recipe_name(path.stem):
        what = "the name of the file, which is its recipe's,"
        raise RequestError.expected(what, RECIPE_NAME.words, path.stem, "Rename it, or set name in it.")


def _base(base: object, path: Path, above: tuple[Path, ...]) -> Recipe:
    if isinstance(base, str) and base in RECIPES:
        return RECIPES[base]()
    if isinstance(base, str) and is_toml(base):
        return _read(path.parent / base, (*above, path.resolve()))
    names = ", ".join(RECIPES)
    raise RequestError.expected("base", f"one of {names}, or a {SUFFIX} file", base, "Name one of these.")


@of_kinds(recipe=of_class("a Recipe", Recipe))
def recipe_text(recipe: Recipe) -> str:
    r"""A recipe as the TOML file that `read_recipe` reads as the same one, with a comment for each value.

    Example:
        >>> from taskgraft.recipe import quick
        >>> print("\n".join(recipe_text(quick()).splitlines()[-3:]))
        # Whether an image that was mirrored in one epoch is not in the next, and so on,
        # in place of a draw in each epoch (Jordan, 2024). [true or false]
        alternate = false
    """
    lines: list[str] = []
    if recipe.base:
        lines = [*_comment(_BASE), f"base = {_toml(recipe.base)}", ""]
    return "\n".join([*lines, *_table(recipe, "", [Recipe])]).rstrip("\n") + "\n"


def _table(spec: Spec, path: str, kinds: Sequence[type[Spec]], *, has_comments: bool = True) -> Iterator[str]:
    """The values of a record, then the tables in it: TOML has no way back to the values of a table.

    Args:
        spec: The record.
        path: Its key path, with a point behind it; empty for the recipe.
        kinds: Every kind of record that may stand there.
        has_comments: Whether each value has its comment and an empty line.
    """
    fields = {name: field for name, field in type(spec).model_fields.items() if f"{path}{name}" != "base"}
    inner = {name: value for name in fields if _is_table(value := getattr(spec, name))}
    for name, field in fields.items():
        if name in inner:
            continue
        if has_comments:
            rule = rule_of(field)
            if name == kind_key(type(spec)):
                rule = either(kind for each in kinds for kind in kinds_of(each))
            yield from _comment(f"{field.description} [{rule}]")
        yield from _assignment(name, getattr(spec, name))
        if has_comments:
            yield ""
    if not has_comments:
        yield ""
    for name, value in inner.items():
        tables = tables_of(fields[name])
        yield from _comment(fields[name].description or "")
        if isinstance(value, Spec):
            yield f"[{path}{name}]"
            yield from _table(value, f"{path}{name}.", tables)
            continue
        for number, each in enumerate(value):
            yield f"[[{path}{name}]]"
            yield from _table(each, f"{path}{name}.", tables, has_comments=number == 0)


def _is_table(value: object) -> bool:
    return isinstance(value, Spec) or (isinstance(value, tuple) and any(isinstance(v, Spec) for v in value))


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _assignment(name: str, value: Any) -> list[str]:
    """A value behind its name, as short lines as TOML permits: it breaks lists alone."""
    line = f"{name} = {_toml(value)}"
    if len(line) <= _WIDTH or not isinstance(value, tuple | list):
        return [line]
    inside = (f"{_toml(each)}," for each in value)
    return [f"{name} = [", *_filled(inside), "]"]


def _filled(words: Iterable[str]) -> Iterator[str]:
    """Words, indented, as many a line as it holds; none is broken."""
    line = _INDENT
    for word in words:
        if line != _INDENT and len(line) + len(word) > _WIDTH:
            yield line.rstrip()
            line = _INDENT
        line += f"{word} "
    yield line.rstrip()


def _toml(value: Any) -> str:
    """A value as TOML writes it; none, for which TOML has no word, as text."""
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
