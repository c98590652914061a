"""No two runs of a study have one directory, by a link or otherwise: they would destroy one another."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest
from small_study import NAMES, small_study

from needs import mounted
from small_shapes import small_shapes
from taskgraft.cli.main import main
from taskgraft.errors import StudyError
from taskgraft.study import Study

FIRST, SECOND = (f"runs/{name}-seed0" for name in NAMES)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.mark.parametrize(
    ("link", "target"), [(SECOND, FIRST), (SECOND, "."), (SECOND, "nowhere"), ("runs", "own")]
)
def test_a_link_within_the_study_is_refused_by_both_names(link: str, target: str, copy: Path) -> None:
    if target == "own":
        (copy / "runs").rename(copy / "own")
    else:
        shutil.rmtree(copy / link)
    (copy / link).symlink_to(os.path.relpath(copy / target, (copy / link).parent))
    kept = copy / ("own" if target == "own" else "runs") / Path(FIRST).name
    before = contents(kept)
    for use in (Study.open, small_study):
        with pytest.raises(StudyError) as caught:
            use(copy)
        assert f"Expected {copy / link} to be a directory, but got 'a link to {copy / target}" in str(
            caught.value
        )
        assert "\n" not in str(caught.value)
    assert contents(kept) == before


def test_one_directory_under_two_names_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat, before = Path.stat, contents(copy / FIRST)

    def same(self: Path, **options: bool) -> os.stat_result:
        return stat(copy / FIRST if self == copy / SECOND else self, **options)

    monkeypatch.setattr(Path, "stat", same)
    with pytest.raises(
        StudyError, match=rf"{SECOND} to be another directory than .*{FIRST}, but got 'the same"
    ):
        small_study(copy)
    assert contents(copy / FIRST) == before


def test_a_mount_of_another_run_is_refused(copy: Path) -> None:
    shutil.rmtree(copy / SECOND)
    (copy / SECOND).mkdir()
    with (
        mounted(copy / SECOND, "--bind", str(copy / FIRST)),
        pytest.raises(StudyError, match="the same one under two names"),
    ):
        small_study(copy)


def test_a_number_that_is_given_again_is_no_second_name(copy: Path) -> None:
    study = Study.open(copy)
    shutil.rmtree(copy / FIRST)
    shutil.rmtree(copy / SECOND)
    assert len(small_study(copy).runs) == len(study.runs)


def test_the_command_ends_with_1_where_a_planned_run_is_missing_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        *small_shapes("taskgraft", "compare", epochs="0.2"),
        *("--architectures", "independent,shared"),
        *("--out", str(tmp_path / "study")),
    ]
    monkeypatch.setattr("sys.argv", words)

    def remove(*_: object) -> None:
        shutil.rmtree(tmp_path / "study" / "runs" / "shared-seed0")

    with (
        patch("taskgraft.execution._compare.remove_finished_checkpoints", remove),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert ended.value.code == 1
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith(
        "taskgraft: Expected every planned run to be finished, but got 'shared-seed0 missing'"
    )
