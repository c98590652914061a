"""The study of a piece as a study file, which `taskgraft compare` runs, continues and plans."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.methods.pieces import Piece
from taskgraft.errors import Phrase, RequestError
from taskgraft.file_writing import write_text
from taskgraft.parameter import Parameter

STUDY = "study"


def write_study(piece: Piece, folder: Path, data_dir: Path | None) -> Path:
    """The study of all methods: first each is searched with the same operations, then all are trained.

    Which keys are searched is left to taskgraft: the rate, and the weight of the finest level where it has a
    say.

    Args:
        piece: The data set.
        folder: Of the piece.
        data_dir: Where the data are, if they are not where taskgraft looks for them.

    Raises:
        RequestError: If the data have no place of their kind, and none is named.
    """
    if piece.needs_folder and data_dir is None:
        rule = f"a folder that holds the data of {piece.name}"
        raise RequestError.expected(Parameter("data_dir"), rule, Phrase("none"), "Name it.")
    place = {} if data_dir is None else {"data_dir": str(data_dir.resolve())}
    options = {
        **piece.data,
        **place,
        "recipe": piece.recipe,
        "seeds": piece.num_seeds,
        "tune": piece.num_trials,
        # One thread: threads decide the last bits, and a piece may be continued on another machine.
        "threads": 1,
        "out": STUDY,
        "set": {"epochs": piece.epochs},
        "variants": {method.name: method.options() for method in piece.methods},
    }
    path = folder / f"{STUDY}.toml"
    write_text(path, toml_text(options))
    return path


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
