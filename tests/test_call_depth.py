"""How many of our frames lie between the command and a training step: a traceback has to be readable."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import pytest

import taskgraft
from taskgraft.cli.main import main
from taskgraft.training._step import Step

_MOST = 9


def test_few_frames_lie_between_the_command_and_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = str(Path(taskgraft.__file__).parent)
    step, names = Step.__call__, []

    def watched(*arguments: Any, **named: Any) -> Any:
        if not names:
            ours = [frame for frame in inspect.stack(0) if frame.filename.startswith(package)]
            names.extend(frame.function for frame in ours)
        return step(*arguments, **named)

    words = ["compare", "--data", "shapes", "--data-option", "num_train=200", "--data-option", "num_test=40"]
    words += ["--architectures", "shared", "--recipe", "quick", "--epochs", "0.5", "--jobs", "1"]
    monkeypatch.setattr(sys, "argv", ["taskgraft", *words, "--out", str(tmp_path / "study")])
    monkeypatch.setattr(Step, "__call__", watched)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (None, 0), capsys.readouterr().err
    # The step itself is `watched` here; the first is the caller of it.
    assert names[-1] == "main"
    assert len(names) - 1 <= _MOST, names
