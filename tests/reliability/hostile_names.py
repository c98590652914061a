"""Hostile names: of classes, levels, sources, machines and commands, in all that is written or shown."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from hostile_place import RUNS, Case, Place, agree, own_up, report, rewrite
from safetensors import numpy as safetensors_numpy

from taskgraft.study import Study

PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "an image that fails": '"><img src=x onerror=alert(1)>',
    "an end of everything": "</text></svg></style></title></script>]]><script>alert(1)</script>",
    "a link of JavaScript": "[x](javascript:alert(1)) ![y](http://evil.invalid/z.png)",
    "a template": "{{ 7*7 }}{% raw %}${7*7}",
    "colours of a terminal": "\x1b[31mred\x1b[0m\x9b2J",
    "a title of a terminal": "\x1b]0;owned\x07\x1b]8;;http://evil.invalid\x1b\\here\x1b]8;;\x1b\\",
    "another direction": "abc\u202etxt.exe\u2066\u200f",
    "lines of their own": "a\n\n# A heading\n| b | c |\r\n```\nrm -rf /\n!",
    "a formula": "=cmd|' /C calc'!A0",
    "markup of the terminal's library": "[bold red]x[/bold red][/][link=http://x]",
    "a path": "../../../outside/secret.txt",
    "a path of Windows": "C:\\Windows\\con:aux|?*",
    "signs that show nothing": "a\u200b\u2060\ufeff\x00\x7fb",
    "100,000 letters": "W" * 100_000,
}
_TAGS_OF_PAYLOADS = {"img"}


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """A record in which levels and classes have other names."""
    if isinstance(value, dict):
        return {_renamed(key, names): _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"(?<![\w-])(group|colour|red|warm)(?![\w-])", lambda m: names[m[1]], value)


def _make(payload: str) -> Any:
    names = {"group": f"g{payload}", "colour": f"c{payload}", "red": f"{payload}r", "warm": f"{payload}w"}

    def make(place: Place) -> list[str]:
        study = place.study()
        rewrite(study / "study.json", lambda record: _everywhere(_renamed(record, names), payload))
        for run in RUNS:
            for name in ("predictions.safetensors", "flows.safetensors"):
                path = study / run / name
                if path.exists():
                    arrays = safetensors_numpy.load_file(path)
                    path.write_bytes(
                        safetensors_numpy.save({_renamed(k, names): v for k, v in arrays.items()})
                    )
            path = study / run / "history.jsonl"
            rows = [json.dumps(_renamed(json.loads(line), names)) for line in path.read_text().splitlines()]
            path.write_text("\n".join(rows) + "\n")
            rewrite(study / run / "result.json", lambda record: _renamed(record, names))
            for name in json.loads((study / run / "result.json").read_bytes())["digests"]:
                agree(study / run, name)
        own_up(study)
        for name in ("report.html", "results.csv"):
            (study / name).unlink(missing_ok=True)
        return report(study)

    return make


def _everywhere(record: Any, payload: str) -> Any:
    """The payload wherever a record has free text."""
    request, environment = record["request"], record["environment"]
    request["data"].update(
        source=payload,
        split=payload,
        notes=[payload],
        skipped=[[payload, payload]],
        options={payload: payload},
    )
    for variant in request["variants"]:
        variant["architecture"]["name"] = payload
    environment.update(processor=payload, platform=payload)
    environment["versions"][payload] = payload
    record.update(command=payload, created=payload)
    return record


class _Tags(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _faults(place: Place, told: str) -> list[str]:
    study = place.inside / "study"
    Study.open(study).write_results()
    page, markdown = (study / "report.html").read_text(), (place.inside / "verdict.md").read_text()
    found = [
        *_bad_signs("terminal", told),
        *_bad_signs("report.html", page),
        *_bad_signs("markdown", markdown),
    ]
    found += _bad_tags(page)
    found += _bad_markdown(markdown)
    for path in (study / "figures").glob("*"):
        found += _bad_figure(path.name, path.read_text())
    found += _bad_table((study / "results.csv").read_text())
    found += [
        f"wrote {path}"
        for path in place.inside.iterdir()
        if path.name not in ("study", "verdict.md", "cache")
    ]
    return found


def _bad_signs(what: str, text: str) -> list[str]:
    """Characters that steer a terminal or a reader's eyes."""
    bad = {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")}
    return [f"{what} shows {sorted(map(ascii, bad))}"] if bad else []


def _bad_tags(page: str) -> list[str]:
    parsed = _Tags()
    parsed.feed(page)
    scripts = [tag for tag, _ in parsed.found if tag == "script"]
    found = [] if len(scripts) <= 1 else [f"report.html has {len(scripts)} scripts"]
    for tag, attributes in parsed.found:
        source = str(attributes.get("src") or "")
        if tag == "img" and not source.startswith("data:"):
            found.append(f"report.html has an image {source}")
        for name, value in attributes.items():
            if name.startswith("on") or ("javascript:" in str(value) and name in ("href", "src")):
                found.append(f"report.html has {tag} with {name}")
    return found


def _bad_figure(name: str, text: str) -> list[str]:
    root = ElementTree.fromstring(text)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    found = [f"{name} has a {tag}" for tag in tags & {"script", "img", "foreignObject", "a"}]
    return found + _bad_signs(name, text)


def _bad_markdown(text: str) -> list[str]:
    """What a renderer would take for more than text, outside of code."""
    plain = re.sub(r"(`+).*?\1", "", text, flags=re.DOTALL)
    found = [f"markdown has {m[0]!r:.60}" for m in re.finditer(r"(?<!\\)<(script|img|/)", plain)]
    found += [
        f"markdown links {m[0]!r:.60}" for m in re.finditer(r"(?<!\\)\]\((javascript|http)[^)]*", plain)
    ]
    if re.search(r"^# A heading", text, re.MULTILINE):
        found.append("markdown has a heading of its own")
    return found


def _bad_table(text: str) -> list[str]:
    csv.field_size_limit(10**8)
    rows = list(csv.reader(io.StringIO(text)))
    found = [
        f"results.csv has a formula {cell!r:.40}"
        for row in rows
        for cell in row
        if cell[:1] in ("=", "+", "@", "\t", "\r")
    ]
    return found if len({len(row) for row in rows}) == 1 else [*found, "results.csv is torn"]


NAMED: dict[str, Case] = {
    f"names that are {kind}": Case(_make(payload), "done", _faults) for kind, payload in PAYLOADS.items()
}
