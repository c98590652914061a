"""Every kind of damage to every file of a study is found out, named, and made good; none is believed."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_study import NAMES, Watching, differing_files, leftovers, small_recipe, small_study

from taskgraft.errors import RequestError, StudyError
from taskgraft.study import RunRecord, Study, digest, read_gallery, read_record
from taskgraft.study._checked import checksum
from taskgraft.verdict import conclude

RUN_FILES = ("result.json", "history.jsonl", "model.safetensors", "predictions.safetensors")
RUN_PATHS = [f"runs/{name}-seed0/{file}" for name in NAMES for file in RUN_FILES]
RUN_PATHS.append(f"runs/{NAMES[1]}-seed0/flows.safetensors")
DERIVED = ("images.jsonl", "data.json", "inference.json", "gallery.safetensors", "results.csv")
PATHS = [*RUN_PATHS, *DERIVED, "study.json"]

Damage = Callable[[bytes], bytes | None]


def cases(num_cuts: int, num_flips: int) -> list[tuple[str, str, Damage]]:
    """(kind, path, damage): cuts at even shares, single flipped bits, and what happens to whole files."""
    rng = random.Random(0)
    found: list[tuple[str, str, Damage]] = []
    for path in PATHS:
        for share in range(num_cuts):
            found.append(("truncated", path, lambda old, share=share: old[: len(old) * share // num_cuts]))
        for place in [rng.random() for _ in range(num_flips)]:
            found.append(("flipped", path, lambda old, place=place: _flip(old, int(place * len(old) * 8))))
        found.append(("zeroed", path, lambda old: bytes(len(old))))
        found.append(("half zeroed", path, lambda old: old[: len(old) // 2] + bytes((len(old) + 1) // 2)))
        found.append(("longer", path, lambda old: old + b"\0"))
        found.append(("missing", path, lambda old: None))
    return found


def _flip(content: bytes, bit: int) -> bytes:
    return content[: bit // 8] + bytes([content[bit // 8] ^ (1 << bit % 8)]) + content[bit // 8 + 1 :]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return small_study(tmp_path_factory.mktemp("sound") / "study")


@pytest.fixture
def copy(sound: Study, tmp_path: Path) -> Path:
    shutil.copytree(sound.directory, tmp_path / "study")
    return tmp_path / "study"


def harm(study: Path, path: str, damage: Damage) -> None:
    content = damage((study / path).read_bytes())
    (study / path).unlink()
    if content is not None:
        (study / path).write_bytes(content)


def is_believed_wrongly(study: Path, sound: Study, path: str, kind: str) -> bool:
    """Whether anything is taken from the damaged file that the sound one does not say, or it goes unnamed."""
    try:
        found = Study.open(study)
    except (StudyError, RequestError) as error:
        # The record of the study itself: refused with one line that names it.
        return not (path == "study.json" and str(study) in str(error) and "\n" not in str(error))
    if path == "study.json":
        return found.record != sound.record
    if path == "results.csv":
        return False
    is_named = any(Path(path).name in line and "\n" not in line for line in found.damaged)
    # A file that is not there may never have been; a run then counts as one that is not finished.
    is_absent = kind == "missing" and (path in DERIVED or path.endswith("result.json"))
    if path in RUN_PATHS and Path(path).parent.name not in {f"{n}-seed{s}" for n, s in found.missing}:
        return found.runs != sound.runs or _differ(study, sound.directory, path)
    if path == "inference.json" and found.inference():
        return found.inference() != sound.inference()
    if path == "gallery.safetensors" and read_gallery(study):
        return gallery_bytes(study) != gallery_bytes(sound.directory)
    return not (is_named or is_absent)


def gallery_bytes(study: Path) -> list[bytes]:
    return [array.tobytes() for kept in read_gallery(study).values() for array in kept]


def _differ(one: Path, other: Path, path: str) -> bool:
    """A record may be written otherwise and say the same; every other file is itself or is damaged."""
    if path.endswith("result.json"):
        return read_record(one / path, RunRecord) != read_record(other / path, RunRecord)
    return digest(one / path) != digest(other / path)


def survives(
    sound: Study, folder: Path, todo: Iterator[tuple[str, str, Damage]], redo_every: int
) -> tuple[int, int, list[str]]:
    """How many cases were found out, how many of them were made good, and those that were not."""
    num_cases, num_redone, wrong = 0, 0, []
    for number, (kind, path, damage) in enumerate(todo):
        study = folder / "study"
        shutil.copytree(sound.directory, study)
        harm(study, path, damage)
        if is_believed_wrongly(study, sound, path, kind):
            wrong.append(f"believed: {kind} {path}")
        num_cases += 1
        if number % redo_every == 0:
            small_study(study)
            csv_of = [(own / "results.csv").read_text().count("\n") for own in (study, sound.directory)]
            if differing_files(study, sound.directory) or csv_of[0] != csv_of[1] or leftovers(study):
                wrong.append(f"not made good: {kind} {path}")
            num_redone += 1
        shutil.rmtree(study)
    return num_cases, num_redone, wrong


def test_damage_is_found_out_and_made_good(sound: Study, tmp_path: Path) -> None:
    num_cases, num_redone, wrong = survives(sound, tmp_path, iter(cases(1, 1)), redo_every=9)
    assert wrong == []
    assert (num_cases, num_redone) == (6 * len(PATHS), -(-6 * len(PATHS) // 9))


@pytest.mark.torture
def test_damage_of_every_kind_at_every_percent(sound: Study, tmp_path: Path) -> None:
    num_cases, num_redone, wrong = survives(sound, tmp_path, iter(cases(100, 40)), redo_every=17)
    print(f"torture: corruption: {num_cases} cases found out, {num_redone} made good bit by bit")
    assert wrong == []
    assert num_cases >= 500


@pytest.mark.parametrize("file", [*RUN_FILES, "the whole directory"])
def test_files_swapped_between_runs_are_found_out(copy: Path, sound: Study, file: str) -> None:
    ours, theirs = (copy / "runs" / f"{name}-seed0" for name in NAMES)
    pairs = [(ours, theirs)] if file == "the whole directory" else [(ours / file, theirs / file)]
    for one, other in pairs:
        one.rename(copy / "aside")
        other.rename(one)
        (copy / "aside").rename(other)
    found = Study.open(copy)
    assert found.runs == ()
    assert len(found.damaged) == 2
    watching = Watching()
    small_study(copy, listener=watching)
    assert sorted(watching.done) == [(name, 0) for name in sorted(NAMES)]
    assert sum("made again" in note for note in watching.notes) == 2
    assert [name for name in differing_files(copy, sound.directory) if "flows" not in name] == []


def test_a_run_of_another_study_is_found_out(copy: Path, sound: Study, tmp_path: Path) -> None:
    """The same architecture, seed and shapes, whole in itself, but trained by another recipe."""
    path = copy / "study.json"
    record = sound.record
    recipe = small_recipe().model_copy(update={"label_smoothing": 0.0})
    variants = tuple(replace(variant, recipe=recipe) for variant in record.request.variants)
    other = record.model_copy(update={"request": record.request.model_copy(update={"variants": variants})})
    path.write_text(other.model_dump_json())
    found = Study.open(copy)
    assert found.runs == ()
    assert all("another study's run" in line for line in found.damaged)


@pytest.mark.parametrize("damage", ["missing", "torn"])
def test_a_lost_study_record_is_written_again_where_the_runs_agree(
    copy: Path, sound: Study, damage: str
) -> None:
    (copy / "study.json").unlink() if damage == "missing" else (copy / "study.json").write_text("{")
    watching = Watching()
    small_study(copy, listener=watching)
    assert watching.done == []
    assert "study.json was missing or damaged" in watching.notes[0]
    assert differing_files(copy, sound.directory) == []


def test_a_lost_study_record_is_not_written_again_for_another_request(copy: Path, sound: Study) -> None:
    (copy / "study.json").write_text("{")
    with pytest.raises(StudyError, match=r"study\.json to be a complete study record, but got 'no JSON'"):
        small_study(copy, names=NAMES[:1])
    assert (copy / "study.json").read_text() == "{"


def test_a_report_of_a_damaged_study_tells_what_there_is_and_what_is_damaged(copy: Path) -> None:
    harm(copy, RUN_PATHS[2], lambda old: old[:-1])
    harm(copy, "gallery.safetensors", lambda old: old[:-1])
    verdict = conclude(copy)
    assert [standing.variant for standing in verdict.standings] == [NAMES[1]]
    (told,) = [caution for caution in verdict.cautions if caution.startswith("Damaged")]
    assert "independent-seed0: model.safetensors does not match its digest" in told
    assert "gallery.safetensors is no complete safetensors file" in told


@pytest.mark.parametrize("special", ["directory", "fifo", "large"])
def test_what_is_no_file_or_too_large_is_refused_at_once(
    copy: Path, special: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copy / RUN_PATHS[0]
    content = path.read_bytes()
    path.unlink()
    if special == "directory":
        path.mkdir()
    elif special == "fifo":
        os.mkfifo(path)
    else:
        path.write_bytes(content)
        monkeypatch.setattr("taskgraft.study._checked._MOST_BYTES", 100)
        with pytest.raises(StudyError, match="but got more than 100 bytes"):
            Study.open(copy)
        return
    assert "something that is no file" in Study.open(copy).damaged[0]


@pytest.mark.parametrize("link", ["runs", f"runs/{NAMES[0]}-seed0", "figures"])
def test_a_directory_that_a_link_leads_out_is_refused(copy: Path, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    if (copy / link).exists():
        (copy / link).rename(outside)
    else:
        outside.mkdir()
    (copy / link).symlink_to(outside)
    before = sorted(outside.rglob("*"))
    for use in (Study.open, small_study):
        with pytest.raises(StudyError) as caught:
            use(copy)
        assert str(copy / link) in str(caught.value)
        assert f"but got 'a link to {outside}'" in str(caught.value)
    assert sorted(outside.rglob("*")) == before


def test_links_in_place_of_files_are_never_written_through(copy: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    for name in (
        "study.json",
        "results.csv",
        "images.jsonl",
        "gallery.safetensors",
        f"runs/{NAMES[0]}-seed0/model.safetensors",
    ):
        (copy / name).unlink()
        (copy / name).symlink_to(precious)
    (copy / f".study.json.{os.getpid()}.tmp").symlink_to(precious)
    with pytest.raises(StudyError, match="to be undamaged, but got"):
        Study.open(copy)
    small_study(copy)
    assert precious.read_text() == "precious"
    assert Study.open(copy).damaged == ()


def test_names_in_a_study_record_never_lead_out(copy: Path) -> None:
    content = json.loads((copy / "study.json").read_bytes())
    for name in ("../../x", "/x", "a/b", ".hidden", "a\0b", "", "x" * 300):
        content["request"]["variants"][0]["name"] = name
        (copy / "study.json").write_text(json.dumps(_resealed(content)))
        with pytest.raises(StudyError, match="cannot name a directory"):
            Study.open(copy)


def _resealed(content: dict[str, object]) -> dict[str, object]:
    rest = {name: value for name, value in content.items() if name != "checksum"}
    return {**rest, "checksum": checksum(rest)}
