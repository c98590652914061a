"""A study as a TOML file: options by name, with `[set]` and `[vary]` for values of the recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskgraft.choices import DATASETS
from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import fitting
from taskgraft.recipe import shown
from taskgraft.request._compare_options import STUDIES, CompareOptions
from taskgraft.request._settings import SHORTHANDS, merged_settings
from taskgraft.request._texts import numbers, variations
from taskgraft.toml_file import in_file, read_toml

SUFFIX = ".toml"
_OF_KEYS = {"set", "vary", "data_options", *SHORTHANDS}


@dataclass(frozen=True)
class _Slot:
    """What one value decides: an option, or a key of `set`, `vary` or `data_options`."""

    name: str = ""
    key: str = ""

    @property
    def title(self) -> str:
        return str(Parameter(self.name)) if self.name else self.key


@dataclass(frozen=True)
class _Keyed:
    """The value of a key, and the option that gives it."""

    name: str
    value: Any


def read_study_file(path: Path, given: Mapping[str, Any]) -> tuple[CompareOptions, tuple[str, ...]]:
    r"""The options of a study file, and others beside it, which go before.

    Args:
        path: Of the file. Paths in it are found from its folder; without `out` the study has its name.
        given: Options beside the file, by name.

    Returns:
        The options, and a line for each that the file gives otherwise, in which parameters stand as marks.

    Raises:
        RequestError: If the file cannot be read, or what it says is no request; it names the file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "study.toml"
        >>> _ = path.write_text('recipe = "quick"\nseeds = 2\n[vary]\nbatch_size = [32, 64]')
        >>> options, _ = read_study_file(path, {"seeds": 3})
        >>> options.recipe, options.seeds, options.vary, str(options.directory())
        ('quick', (0, 1, 2), {'batch_size': [32, 64]}, 'studies/study')
    """
    content = read_toml("the study", path)
    try:
        values = _from_folder(content, path.parent)
        # What the file says must be right by itself.
        CompareOptions.of(values)
    except RequestError as error:
        # A file has keys, whoever reads it: names as in Python, not options of the command line.
        raise in_file(path, type(error)(str(error))) from error
    merged, lines = _merged(values, given)
    options = CompareOptions.of({"out": STUDIES / fitting(path.stem), **merged})
    return options, tuple(f"{path.name}: {line}" for line in lines)


def _from_folder(content: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a file, with paths as they are found from where it is used."""
    options = CompareOptions.options()
    is_named = content.get("data", DATASETS[0]) in DATASETS
    values = dict(content)
    for name, value in content.items():
        option = options.get(name)
        is_word = not isinstance(value, str) or (option is not None and value in option.words)
        is_word |= isinstance(value, str) and value.startswith(("hub:", "~"))
        if option is not None and option.is_path and not is_word and not (name == "taxonomy" and is_named):
            values[name] = str(folder / value)
    return values


def _merged(file: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """All options, those given in place of the file's, and a line for each that is another there."""
    old, new = _slots(file), _slots(given)
    lines = [
        f"{slot.title} is {_shown(slot, value)}, in place of {_shown(slot, old[slot])}."
        for slot, value in new.items()
        if slot in old and _shown(slot, old[slot]) != _shown(slot, value)
    ]
    merged: dict[str, Any] = {}
    for slot, value in {**old, **new}.items():
        if slot.name:
            merged[slot.name] = value
        else:
            merged.setdefault(value.name, {})[slot.key] = value.value
    return merged, lines


def _slots(values: Mapping[str, Any]) -> dict[_Slot, Any]:
    """Options by what they decide: a value of the recipe is one thing, whether it is set or varied."""
    slots = {_Slot(name=name): value for name, value in values.items() if name not in _OF_KEYS}
    of_keys = {
        "set": merged_settings(values),
        "vary": variations(values.get("vary", {})),
        "data_options": numbers(values.get("data_options", {})),
    }
    for name, mapping in of_keys.items():
        slots.update({_Slot(key=key): _Keyed(name, value) for key, value in mapping.items()})
    return slots


def _shown(slot: _Slot, value: Any) -> str:
    return shown(value.value if isinstance(value, _Keyed) else value)
