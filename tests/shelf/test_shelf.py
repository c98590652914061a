"""Studies on this disk: each listed once with what is true of it, and removed with nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import taskgraft as tg
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError
from taskgraft.events import silent
from taskgraft.recipe import Recipe
from taskgraft.shelf import check_removable, list_studies, num_bytes_of, remove_study
from taskgraft.study import try_lock


@pytest.fixture(scope="module")
def finished(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shelf") / "study"
    tg.compare(tiny_data, ["independent", "shared"], tiny_recipe, out=out, listener=silent)
    return out


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "all" / "deep" / "study"))


def test_a_study_is_listed_with_what_its_records_say(study: Path, tmp_path: Path) -> None:
    (entry,) = list_studies(tmp_path)
    opened = tg.Study.open(study)
    means = {each.variant: each.scores["full_path_accuracy"].mean for each in opened.summary()}
    assert (entry.path, entry.data, entry.damage) == (str(study), opened.record.request.data.source, "")
    assert (entry.num_variants, entry.num_runs, entry.num_done) == (2, 2, 2)
    assert (entry.score, entry.value) == ("full_path_accuracy", max(means.values()))
    assert means[entry.highest or ""] == entry.value
    assert entry.num_bytes == sum(path.lstat().st_size for path in study.rglob("*") if path.is_file())


def test_runs_that_are_not_done_do_not_count(study: Path, tmp_path: Path) -> None:
    shutil.rmtree(study / "runs" / "shared-seed0")
    (entry,) = list_studies(tmp_path)
    assert (entry.num_runs, entry.num_done, entry.highest) == (2, 1, "independent")
    shutil.rmtree(study / "runs")
    (entry,) = list_studies(tmp_path)
    assert (entry.num_done, entry.highest, entry.value) == (0, None, None)


def test_a_damaged_study_is_listed_as_one(study: Path, tmp_path: Path) -> None:
    (study / "study.json").write_text("{")
    (entry,) = list_studies(tmp_path)
    assert "study.json" in entry.damage
    assert entry.num_bytes > 0


def test_studies_inside_studies_hidden_ones_and_links_are_not_listed(study: Path, tmp_path: Path) -> None:
    shutil.copytree(study, tmp_path / ".hidden" / "study")
    (tmp_path / "link").symlink_to(study)
    assert [entry.path for entry in list_studies(tmp_path)] == [str(study)]
    deep = tmp_path / "1" / "2" / "3" / "4"
    shutil.copytree(study, deep)
    assert len(list_studies(tmp_path)) == 1
    with pytest.raises(RequestError, match="to be a folder, but got 'none'"):
        list_studies(tmp_path / "nothing")


def test_a_study_is_removed_whole(study: Path) -> None:
    remove_study(study)
    assert not study.exists()
    assert study.parent.exists()


def test_what_is_no_study_or_holds_more_is_left_alone(study: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"to be a study, but got 'no study\.json in it'"):
        check_removable(tmp_path)
    (tmp_path / "link").symlink_to(study)
    with pytest.raises(RequestError, match="to be a study, but got 'a link to one'"):
        remove_study(tmp_path / "link")
    (study / "thesis.tex").touch()
    with pytest.raises(RequestError, match=r"to be files of a study alone, but got 'thesis\.tex too'"):
        remove_study(study)
    assert num_bytes_of(study) > 0
    assert (study / "study.json").exists()


@pytest.mark.parametrize("place", ["", "runs/shared-seed0", "tuning/runs/shared-seed4294967295"])
def test_a_study_in_use_is_left_alone(study: Path, place: str) -> None:
    (study / place).mkdir(parents=True, exist_ok=True)
    with try_lock(study / place) as is_held:
        assert is_held
        with pytest.raises(StudyError, match="to be a study that nobody works on, but got 'one in use'"):
            remove_study(study)
    assert (study / "study.json").exists()


def test_links_out_of_a_study_are_not_followed(study: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    (study / "runs" / "link").symlink_to(precious)
    remove_study(study)
    assert (precious / "file").read_text() == "x"
