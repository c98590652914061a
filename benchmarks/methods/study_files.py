"""The two studies of a piece as study files: `taskgraft compare` runs, continues and plans each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.methods.pieces import Piece
from benchmarks.methods.variants import SHARED, WEIGHT, tables_of
from taskgraft.errors import Phrase, RequestError
from taskgraft.file_writing import write_text
from taskgraft.parameter import Parameter

SEARCH, STUDY = "search", "study"
# The plan of the second study is made before there is a weight; what it costs does not depend on it.
ANY_WEIGHT = 2.0


def write_search(piece: Piece, folder: Path, data_dir: Path | None) -> Path:
    """The study whose search tunes the fixed weights; its one run is of the seed that every study has."""
    options = {
        **_common(piece, data_dir),
        "architectures": [SHARED],
        "seeds": 1,
        "tune": piece.num_trials,
        "tune_keys": [WEIGHT],
        "out": SEARCH,
    }
    return _write(
        folder / f"{SEARCH}.toml", {**options, "set": {"epochs": piece.epochs, "balancing": "fixed"}}
    )


def write_study(piece: Piece, folder: Path, data_dir: Path | None, weight: float) -> Path:
    """The study of all methods.

    Args:
        piece: The data set.
        folder: Of the piece.
        data_dir: Where the data are, if they are not where taskgraft looks for them.
        weight: That the search came to.
    """
    options = {**_common(piece, data_dir), "seeds": piece.num_seeds, "out": STUDY}
    tables = {"set": {"epochs": piece.epochs}, "variants": tables_of(piece.methods, weight)}
    return _write(folder / f"{STUDY}.toml", {**options, **tables})


def toml_text(options: Mapping[str, Any]) -> str:
    r"""Options as TOML: values first, then the tables.

    Example:
        >>> toml_text({"data": "shapes", "set": {"epochs": 3}, "variants": {"a@b": {"set": {"x.y": "z"}}}})
        'data = "shapes"\n\n[set]\nepochs = 3\n\n[variants."a@b"]\nset = {"x.y" = "z"}\n'
    """
    tables = {name: value for name, value in options.items() if isinstance(value, Mapping)}
    lines = [f"{name} = {_value(value)}" for name, value in options.items() if name not in tables]
    named = tables.pop("variants", {})
    headed = [*tables.items(), *((f"variants.{json.dumps(name)}", table) for name, table in named.items())]
    for head, table in headed:
        lines += ["", f"[{head}]", *(f"{name} = {_value(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {_value(each)}" for name, each in value.items()) + "}"
    return json.dumps(value)


def _common(piece: Piece, data_dir: Path | None) -> dict[str, Any]:
    if piece.needs_folder and data_dir is None:
        rule = f"a folder that holds the data of {piece.name}"
        raise RequestError.expected(Parameter("data_dir"), rule, Phrase("none"), "Name it.")
    place = {} if data_dir is None else {"data_dir": str(data_dir.resolve())}
    # One thread: threads decide the last bits, and a piece may be continued on another machine.
    return {**piece.data, **place, "recipe": piece.recipe, "threads": 1}


def _write(path: Path, options: Mapping[str, Any]) -> Path:
    write_text(path, toml_text(options))
    return path
