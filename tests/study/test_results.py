import csv
import os
import shutil
from pathlib import Path

import pytest

from listening import Listening
from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe
from taskgraft.study import Study


class Notes(Listening):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def on_note(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def made(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "study"
    compare(tiny_data, "shared", tiny_recipe, 1, out=out, num_threads=1, listener=silent)
    return out


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "study"))


def again(study: Path, data: Dataset, recipe: Recipe, seeds: int = 1) -> list[str]:
    notes = Notes()
    compare(data, "shared", recipe, seeds, out=study, num_threads=1, listener=notes)
    return [line for line in notes.lines if "results.csv" in line]


def test_a_table_that_somebody_edited_is_named_and_kept(
    study: Path, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    path = study / "results.csv"
    right = path.read_text()
    for number, name in enumerate(("results.csv.bak", "results.csv.bak2")):
        edited = right.replace("shared", f"my note {number}")
        path.write_text(edited)
        assert Study.open(study).damaged == ("results.csv does not say what the records of the runs say",)
        told = again(study, tiny_data, tiny_recipe)
        assert (
            told[0] == "Damaged, and made again: results.csv does not say what the records of the runs say."
        )
        assert told[1].startswith(f"results.csv is kept as {name}, and written again")
        assert (path.read_text(), (study / name).read_text()) == (right, edited)
    assert again(study, tiny_data, tiny_recipe) == []
    assert Study.open(study).damaged == ()


def test_a_table_of_our_own_is_replaced_without_a_word(
    study: Path, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    assert again(study, tiny_data, tiny_recipe, seeds=2) == []
    with (study / "results.csv").open() as file:
        assert [row["seed"] for row in csv.DictReader(file)] == ["0", "1"]
    assert list(study.glob("results.csv.bak*")) == []
    (study / "results.csv").unlink()
    assert again(study, tiny_data, tiny_recipe, seeds=2) == []
    assert (study / "results.csv").exists()


EDITS = {
    "a number": lambda text: text.replace("0.", "1.", 1),
    "a line more": lambda text: f"{text}mine,7\n",
    "a line twice": lambda text: text + text.splitlines(keepends=True)[-1],
    "a column": lambda text: text.replace("\n", ",note\n", 1),
    "another run": lambda text: text.replace("shared,0", "shared,7"),
    "other ends of lines": lambda text: text.replace("\n", "\r\n"),
    "a blank line": lambda text: f"{text}\n",
    "no table": lambda text: "\x00\xff",
}


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_is_told_from_a_table_of_our_own(edit: str, study: Path) -> None:
    path = study / "results.csv"
    path.write_text(EDITS[edit](path.read_text()), newline="")
    assert Study.open(study).damaged == ("results.csv does not say what the records of the runs say",)


def test_a_table_of_an_earlier_moment_is_ours(study: Path, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    early = (study / "results.csv").read_bytes()
    (study / "inference.json").unlink()
    assert again(study, tiny_data, tiny_recipe, seeds=3) == []
    late = (study / "results.csv").read_bytes()
    for run in ("shared-seed1", "shared-seed2"):
        (study / "runs" / run / "result.json").unlink()
        assert Study.open(study).damaged == ()
    (study / "results.csv").write_bytes(late.replace(b"shared,0,", b"shared,0,1"))
    assert "results.csv" in Study.open(study).damaged[0]
    assert early != late


def test_something_else_of_that_name_is_moved_aside(
    study: Path, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    (study / "results.csv").unlink()
    os.mkfifo(study / "results.csv")
    assert "something that is no file" in Study.open(study).damaged[0]
    assert "kept as results.csv.bak," in again(study, tiny_data, tiny_recipe)[1]
    assert (study / "results.csv").is_file()
