from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest

from taskgraft.cli.main import main
from taskgraft.doctor import _doctor as doctor
from taskgraft.doctor import _self_test as self_test
from taskgraft.hardware import choose_hardware
from taskgraft.training import Checkpoints
from taskgraft.training._checkpoint import Snapshot


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["taskgraft", "doctor", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_machine_that_is_well(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "ok      save, resume" in printed
    assert "All is well." in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert str(Path.home()) not in printed
    assert str(Path.cwd()) not in printed
    assert f"/{getpass.getuser()}" not in printed


def test_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "fault_of_resuming", lambda hardware: None)
    assert run(monkeypatch, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["is_well"] is True
    assert [check["name"] for check in printed["checks"]][-1] == "save, resume"


def test_a_self_test_that_fails_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "fault_of_resuming", lambda hardware: "2 of 9 tensors differ in some bit")
    assert run(monkeypatch) == 1
    printed = capsys.readouterr().out
    assert "not ok  save, resume  2 of 9 tensors differ in some bit" in printed
    assert "please report this" in printed


def test_resuming_that_is_not_exact_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    save = Checkpoints.save

    def forgetful(self: Checkpoints, snapshot: Snapshot) -> None:
        tensors = {name: t + 1e-6 if t.is_floating_point() else t for name, t in snapshot.tensors.items()}
        save(self, Snapshot(tensors, snapshot.facts))

    monkeypatch.setattr(Checkpoints, "save", forgetful)
    assert "tensors differ" in str(self_test.fault_of_resuming(choose_hardware("cpu")))


def test_checkpoints_that_are_not_taken_up_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Checkpoints, "snapshots", lambda self, note: iter(()))
    assert self_test.fault_of_resuming(choose_hardware("cpu")) == "the run went on from step 0, not 5"


def test_a_cache_without_room_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LEAST_DISK_BYTES", 1 << 62)
    check = doctor._disk("disk, cache", lambda: Path("/tmp/not/there/yet"), "Make room.")
    assert (check.state, check.remedy) == ("not ok", "Make room.")


def test_a_cache_in_no_home_directory_is_a_check_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGRAFT_CACHE", "~nosuchuser/x")
    check = next(check for check in doctor.examine() if check.name == "disk, cache")
    assert (check.state, check.result) == ("not ok", "lies in a home directory that does not exist")
