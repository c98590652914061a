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
from taskgraft.report import write_report
from taskgraft.shelf import check_removable, list_studies, num_bytes_of, remove_studies
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


def removed(*directories: Path) -> list[Path]:
    return list(remove_studies(directories))


def everything(folder: Path) -> dict[str, bytes | None]:
    """All that lies below a folder, but for locks, which an attempt may leave."""
    paths = [path for path in sorted(folder.rglob("*")) if path.name != ".lock"]
    return {str(path): path.read_bytes() if path.is_file() else None for path in paths}


def test_a_study_is_removed_whole(study: Path) -> None:
    assert removed(study) == [study]
    assert not study.exists()
    assert list(study.parent.iterdir()) == []


def test_all_that_commands_leave_in_a_study_is_of_it(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    recipe = tiny_recipe.model_copy(update={"epochs": 2})
    study = tg.compare(
        tiny_data,
        ["shared", "fine-to-coarse"],
        recipe,
        out=tmp_path / "study",
        log="csv",
        diagnose=True,
        tune=2,
        listener=silent,
    )
    write_report(study)
    for name in ("traceback.txt", "checkpoint-a.safetensors", ".result.json.4711.tmp", ".DS_Store"):
        (study.directory / "runs" / "shared-seed0" / name).touch()
    (study.directory / ".study.json.4711.tmp").touch()
    (study.directory / "runs" / "shared-seed7").mkdir()
    check_removable(study.directory)
    assert (study.directory / "logs" / "csv").is_dir()
    assert (study.directory / "tuning" / "runs").is_dir()


def test_the_study_of_the_golden_files_is_one() -> None:
    check_removable(Path(__file__).parents[1] / "reliability" / "golden" / "study")


def test_what_is_no_study_is_left_alone(study: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"to be a study, but got 'no study\.json in it'"):
        check_removable(tmp_path)
    (tmp_path / "link").symlink_to(study)
    with pytest.raises(RequestError, match="to be a study, but got 'a link to one'"):
        removed(tmp_path / "link")
    (tmp_path / "linked-record").mkdir()
    (tmp_path / "linked-record" / "study.json").symlink_to(study / "study.json")
    with pytest.raises(RequestError, match=r"of a study alone, but got 'study\.json too'"):
        removed(tmp_path / "linked-record")
    assert num_bytes_of(study) > 0
    assert (study / "study.json").exists()


@pytest.mark.parametrize("record", ['{"name": "effects of sleep", "runs": 3}', "", "{", "\0" * 900, "[1]"])
def test_another_programs_study_is_left_alone(tmp_path: Path, record: str) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "study.json").write_text(record)
    with pytest.raises(RequestError, match=r"to be a study, but got a study\.json that is no record of one"):
        removed(tmp_path)
    assert (tmp_path / "study.json").read_text() == record


def test_a_study_whose_record_is_damaged_or_of_another_format_is_removed(study: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(study, tmp_path / "other"))
    content = (study / "study.json").read_bytes()
    (study / "study.json").write_bytes(content[: len(content) // 2])
    (other / "study.json").write_bytes(content.replace(b'"format": 4', b'"format": 3'))
    removed(study, other)
    assert not study.exists()
    assert not other.exists()


FOREIGN = (
    "thesis.tex",
    "notes/todo.txt",
    "data.json/inner.txt",
    "results.csv.bak",
    "runs/notes.txt",
    "runs/shared-seed0/best.pt",
    "runs/shared-seed0/more/model.safetensors",
    "runs/shared-seed0/study.json",
    "runs/nested/study.json",
    "tuning/notes.txt",
    "tuning/runs/shared-seed0/notes.txt",
    "tuning/study.json",
    "figures/drawn-by-hand.png",
    "logs/csv/deep/study.json",
)


@pytest.mark.parametrize("path", FOREIGN)
def test_a_study_that_holds_more_anywhere_below_is_left_alone(study: Path, path: str) -> None:
    place = study / path
    if place.parent.is_file():
        place.parent.unlink()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("mine")
    before = everything(study.parent)
    with pytest.raises(RequestError, match=r"to be files of a study alone, but got '.* too'") as refused:
        removed(study)
    shown = str(refused.value).split("but got '")[1].split(" too")[0]
    assert Path(shown) in (Path(path), *Path(path).parents)
    assert everything(study.parent) == before


@pytest.mark.parametrize(
    "place", ["runs/link", "runs/shared-seed0/model.safetensors", "logs/link", "figures", "tuning"]
)
def test_links_out_of_a_study_are_named_and_nothing_is_touched(
    study: Path, tmp_path: Path, place: str
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    if (study / place).is_dir():
        shutil.rmtree(study / place)
    (study / place).unlink(missing_ok=True)
    (study / place).parent.mkdir(exist_ok=True)
    (study / place).symlink_to(precious)
    with pytest.raises(RequestError, match=f"to be files of a study alone, but got '{place} too'"):
        removed(study)
    assert [path.name for path in precious.iterdir()] == ["file"]
    assert (study / "study.json").exists()


@pytest.mark.parametrize("place", ["", "runs/shared-seed0", "tuning/runs/shared-seed4294967295"])
def test_a_study_in_use_is_left_alone_and_so_are_those_beside_it(
    study: Path, tmp_path: Path, place: str
) -> None:
    free = Path(shutil.copytree(study, tmp_path / "free"))
    (study / place).mkdir(parents=True, exist_ok=True)
    what = f"to be a study that nobody works on, but got {place or 'it'} in use, held by"
    with try_lock(study / place) as is_held:
        assert is_held
        with pytest.raises(StudyError, match=what):
            removed(free, study)
    assert (study / "study.json").exists()
    assert (free / "study.json").exists()


def test_a_study_is_removed_once_however_it_is_named(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "way").symlink_to(study.parent)
    monkeypatch.chdir(study)
    assert removed(Path(), study, tmp_path / "way" / "study") == [Path()]
    assert not study.exists()
    assert list((tmp_path / "all" / "deep").iterdir()) == []


def test_what_cannot_be_taken_out_of_the_way_is_whole(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(study)

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(
        StudyError, match="to be a directory that can be removed, but got 'Permission denied'"
    ):
        removed(study)
    assert everything(study) == before
