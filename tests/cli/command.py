"""The command, run in the process of the tests."""

import sys
from pathlib import Path

import pytest

from taskgraft.cli.main import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """Runs the command in this process and gives its exit code."""
    monkeypatch.setattr(sys, "argv", ["taskgraft", *map(str, arguments)])
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the tests' own handlers stay
    try:
        main()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    return 0
