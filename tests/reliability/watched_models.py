"""Gives hostile model files to everything that takes one, under an audit hook; prints a JSON line for each.

python watched_models.py FOLDER [NAME ...]
"""

from __future__ import annotations

import contextlib
import csv
import gc
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from hostile_models import MODELS
from hostile_place import Case, Place, make_base
from PIL import Image
from starlette.testclient import TestClient
from watched import Watch, run_case

import taskgraft as tg
import taskgraft.serve
from taskgraft.cli.main import main
from trained_model import parts

FILE = "model.safetensors"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MARKUP = ("<script>alert", "](javascript:")
_NUM_PICTURES = 6
_READABLE_BYTES = 100_000_000
_OTHERS = {"group": ["warm"], "colour": ["red"]}


def _load(place: Place) -> Callable[[], object]:
    def load() -> None:
        model = tg.load_model(place.inside / FILE)
        print(repr(model), model._repr_html_(), repr(model.description)[:100])

    return load


def _serve(place: Place) -> Callable[[], object]:
    """The command, with requests in the place of a network."""

    def asked(app: Any, *_: Any) -> None:
        client = TestClient(app, base_url="http://localhost")
        for path in ("/", "/taxonomy", "/health", "/metrics"):
            assert client.get(path).status_code == 200, path
        picture = (place.inside / "photos" / "0.png").read_bytes()
        answer = client.post("/predict", content=picture, headers={"content-type": "image/png"})
        assert answer.status_code in (200, 500), answer.text
        assert "Traceback" not in answer.text

    def serve() -> None:
        with (
            patch.object(taskgraft.serve, "run", asked),
            patch.object(sys, "argv", ["taskgraft", "serve", FILE]),
        ):
            main()

    return serve


FACES: dict[str, Callable[[Place], Callable[[], object] | list[str]]] = {
    "load_model": _load,
    "predict": lambda _: ["predict", FILE, "photos", "--top", "2"],
    "predict --json": lambda _: ["predict", FILE, "photos", "--json", "--target-accuracy", "0.5"],
    "evaluate": lambda _: ["evaluate", FILE, "labels.csv", "--out", "page.html", "--csv", "classes.csv"],
    "export": lambda _: ["export", FILE, "--out", "exported.pt2", "--pictures", "photos"],
    "card": lambda _: ["card", FILE, "--out", "card.md"],
    "serve": _serve,
}
"""Everything that takes a model, by its name."""


def _pictures(place: Place) -> None:
    """Pictures, and a table that labels them with the classes of the model, as far as it has some."""
    folder = place.inside / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(_NUM_PICTURES):
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8)).save(folder / f"{number}.png")
    levels = _levels(place)
    with (place.inside / "labels.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", *levels])
        for number in range(_NUM_PICTURES):
            row = [classes[number % len(classes)] for classes in levels.values()]
            table.writerow([f"photos/{number}.png", *row])


def _levels(place: Place) -> dict[str, list[str]]:
    path = place.inside / FILE
    # Whoever waits for a pipe waits for ever.
    if not path.is_file() or path.stat().st_size > _READABLE_BYTES:
        return _OTHERS
    try:
        levels = parts(path)[0]["taxonomy"]["levels"]
        named = {level["name"]: level["classes"] for level in levels}
        json.dumps(named, ensure_ascii=False).encode()
    except Exception:
        return _OTHERS
    return named


def _faults(place: Place, said: str) -> list[str]:
    """What steers a terminal or is markup, in what was said and written."""
    faults = [f"said {found[0]!r}" for found in [_CONTROL.search(said)] if found]
    for name in ("page.html", "card.md"):
        path = place.inside / name
        text = path.read_text() if path.exists() else ""
        faults += [f"{name} has {markup}" for markup in _MARKUP if markup in text]
        faults += [f"{name} has {found[0]!r}" for found in [_CONTROL.search(text)] if found]
    return faults


@contextlib.contextmanager
def _peak() -> Iterator[dict[str, int]]:
    """By how many bytes memory grew at most within."""
    Path("/proc/self/clear_refs").write_text("5")
    before, peak = _status("VmRSS"), {}
    yield peak
    peak["bytes"] = _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _given(place: Place, face: str, watch: Watch) -> dict[str, Any]:
    """What comes of a file in one place that takes models, and what is left behind."""
    before, started = set(os.listdir(place.inside)), time.process_time()
    with _peak() as peak:
        row = run_case(Case(lambda _: FACES[face](place), "either", _faults), place, watch)
    left = sorted(set(os.listdir(place.inside)) - before - {"cache"})
    for name in left:
        (place.inside / name).unlink()
    seconds = time.process_time() - started
    return {**row, "seconds": seconds, "left": left, "bytes": peak["bytes"]}


def run_all(folder: Path, faces: list[str], names: list[str]) -> None:
    """Gives the files named to some faces."""
    torch.set_num_threads(1)
    os.environ["TASKGRAFT_CACHE"] = str(folder / "unused")
    base, watch = make_base(folder / "base"), Watch()
    gc.freeze()
    for number, name in enumerate(names):
        place = Place(folder / f"case-{number}", base)
        for cache in ("TASKGRAFT_CACHE", "TORCHINDUCTOR_CACHE_DIR"):
            os.environ[cache] = str(place.inside / "cache")
        MODELS[name](place, place.inside / FILE)
        _pictures(place)
        for face in faces:
            print(json.dumps({"name": name, "face": face, **_given(place, face, watch)}), flush=True)
        shutil.rmtree(place.root)


if __name__ == "__main__":
    run_all(Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3:])
