import os
import signal

import pytest

from taskgraft.failpoint import failpoint


@pytest.mark.parametrize(
    ("wanted", "killed_at"),
    [(None, []), ("", []), ("elsewhere", []), ("once", [1]), ("late:3", [3]), ("last:9", [])],
)
def test_only_the_named_place_kills_and_at_the_wanted_time(
    monkeypatch: pytest.MonkeyPatch, wanted: str | None, killed_at: list[int]
) -> None:
    if wanted is not None:
        monkeypatch.setenv("TASKGRAFT_FAILPOINT", wanted)
    passed, kills = 0, []
    monkeypatch.setattr("os.kill", lambda process, number: kills.append((process, number, passed)))
    for _ in range(4):
        passed += 1
        failpoint((wanted or "somewhere").partition(":")[0] if wanted != "elsewhere" else "here")
    assert kills == [(os.getpid(), signal.SIGKILL, number) for number in killed_at]
