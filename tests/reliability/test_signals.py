"""Ctrl-C or SIGTERM once: saved, stopped, and how to go on; twice: stopped at once, nothing torn."""

from __future__ import annotations

import hashlib
import shlex
import signal
import sys
import threading
import time
from itertools import product
from pathlib import Path

import holding
import pytest
import torch
from PIL import Image
from small_study import Watching, differing_files, leftovers, small_study, temporary_files

from forked import Forked
from taskgraft.cli.main import main
from taskgraft.data.store import _image_store as image_store
from taskgraft.study import Study
from taskgraft.training import SLOTS
from taskgraft.training.balancers import Fixed

OPTIONS = ["--data", "shapes", "--limit", "256", "--recipe", "quick", "--threads", "1", "--epochs", "30"]

FEW = [
    "train",
    "shared",
    "--data",
    "shapes",
    "--limit",
    "256",
    "--recipe",
    "quick",
    "--threads",
    "1",
    "--epochs",
    "6",
    "--out",
]


def run_command(held_at: str, words: list[str]) -> None:
    """Runs the command as if it were the program's own, held at a failpoint if one is named."""
    if held_at:
        holding.run(held_at, words)
    sys.argv = ["taskgraft", *words]
    main()


class Command:
    """The command in a process of its own, its lines read as they come; `held_at` a failpoint, if told."""

    def __init__(self, *arguments: str | Path, held_at: str = "") -> None:
        self.process = Forked(run_command, held_at, list(map(str, arguments)))
        self.lines: list[str] = []

    def wait_for(self, text: str) -> None:
        for line in self.process.stderr:
            self.lines.append(line)
            if text in line:
                return
        raise AssertionError("".join(self.lines))

    def end(self) -> tuple[int | None, str, float]:
        """Exit code, everything said, and seconds until then."""
        started = time.monotonic()
        rest = self.process.end()
        return self.process.returncode, "".join(self.lines) + rest, time.monotonic() - started


SIGNALS = [
    (signal.SIGINT, 130),
    (signal.SIGTERM, 143),
    pytest.param(signal.SIGHUP, 129, marks=pytest.mark.torture),
]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_one_signal_saves_stops_within_five_seconds_and_says_how_to_go_on(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    verb = ["compare", "--architectures", "shared,independent"] if code == 143 else ["train", "shared"]
    words = [*verb, *OPTIONS, "--out", str(tmp_path / "study")]
    command = Command(*words)
    command.wait_for("epoch 2/")
    command.process.send_signal(number)
    told, text, seconds = command.end()
    assert told == code
    assert seconds < 5
    assert "Traceback" not in text
    assert f"the same command goes on from there: {shlex.join(['taskgraft', *words])}" in text
    run = tmp_path / "study" / "runs" / "shared-seed0"
    kept = {path.name for path in run.iterdir()} - {".lock"}
    assert kept <= {"checkpoint-a.safetensors", "checkpoint-b.safetensors"}
    assert kept
    again = Command(*words)
    again.wait_for("goes on behind step")
    again.wait_for("epoch 4/")
    again.process.send_signal(number)
    assert again.end()[0] == code
    # Its steps are not done again.
    assert not any(": epoch 1/" in line for line in again.lines)


def test_a_training_goes_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    command = Command(*FEW, tmp_path / "study")
    command.wait_for("epoch 2/")
    assert command.process.end_unheard() == 0
    assert Study.open(tmp_path / "study").missing == ()


@pytest.mark.parametrize("is_ignored", [True, False])
def test_a_closing_terminal_stops_the_work_unless_it_is_to_go_on_without_one(
    is_ignored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled: list[int] = []
    monkeypatch.setattr(sys, "argv", ["taskgraft", "--version"])
    before = signal.SIG_IGN if is_ignored else signal.SIG_DFL
    monkeypatch.setattr(signal, "getsignal", lambda _: before)
    monkeypatch.setattr(signal, "signal", lambda number, _: handled.append(number))
    with pytest.raises(SystemExit):
        main()
    assert (signal.SIGHUP in handled) == (not is_ignored)
    assert {signal.SIGINT, signal.SIGTERM} <= set(handled)


# In the middle of a save, its bytes written but not yet under their name; before it; and behind it.
HELD = [f"write.{SLOTS[1]}.{when}" for when in ("temporary", "before", "after")]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as it is when nothing happens."""
    out = tmp_path_factory.mktemp("untouched") / "study"
    assert Command(*FEW, out).end()[0] == 0
    return out


def stop_twice(first: signal.Signals, second: signal.Signals, held_at: str, out: Path) -> None:
    """Stops a study by a second signal inside the save that the first one asked for."""
    command = Command(*FEW, out, held_at=held_at)
    command.wait_for("epoch 2/")
    slots = [out / "runs" / "shared-seed0" / name for name in SLOTS]
    before = slots[0].read_bytes()
    command.process.send_signal(first)
    command.wait_for("held")
    command.process.send_signal(second)
    code, text, seconds = command.end()
    assert code == 128 + second
    assert seconds < 2
    assert "Traceback" not in text
    assert text.count("the same command goes on from there") == 1
    # The state before is untouched, and what was being saved is there whole or not at all.
    assert slots[0].read_bytes() == before
    assert slots[1].exists() == held_at.endswith("after")
    assert temporary_files(out) == []


def check_goes_on(out: Path, untouched: Path) -> None:
    """The same command ends the study with the same weights, without what was done before."""
    again = Command(*FEW, out)
    again.wait_for("goes on behind step")
    assert again.end()[0] == 0
    assert not any(": epoch 1/" in line for line in again.lines)
    assert differing_files(out, untouched) == []
    assert leftovers(out) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_inside_a_save_stops_at_once_and_nothing_is_torn(
    number: signal.Signals, tmp_path: Path, untouched: Path
) -> None:
    stop_twice(number, number, HELD[0], tmp_path / "study")
    check_goes_on(tmp_path / "study", untouched)


@pytest.mark.torture
@pytest.mark.parametrize("held_at", HELD)
def test_any_two_signals_around_a_save_tear_nothing(held_at: str, tmp_path: Path, untouched: Path) -> None:
    for first, second in product((signal.SIGINT, signal.SIGTERM), repeat=2):
        out = tmp_path / f"{first}-{second}"
        stop_twice(first, second, held_at, out)
        check_goes_on(out, untouched)


class Interrupted(Watching):
    """What Ctrl-C is to a caller from Python, when the second run begins.

    Raised, not signalled: a signal to the tests' own process crashed it (LOG.md).
    """

    def on_run(self, variant: str, seed: int) -> None:
        if self.done:
            raise KeyboardInterrupt
        super().on_run(variant, seed)


def test_a_caller_from_python_has_its_keyboard_interrupt(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), threading.active_count()
    stopped = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        small_study(tmp_path / "study", listener=stopped)
    assert (signal.getsignal(signal.SIGINT), threading.active_count()) == before
    again = Watching()
    small_study(tmp_path / "study", listener=again)
    assert (len(stopped.done), len(again.done)) == (1, 1)
    small_study(tmp_path / "untouched")
    assert differing_files(tmp_path / "study", tmp_path / "untouched") == []


def busy_command(words: list[str]) -> None:
    """The command, whose third step computes for long without coming back to Python."""
    seen: list[object] = []

    def busy(weights: object, *of: object) -> None:
        seen.append(weights)
        if len(seen) == 3:
            print("computing", file=sys.stderr, flush=True)
            hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
        torch.dot(of[0], weights.weights).backward()  # type: ignore[arg-type, attr-defined]

    Fixed.backward = busy  # type: ignore[method-assign, assignment]
    sys.argv = ["taskgraft", *words]
    main()


def test_one_signal_is_answered_and_a_second_ends_a_computation_that_does_not_come_back(
    tmp_path: Path,
) -> None:
    process = Forked(busy_command, [*FEW, str(tmp_path / "study")])
    lines = iter(process.stderr)
    assert any(line == "computing\n" for line in lines)
    process.send_signal(signal.SIGINT)
    assert any("stopping as soon as the step is done and saved; again" in line for line in lines)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    rest = process.end()
    assert process.returncode == 130
    assert time.monotonic() - started < 5
    assert "the same command goes on from there: taskgraft train shared" in rest
    again = Command(*FEW, tmp_path / "study")
    again.wait_for("goes on behind step")
    assert again.end()[0] == 0


def stuck_command(words: list[str]) -> None:
    """The command, whose decoder does not come back."""

    def stuck(*of: object, **options: object) -> None:
        print("decoding", file=sys.stderr, flush=True)
        time.sleep(120)

    image_store.decode = stuck  # type: ignore[assignment]
    sys.argv = ["taskgraft", *words]
    main()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_decoder_that_takes_long_does_not_keep_a_signal_waiting(
    number: signal.Signals, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pear", "fig"):
        (tmp_path / "fruit" / name).mkdir(parents=True)
        Image.new("RGB", (20, 20)).save(tmp_path / "fruit" / name / "1.png")
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    process = Forked(stuck_command, ["data", "show", str(tmp_path / "fruit")])
    assert process.stderr.readline() == "decoding\n"
    process.send_signal(number)
    started = time.monotonic()
    rest = process.end()
    assert process.returncode == code
    assert time.monotonic() - started < 5
    assert rest.splitlines()[-1] == "taskgraft: stopped. Nothing is left half written."
    assert not list((tmp_path / "cache" / "images").glob(".*.tmp"))
