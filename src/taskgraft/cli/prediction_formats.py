"""Predictions as bytes for other programs, piece by piece: nothing of them piles up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from taskgraft.inference import Model, Predictions, identity
from taskgraft.pictures import BadImage

FORMATS = ("csv", "jsonl", "json")


def as_bytes(form: str, parts: Iterable[Predictions], model: Model) -> Iterator[bytes]:
    """Predictions in one of `FORMATS`.

    Args:
        form: Which one.
        parts: Of all pictures; one at least.
        model: What gave them.
    """
    if form == "csv":
        yield from (part.as_csv(has_header=not i) for i, part in enumerate(parts))
    elif form == "jsonl":
        yield from ("".join(f"{line}\n" for line in part.as_jsonl()).encode() for part in parts)
    else:
        yield from (f"{text}\n".encode() for text in _json_texts(parts, model))


def _json_texts(parts: Iterable[Predictions], model: Model) -> Iterator[str]:
    """One JSON document, in ASCII, with a line for each picture."""
    threshold: float | None = None
    bad: list[BadImage] = []
    notes: dict[str, None] = {}
    yield f'{{\n"model": {json.dumps(identity(model.description))},\n"predictions": ['
    behind = ""
    for part in parts:
        if len(part):
            yield behind + ",\n".join(part.as_jsonl())
            behind = ","
        threshold = part.threshold
        bad += part.bad
        notes |= dict.fromkeys(part.notes)
    rest = {"threshold": threshold, "bad": [each.to_dict() for each in bad], "notes": list(notes)}
    yield "],"
    yield json.dumps(rest, allow_nan=False)[1:]
