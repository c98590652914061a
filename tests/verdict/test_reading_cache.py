"""A run is scored once, and what was kept is what it says: to the last bit, or it is scored again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy
from drawn_study import TAXONOMY, drawn_study
from safetensors.numpy import load_file

from taskgraft.architecture import catalogue
from taskgraft.cli.verdict_json import verdict_json
from taskgraft.scores import SCORES, LevelScore, mean, register_score
from taskgraft.study import PREDICTIONS, Study, run_directory, write_arrays
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.verdict import _gather, _reading_cache, conclude
from taskgraft.verdict._gather import gather
from taskgraft.verdict._reading_cache import FOLDER, ReadingCache
from taskgraft.verdict._run_reading import RunReading

APART = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", tuple("abcde"))])
# Name, then options of `drawn_study`.
WORLDS = {
    "a tree": {},
    "labels are missing": {"unlabelled": {"kind": 0.2, "species": 0.4}},
    "a level without labels": {"unlabelled": {"species": 1.0}},
    "no tree": {"taxonomy": APART},
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where readings are kept, empty at first."""
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / FOLDER


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs whose predictions were scored."""
    names: list[str] = []
    read_run = _gather.read_run

    def counted(name: str, *parts: object) -> RunReading:
        names.append(name)
        return read_run(name, *parts)

    monkeypatch.setattr(_gather, "read_run", counted)
    return names


def a_study(directory: Path, **options: object) -> Study:
    """Two variants, two seeds."""
    levels = options.get("taxonomy", TAXONOMY).level_names
    pair = [catalogue(levels)[name] for name in ("independent", "shared")]
    return drawn_study(directory, architectures=pair, seeds=[0, 1], gains={"shared": 0.05}, **options)


def as_text(study: Study) -> str:
    return json.dumps(verdict_json(study, conclude(study)))


@pytest.mark.parametrize("options", WORLDS.values(), ids=list(WORLDS))
def test_a_study_concluded_again_is_not_scored_again_and_says_the_same(
    options: dict, tmp_path: Path, scored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = a_study(tmp_path / "study", **options)
    first = as_text(study)
    assert len(scored) == 4
    assert as_text(study) == first
    assert len(scored) == 4
    monkeypatch.setattr(ReadingCache, "here", lambda: ReadingCache(None))
    assert as_text(study) == first
    assert len(scored) == 8


def test_a_study_that_grew_has_its_new_runs_scored(tmp_path: Path, scored: list[str]) -> None:
    conclude(a_study(tmp_path / "study"))
    scored.clear()
    pair = [catalogue(TAXONOMY.level_names)[name] for name in ("independent", "shared")]
    conclude(drawn_study(tmp_path / "grown", architectures=pair, seeds=[0, 1, 2], gains={"shared": 0.05}))
    assert scored == ["independent-seed2", "shared-seed2"]


def test_a_copy_elsewhere_is_the_same_study(tmp_path: Path, scored: list[str]) -> None:
    study = a_study(tmp_path / "study")
    conclude(study)
    copied = study.directory.rename(tmp_path / "moved")
    conclude(Study.open(copied))
    assert len(scored) == 4


def _other_logit(study: Study, level: str, split: str) -> None:
    directory = run_directory(study.directory, "shared", 0)
    arrays = {name: array.copy() for name, array in load_file(directory / PREDICTIONS).items()}
    logits = arrays[f"{split}.logits.{level}"]
    logits[0, 0] = np.nextafter(logits[0, 0], np.float32(np.inf))
    write_arrays(directory / PREDICTIONS, arrays)


@pytest.mark.parametrize("split", ["val", "test"])
@pytest.mark.parametrize("level", TAXONOMY.level_names)
def test_one_bit_of_the_predictions_is_another_reading(
    split: str, level: str, tmp_path: Path, scored: list[str]
) -> None:
    study = a_study(tmp_path / "study")
    gather(study)
    scored.clear()
    _other_logit(study, level, split)
    gather(study)
    assert scored == ["shared-seed0"]


def test_other_draws_other_names_and_other_code_are_other_readings(
    tmp_path: Path, scored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = a_study(tmp_path / "study")
    gather(study)
    gather(study, num_draws=500)
    assert len(scored) == 8
    renamed = Taxonomy(
        [Level("sort", TAXONOMY.levels[0].classes), TAXONOMY.levels[1]], [TAXONOMY.parents_of(1).tolist()]
    )
    gather(a_study(tmp_path / "renamed", taxonomy=renamed))
    assert len(scored) == 12
    monkeypatch.setattr(_reading_cache, "_code", lambda: b"of another version")
    gather(study)
    assert len(scored) == 16


def test_the_code_is_every_source_of_the_package_and_what_it_computes_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = _reading_cache._code.__wrapped__
    (tmp_path / "verdict").mkdir()
    (tmp_path / "scores.py").write_text("a = 1")
    monkeypatch.setattr(_reading_cache, "__file__", str(tmp_path / "verdict" / "cache.py"))
    first = code()
    assert code() == first
    (tmp_path / "scores.py").write_text("a = 2")
    assert code() != first
    (tmp_path / "scores.py").write_text("a = 1")
    assert code() == first
    for library in (np, scipy):
        with monkeypatch.context() as patch:
            patch.setattr(library, "__version__", "9.9")
            assert code() != first


def _cut(content: bytes) -> bytes:
    return content[:-1]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _empty(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("spoil", [_cut, _flipped, _empty])
def test_what_is_spoilt_is_scored_and_kept_again(
    spoil: Callable[[bytes], bytes], tmp_path: Path, folder: Path, scored: list[str]
) -> None:
    study = a_study(tmp_path / "study")
    first = as_text(study)
    for file in folder.iterdir():
        file.write_bytes(spoil(file.read_bytes()))
    assert as_text(study) == first
    assert len(scored) == 8
    assert as_text(study) == first
    assert len(scored) == 8


def test_a_reading_under_the_name_of_another_is_not_believed(
    tmp_path: Path, folder: Path, scored: list[str]
) -> None:
    study = a_study(tmp_path / "study")
    first = as_text(study)
    one, other, *_ = sorted(folder.iterdir())
    other.write_bytes(one.read_bytes())
    assert as_text(study) == first
    assert len(scored) == 5


def test_where_nothing_can_be_kept_a_verdict_is_what_it_is(
    tmp_path: Path, folder: Path, scored: list[str]
) -> None:
    study = a_study(tmp_path / "study")
    folder.parent.mkdir()
    folder.write_text("a file in the place of the folder")
    first = as_text(study)
    assert as_text(study) == first
    assert len(scored) == 8
    folder.unlink()
    assert as_text(study) == first


def test_scores_of_other_code_are_not_kept(tmp_path: Path, folder: Path) -> None:
    study = a_study(tmp_path / "study")
    sure = LevelScore(
        "sureness",
        "{} sureness",
        "Mean largest probability.",
        "%",
        True,
        lambda level: mean(level.probs.max(1)),
    )
    register_score(sure)
    try:
        assert ("sureness.kind") in gather(study).score_names
    finally:
        SCORES.remove("sureness")
    assert not folder.exists()
    assert "sureness.kind" not in gather(study).score_names
    assert len([*folder.iterdir()]) == 4


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path, folder: Path) -> None:
    gather(a_study(tmp_path / "study"))
    files = sorted(folder.iterdir())
    for age, file in enumerate(files):
        os.utime(file, (1_000_000 - age, 1_000_000 - age))
    kept = ReadingCache(folder)
    kept.make_room(most_bytes=0)
    assert sorted(folder.iterdir()) == files, "nothing came in"
    kept._has_new = True
    kept.make_room(most_bytes=sum(file.stat().st_size for file in files[:2]))
    assert sorted(folder.iterdir()) == files[:2]
