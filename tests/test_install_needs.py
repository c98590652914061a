"""The set-up of `make test` on machines that let it install everything, something or nothing."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

import install_needs
from needs import WEB_RUNTIME_PACKAGE, Need

LINES = ["no browser: install chromium", "no data: install dataset-fashion-mnist", "no runtime: install npm"]
PACKAGES = ("chromium", "dataset-fashion-mnist", "npm")


NPM = f"npm {WEB_RUNTIME_PACKAGE}"


class Machine:
    """A machine whose tools are scripts: what was called, and what is installed by it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        self.calls.touch()
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
        monkeypatch.setattr(install_needs, "_PLAYWRIGHT", (str(folder / "playwright"), "install"))
        self.patch = monkeypatch

    def tool(self, name: str, installs: str, *, code: int = 0) -> None:
        """Adds a tool; `installs` is the file that its last argument, or this word, stands for."""
        script = self.folder / name
        script.write_text(
            f'#!/bin/sh\nfor last; do :; done\necho "{name} $last" >> {self.calls}\n'
            f"[ {code} = 0 ] && touch {self.folder}/has-{installs}\n"
            f"echo 'Trying'\necho 'E: Unable to connect' >&2\necho '  }}' >&2\nexit {code}\n"
        )
        script.chmod(0o755)

    def install(self, *, user: int) -> list[str]:
        """The tools that were called, each with its last word."""
        self.patch.setattr(os, "geteuid", lambda: user)
        needs = [
            Need(line, (self.folder / f"has-{package}").exists, package)
            for line, package in zip(LINES, PACKAGES, strict=True)
        ]
        install_needs.install(*needs)
        return self.calls.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def skipping(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the person reads of tests that will skip."""
    return re.findall("^Some tests will skip: (.*)$", capsys.readouterr().out, re.MULTILINE)


def test_root_installs_all_with_apt_and_npm(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.tool("apt-get", "$last")
    machine.tool("npm", "npm")
    called = ["apt-get update", "apt-get chromium", "apt-get dataset-fashion-mnist", NPM]
    assert machine.install(user=0) == called
    assert machine.install(user=0) == called, "what is present is not installed again"
    assert skipping(capsys) == []


def test_others_get_the_browser_of_playwright_and_read_what_is_missing(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.tool("apt-get", "$last")
    machine.tool("npm", "npm")
    machine.tool("playwright", "chromium")
    assert machine.install(user=1000) == ["playwright install", NPM]
    assert skipping(capsys) == LINES[1:2]


def test_so_does_a_system_without_apt_and_npm(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.tool("playwright", "chromium")
    (machine.folder / "touch").symlink_to(shutil.which("touch") or "/usr/bin/touch")
    monkeypatch.setenv("PATH", str(machine.folder))
    assert machine.install(user=0) == ["playwright install"]
    assert skipping(capsys) == LINES[1:]


def test_npm_is_installed_where_it_is_missing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.tool("apt-get", "$last")
    (machine.folder / "touch").symlink_to(shutil.which("touch") or "/usr/bin/touch")
    monkeypatch.setenv("PATH", str(machine.folder))
    assert machine.install(user=0)[-1] == "apt-get npm"


def test_without_a_network_each_is_tried_once_and_nothing_fails(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.tool("apt-get", "$last", code=100)
    machine.tool("npm", "npm", code=1)
    machine.tool("playwright", "chromium", code=1)
    calls = machine.install(user=0)
    assert [call.split()[0] for call in calls] == ["apt-get"] * 3 + ["playwright", "npm"]
    out = capsys.readouterr().out
    assert out.count("  exit code 100: E: Unable to connect\n") == 3
    assert all(f"Some tests will skip: {line}\n" in out for line in LINES)


def test_a_command_that_is_missing_or_hangs_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_needs.run("/nowhere/apt-get", "update")
    monkeypatch.setattr(install_needs, "_SECONDS", 0.05)
    install_needs.run("sleep", "5")
    out = capsys.readouterr().out
    assert "No such file or directory: '/nowhere/apt-get'" in out
    assert "timed out after 0.05 seconds" in out
