"""Hostile cases in the records, names and links of a study directory."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hostile_place import OTHER_RUN, RUN, RUNS, Case, Expected, Place, own_up, report, rewrite

from taskgraft.errors import TaskgraftError
from taskgraft.study import Study

Change = Callable[[Any], Any]


def _text(content: Callable[[str], str], expected: Expected = "refused") -> Case:
    """A study whose record is this text, made from what it was."""

    def make(place: Place) -> list[str]:
        path = place.study() / "study.json"
        path.write_text(content(path.read_text()))
        return report(place.study())

    return Case(make, expected)


def _request(change: Change, expected: Expected = "refused") -> Case:
    """A study that asks for something else, with a checksum and runs that agree."""

    def make(place: Place) -> list[str]:
        def of(record: Any) -> None:
            change(record["request"])

        rewrite(place.study() / "study.json", of)
        # One that is refused as it is read has no identity.
        with suppress(ValueError, TaskgraftError):
            own_up(place.study())
        return report(place.study())

    return Case(make, expected)


def _result(change: Change, expected: Expected = "refused") -> Case:
    """A study whose runs all tell something else."""

    def make(place: Place) -> list[str]:
        for run in RUNS:
            rewrite(place.study() / run / "result.json", change)
        return report(place.study())

    return Case(make, expected)


def _set(*path: Any) -> Change:
    """Puts the last of the arguments where the others lead."""
    *keys, last, value = path

    def change(record: Any) -> None:
        for key in keys:
            record = record[key]
        record[last] = value

    return change


def _named(name: str) -> Case:
    return _request(_set("variants", 0, "name", name))


def _link(name: str, expected: Expected = "refused") -> Case:
    """A study of which one file or folder is a link to that of a study outside."""

    def make(place: Place) -> list[str]:
        path, target = place.study() / name, place.outside / "study" / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        path.symlink_to(target)
        return report(place.study())

    return Case(make, expected)


def _link_to_secret(name: str, expected: Expected = "refused") -> Case:
    def make(place: Place) -> list[str]:
        path = place.study() / name
        path.unlink(missing_ok=True)
        path.symlink_to(place.outside / "secret.txt")
        return report(place.study())

    return Case(make, expected)


def _instead(name: str, what: Callable[[str], None], expected: Expected = "refused") -> Case:
    """Something that is no file where one should be."""

    def make(place: Place) -> list[str]:
        path = place.study() / name
        path.unlink()
        what(str(path))
        return report(place.study())

    return Case(make, expected)


def _wide(place: Place) -> list[str]:
    """The study's own command, given a record with a width of 1e9: nothing of that size is ever built."""
    case = _request(_set("variants", 0, "architecture", "width_ratio", 1e9), "either")
    case.make(place)
    return ["compare", "--data", "shapes", "--recipe", "quick", "--out", str(place.study())]


def _formulas(record: Any) -> None:
    record["finished"] = "=cmd|' /C calc'!A0"
    record["scores"].update({"=1+1": 0.5, "@SUM(1)": 0.5, "+1": 0.5, "-1": 0.5})


def _formulas_found(place: Place, told: str) -> list[str]:
    Study.open(place.study()).write_results()
    text = (place.study() / "results.csv").read_text()
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    return [cell for cell in cells if cell[:1] in ("=", "+", "@") or cell == "-1"]


def _dup(text: str) -> str:
    return text.rstrip().rstrip("}") + ', "request": {"seeds": [1, 2, 3]}}'


STUDIES: dict[str, Case] = {
    "JSON nested a million deep": _text(lambda _: '{"request":' * 1_000_000),
    "JSON lists a million deep": _text(lambda _: "[" * 1_000_000 + "]" * 1_000_000),
    "JSON of 70 MB": _text(lambda text: text + " " * 70_000_000),
    "JSON of ten million entries": _text(
        lambda text: text.replace('"seeds": [', '"seeds": [' + "0," * 10**7)
    ),
    "JSON with a number of 100,000 digits": _text(
        lambda t: t.replace('"format": 4', '"format": ' + "9" * 10**5)
    ),
    "JSON with a number beyond floats": _text(lambda t: t.replace('"epochs": 1.0', '"epochs": 1e99999')),
    "JSON that is a list": _text(lambda _: "[]"),
    "JSON that is a text": _text(lambda _: json.dumps("x" * 10**6)),
    "JSON with a name twice": _text(_dup),
    "JSON with a lone surrogate": _text(lambda t: t.replace('"colours"', '"\\ud800"')),
    "JSON with a byte order mark of UTF-16": _text(lambda t: "\ufeff" + t),
    "record without its checksum": _text(
        lambda t: json.dumps({k: v for k, v in json.loads(t).items() if k != "checksum"})
    ),
    "record with another's checksum": _text(
        lambda t: t.replace('"seeds": [\n      0', '"seeds": [\n      7')
    ),
    "record of format 10^9": _text(lambda t: t.replace('"format": 4', '"format": 1000000000')),
    "record with a field of its own": _request(_set("__class__", "os.system")),
    "variant with a field of its own": _request(_set("variants", 0, "__class__", "os.system")),
    "variant named ../../outside": _named("../../outside/study"),
    "variant with an absolute name": _named("/etc/passwd"),
    "variant with a NUL in its name": _named("a\0b"),
    "variant named like a drive": _named("C:\\Windows\\x"),
    "variant with a line break": _named("shared\nrm"),
    "variant with an escape": _named("\x1b]8;;http://x\x07y"),
    "variant named dot dot": _named(".."),
    "variant of 100,000 letters": _named("a" * 100_000),
    "two variants of one name": _request(lambda r: r["variants"].append(r["variants"][0])),
    "no variant": _request(_set("variants", [])),
    "a flow in a circle": _request(
        _set(
            "variants",
            1,
            "architecture",
            "flows",
            [
                {"source": a, "target": b, "carries": "logits", "passes_gradient": True}
                for a, b in (("group", "colour"), ("colour", "group"))
            ],
        )
    ),
    "width of 1e9": _request(_set("variants", 0, "architecture", "width_ratio", 1e9), "either"),
    "width of 1e308": _request(_set("variants", 0, "architecture", "width_ratio", 1e308), "either"),
    "width of 1e9, continued": Case(_wide, "refused"),
    "width below zero": _request(_set("variants", 0, "architecture", "width_ratio", -1.0)),
    "stage of 10^18 channels": _request(
        _set("variants", 0, "recipe", "network", "trunk", "stage_widths", [10**18]), "either"
    ),
    "100,000 stages": _request(
        _set("variants", 0, "recipe", "network", "trunk", "stage_widths", [1] * 100_000), "either"
    ),
    "forks beyond every stage": _request(
        lambda r: r["variants"][0]["architecture"].update(trunk="forked", forks=[10**9, 10**9]), "either"
    ),
    "seed below zero": _request(_set("seeds", [-1])),
    "seed of 2^64": _request(_set("seeds", [2**64])),
    "half a million seeds": _request(_set("seeds", list(range(500_000)))),
    "epochs below zero": _request(_set("variants", 0, "recipe", "epochs", -1)),
    "epochs that are no number": _text(lambda t: t.replace('"epochs": 1.0', '"epochs": NaN')),
    "images of a shape below zero": _request(_set("data", "image_shape", [-3, -16, -16]), "either"),
    "taxonomy without levels": _request(_set("taxonomy", {})),
    "taxonomy of lists of lists": _request(_set("taxonomy", "levels", 0, "classes", [["a"], ["b"]])),
    "taxonomy with a text for classes": _request(_set("taxonomy", "levels", 1, "classes", "abcd")),
    "taxonomy of a million classes": _request(
        _set("taxonomy", "levels", 1, "classes", [str(i) for i in range(1_000_000)])
    ),
    "taxonomy with parents beyond": _request(_set("taxonomy", "parents", [[0, 0, 1, 10**12]])),
    "taxonomy with an infinite parent": _text(lambda t: t.replace('"parents": [', '"parents": [[1e999], ')),
    "taxonomy with true for a parent": _request(_set("taxonomy", "parents", [[False, False, True, True]])),
    "taxonomy with levels of other names": _request(_set("taxonomy", "levels", 0, "name", "other")),
    "digest of a file outside": _result(_set("digests", "../../../outside/secret.txt", "0" * 64)),
    "digest of an absolute path": _result(_set("digests", "/etc/passwd", "0" * 64)),
    "run that says it is another": _result(_set("variant", "shared")),
    "run named ../../outside": _result(_set("variant", "../../../outside/study")),
    "scores that are 200,000": _result(_set("scores", {f"x{i}": 0.5 for i in range(200_000)})),
    "scores that are texts": _result(_set("scores", {"a": "=1+1"})),
    "scores and times that are formulas": Case(_result(_formulas).make, "reported", _formulas_found),
    "history that is no history": _result(_set("digests", "history.jsonl", "0" * 64)),
    "study.json that is a link": _link("study.json"),
    "runs that are a link": _link("runs"),
    "a run that is a link": _link(RUN),
    "predictions that are a link": _link(f"{RUN}/predictions.safetensors", "reported"),
    "a result that is a link": _link(f"{RUN}/result.json", "reported"),
    "weights that are a link": _link(f"{OTHER_RUN}/model.safetensors", "reported"),
    "a history that is a link": _link(f"{RUN}/history.jsonl", "reported"),
    "a gallery that is a link": _link("gallery.safetensors", "reported"),
    "inference that is a link": _link("inference.json", "reported"),
    "names that are a link": _link("images.jsonl", "reported"),
    "names that are a link to a secret": _link_to_secret("images.jsonl", "reported"),
    "figures that are a link": _link("figures"),
    "a report that is a link": _link("report.html", "done"),
    "results that are a link": _link("results.csv", "reported"),
    "study.json that is a link to a secret": _link_to_secret("study.json"),
    "a report that is a link to a secret": _link_to_secret("report.html", "done"),
    "a checkpoint that is a link to a secret": _link_to_secret(f"{RUN}/checkpoint-a.safetensors", "done"),
    "study.json that is a pipe": _instead("study.json", os.mkfifo),
    "study.json that is a folder": _instead("study.json", os.mkdir),
    "predictions that are a pipe": _instead(f"{RUN}/predictions.safetensors", os.mkfifo, "reported"),
    "names that are a pipe": _instead("images.jsonl", os.mkfifo, "reported"),
    "names that are a folder": _instead("images.jsonl", os.mkdir, "reported"),
    "names that are zero for ever": _instead(
        "images.jsonl", lambda path: os.symlink("/dev/zero", path), "reported"
    ),
    "a gallery that is a pipe": _instead("gallery.safetensors", os.mkfifo, "reported"),
    "results that are a pipe": _instead("results.csv", os.mkfifo, "reported"),
    "a gallery that is zero for ever": _instead(
        "gallery.safetensors", lambda path: os.symlink("/dev/zero", path), "reported"
    ),
}
