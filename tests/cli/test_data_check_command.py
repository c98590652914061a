"""`taskgraft data check`: what it prints and writes, and which findings make it fail."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

SHAPES = ("shapes", "--data-option", "num_train=800", "--data-option", "num_test=80")


def write_folder(folder: Path, num_copies: int) -> Path:
    """Two classes of noise, so many of the test pictures of each copied from train."""
    rng = np.random.default_rng(0)
    for name in ("fig", "pea"):
        for split, number in (("train", 12), ("val", 5), ("test", 5)):
            (folder / split / name).mkdir(parents=True)
            for place in range(number):
                pixels = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{place}.png")
        for place in range(num_copies):
            copied = (folder / "train" / name / f"{place}.png").read_bytes()
            (folder / "test" / name / f"{place}.png").write_bytes(copied)
    return folder


def test_it_prints_the_verdict_and_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shapes.html"
    assert run(monkeypatch, "data", "check", *SHAPES, "--out", out) == 0
    printed = capsys.readouterr().out
    assert "Ready: nothing was found that needs a look." in printed
    assert printed.endswith(f"Page: {out}\n")
    assert "<!DOCTYPE html>" in out.read_text()[:100]


def test_it_gives_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shapes.html"
    assert run(monkeypatch, "data", "check", *SHAPES, "--out", out, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["verdict"], shown["page"]) == ("ready", str(out))
    assert shown["levels"][0]["classes"][0]["num_images"]["test"] > 0


@pytest.mark.parametrize(
    ("num_copies", "num_lacking", "fails"),
    [
        (0, 0, {"mend": 0, "look": 0, "never": 0}),
        (0, 4, {"mend": 0, "look": 1, "never": 0}),
        (3, 0, {"mend": 1, "look": 1, "never": 0}),
    ],
)
def test_what_it_fails_on_is_chosen(
    num_copies: int,
    num_lacking: int,
    fails: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, out = write_folder(tmp_path / "greens", num_copies), tmp_path / "page.html"
    for place in range(num_lacking):
        # Fewer than ten train pictures of a class are worth a look.
        (folder / "train" / "fig" / f"{place}.png").unlink()
    for word, code in fails.items():
        assert run(monkeypatch, "data", "check", folder, "--out", out, "--fail-on", word) == code
    assert run(monkeypatch, "data", "check", folder, "--out", out) == fails["mend"]
    assert not capsys.readouterr().err


def test_an_unknown_wish_is_refused_with_the_words_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert run(monkeypatch, "data", "check", *SHAPES, "--out", out, "--fail-on", "lok") == 2
    assert capsys.readouterr().err == (
        "taskgraft: Expected --fail-on to be one of mend, look, never, but got 'lok'. Did you mean 'look'?\n"
    )
    assert not out.exists()
