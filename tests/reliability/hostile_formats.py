"""Hostile cases in the weights and arrays of a study: pickles by other names, and headers that lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hostile_place import RUN, RUNS, Case, Expected, Place, agree, put, report
from safetensors import numpy as safetensors_numpy

from taskgraft.inference import read_model


def _header(path: Path) -> tuple[dict[str, Any], bytes]:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def _with(header: str | dict[str, Any], data: bytes, length: int | None = None) -> bytes:
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def _lying(change: Callable[[dict[str, Any], bytes], bytes], expected: Expected = "refused") -> Case:
    """A study both of whose runs have such predictions."""

    def make(place: Place) -> list[str]:
        study = place.study()
        for run in RUNS:
            path = study / run / "predictions.safetensors"
            path.write_bytes(change(*_header(path)))
            agree(study / run, path.name)
        return report(study)

    return Case(make, expected)


def _entry(**update: Any) -> Case:
    """One whose header says something else of the logits of a level."""

    def change(header: dict[str, Any], data: bytes) -> bytes:
        name = "test.logits.colour"
        return _with({**header, name: {**header[name], **update}}, data)

    return _lying(change)


def _twice(header: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(header)
    name = "test.logits.colour"
    again = f', "{name}": {json.dumps(header[name])}}}'
    return _with(text[:-1] + again, data)


def _arrays(**update: Any) -> Case:
    """One whose arrays are whole, and something else than a run has."""

    def make(place: Place) -> list[str]:
        study = place.study()
        for run in RUNS:
            path = study / run / "predictions.safetensors"
            arrays = safetensors_numpy.load_file(path)
            for name, of in update.items():
                key = name.replace("__", ".")
                arrays[key] = of(arrays[key]) if callable(of) else of
            path.write_bytes(safetensors_numpy.save(arrays))
            agree(study / run, path.name)
        return report(study)

    return Case(make)


def _gallery(change: Callable[[dict[str, Any]], None]) -> Case:
    """A gallery without a seal, as older versions wrote it, that shows something else."""

    def make(place: Place) -> list[str]:
        path = place.study() / "gallery.safetensors"
        arrays = dict(safetensors_numpy.load_file(path))
        change(arrays)
        path.write_bytes(safetensors_numpy.save(arrays))
        return report(place.study())

    return Case(make, "reported")


def _far(arrays: dict[str, Any]) -> None:
    arrays["worst.positions"] = np.full_like(arrays["worst.positions"], 2**40)


def _of_17_channels(arrays: dict[str, Any]) -> None:
    arrays["worst.images"] = np.zeros((len(arrays["worst.positions"]), 17, 4, 4), np.uint8)


def _flat(arrays: dict[str, Any]) -> None:
    arrays["worst.images"] = np.zeros((len(arrays["worst.positions"]), 3, 0, 9), np.uint8)


def _pickle(name: str, *, expected: Any = "refused") -> Case:
    def make(place: Place) -> list[str]:
        study = place.study()
        if "/" in name:
            put(study, name.partition("/")[2], place.pickled())
        else:
            (study / name).write_bytes(place.pickled())
        return report(study)

    return Case(make, expected)


def _pickled_record(place: Place) -> list[str]:
    for run in RUNS:
        (place.study() / run / "result.json").write_bytes(place.pickled())
    return report(place.study())


def _weights(content: Callable[[Place], bytes]) -> Case:
    """A run whose weights are read, which only the study's own command does."""

    def make(place: Place) -> Callable[[], object]:
        study = place.study()
        path = study / RUN / "model.safetensors"
        path.write_bytes(content(place))
        return lambda: read_model(path)

    return Case(make)


def _torch_zip(place: Place) -> bytes:
    # What torch.save writes: a zip archive with a pickle in it.
    import io
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", place.pickled())
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


FORMATS: dict[str, Case] = {
    "pickle as study.json": _pickle("study.json"),
    "pickle as result.json": Case(_pickled_record),
    "pickle as inference.json": _pickle("inference.json", expected="reported"),
    "pickle as images.jsonl": _pickle("images.jsonl", expected="reported"),
    "pickle as gallery.safetensors": _pickle("gallery.safetensors", expected="reported"),
    "pickle as predictions.safetensors": _pickle("run/predictions.safetensors"),
    "pickle as history.jsonl": _pickle("run/history.jsonl"),
    "pickle as model.safetensors": _weights(lambda place: place.pickled()),
    "torch.save as model.safetensors": _weights(_torch_zip),
    "newer pickle as model.safetensors": _weights(lambda place: place.pickled(5)),
    "header longer than the file": _lying(lambda h, d: _with(h, d, length=10**9)),
    "header of 2^63 bytes": _lying(lambda h, d: _with(h, d, length=2**63)),
    "header of no bytes": _lying(lambda h, d: _with(h, d, length=0)),
    "header that is no JSON": _lying(lambda h, d: _with("{" * 40, d)),
    "header nested 100,000 deep": _lying(lambda h, d: _with('{"a":' * 100_000 + "1" + "}" * 100_000, d)),
    "header of 50,000 names": _lying(
        lambda h, d: _with(
            {f"{i}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(50_000)}, b""
        )
    ),
    "header with a name twice": _lying(_twice, "either"),
    "file of nothing": _lying(lambda h, d: b""),
    "file of eight zeros": _lying(lambda h, d: bytes(8)),
    "data cut short": _lying(lambda h, d: _with(h, d[:-100])),
    "data with something behind it": _lying(lambda h, d: _with(h, d + b"#!/bin/sh\n")),
    "offsets backwards": _entry(data_offsets=[64, 0]),
    "offsets overlapping": _entry(data_offsets=[0, 384]),
    "offsets beyond the end": _entry(data_offsets=[0, 10**15]),
    "offsets below zero": _entry(data_offsets=[-8, 8]),
    "shape of 2^80 numbers": _entry(shape=[2**40, 2**40]),
    "shape below zero": _entry(shape=[-24, -4]),
    "shape of too many numbers": _entry(shape=[24, 5]),
    "type that nobody has": _entry(dtype="PICKLE"),
    "type of another width": _entry(dtype="F64"),
    "targets of a type without numbers": _arrays(
        test__targets__colour=lambda a: a.astype(np.float32) + 0.5 + 10**9
    ),
    "logits of no image": _arrays(
        test__logits__colour=np.zeros((0, 4), np.float32), test__targets__colour=np.zeros(0, np.int64)
    ),
    "logits of five axes": _arrays(test__logits__colour=np.zeros((1, 1, 24, 1, 4), np.float32)),
    "logits that are not finite": _arrays(test__logits__colour=lambda a: a * np.float32(np.nan)),
    "classes beyond their number": _arrays(test__targets__colour=lambda a: a + 2**40),
    "gallery of images far outside": _gallery(_far),
    "gallery of seventeen channels": _gallery(_of_17_channels),
    "gallery of images of no pixel": _gallery(_flat),
}
