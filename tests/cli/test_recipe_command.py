"""`taskgraft recipe`: what it prints is a recipe file."""

import json
from pathlib import Path

import pytest
from command import run

from taskgraft.recipe import RECIPES, recipe


@pytest.mark.parametrize("name", ["fast", "original"])
def test_what_is_shown_is_a_file_of_the_same_recipe(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "recipe", "show", name) == 0
    path = tmp_path / "mine.toml"
    path.write_text(capsys.readouterr().out)
    assert recipe(str(path)) == recipe(name)
    assert run(monkeypatch, "recipe", "show", path) == 0
    assert capsys.readouterr().out == path.read_text()
    assert run(monkeypatch, "recipe", "show", path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["epochs"] == recipe(name).epochs


def test_an_unknown_recipe_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "recipe", "show", "fsat") == 2
    assert capsys.readouterr().err.endswith("Did you mean 'fast'?\n")


def test_the_list_has_a_line_for_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "recipe", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(RECIPES)
    assert all(len(line) <= 80 for line in lines)
    assert run(monkeypatch, "recipe", "list", "--json") == 0
    assert list(json.loads(capsys.readouterr().out)) == list(RECIPES)
