"""One module prints: what it prints steers no terminal, and it minds what the streams can take."""

from __future__ import annotations

import ast
import io
import json
import sys
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

import taskgraft
from taskgraft.bars import Bars, error_console, note_on
from taskgraft.printing import (
    OutputError,
    note,
    note_paragraph,
    protect_streams,
    say,
    say_block,
    say_json,
    say_title,
)

HOSTILE = "a\x1b[31m\x9b2J\u202e\r\nFAKE: done [bold]\udce9"
SHOWN = "a\ufffd[31m\ufffd2J\ufffd\ufffd\ufffdFAKE: done [bold]\\xe9"

# What reaches a terminal, and where it may stand besides `printing.py`: with the reason.
PRINTING = {"print", "secho", "Console", "Progress", "Live", "echo"}
ALLOWED = {
    "bars.py": "shows bars on standard error",
    "report/_columns.py": "lays out text in memory, which the command line then prints",
}


def calls(path: Path) -> set[str]:
    """What a file calls that prints, or names of the streams it writes to."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in PRINTING:
                found.add(name)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in (
            "sys.stdout.write",
            "sys.stderr.write",
            "sys.__stdout__",
            "sys.__stderr__",
        ):
            found.add(ast.unparse(node))
        if isinstance(node, ast.ImportFrom) and node.module == "rich.progress":
            found |= PRINTING & {alias.name for alias in node.names} - {"Progress"}
    return found


def test_no_other_code_prints() -> None:
    root = Path(taskgraft.__file__).parent
    printing = {p.relative_to(root).as_posix(): found for p in root.rglob("*.py") if (found := calls(p))}
    assert printing.pop("printing.py")
    assert set(printing) == set(ALLOWED), printing


def test_a_line_stays_one_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE, "second")
    say_title(HOSTILE)
    note(HOSTILE)
    told = capsys.readouterr()
    assert told.out == f"{SHOWN}\nsecond\n{SHOWN}\n"
    assert told.err == f"{SHOWN}\n"
    say_block("one\ntw\x1bo")
    assert capsys.readouterr().out == "one\ntw\ufffdo\n"


@pytest.mark.parametrize(("is_terminal", "num_lines"), [(True, 3), (False, 1)])
def test_a_paragraph_is_broken_between_words_on_a_terminal_alone(
    is_terminal: bool, num_lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "80")
    note_paragraph("words " * 35)
    lines = stream.getvalue().split("\n")
    assert len(lines) == num_lines + 2
    assert not is_terminal or max(map(len, lines)) < 80


def test_json_is_exact_and_in_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"na\udce9me": [HOSTILE, ("größe\x1b", 1.5)], "none": None}
    say_json(value)
    text = capsys.readouterr().out
    assert text.isascii()
    assert "\x1b" not in text
    known = HOSTILE.replace("\udce9", r"\xe9")
    assert json.loads(text) == {r"na\xe9me": [known, ["größe\x1b", 1.5]], "none": None}


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "40 +-3 - \\xdf"), ("cp1252", "40 ±3 - ß")])
def test_what_a_stream_cannot_encode_becomes_plain(
    encoding: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, errors="strict"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding, errors="strict"))
    say("40 ±3 ─ ß")
    note("40 ±3 ─ ß")
    assert raw.getvalue().decode(encoding) == f"{shown}\n" * 2


def test_a_full_standard_output_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(OutputError, match=r"standard output to be writable, but got 'No space left"):
            say("a line")
        monkeypatch.undo()
        # What could not be written is still in its buffer.
        with pytest.raises(OSError, match="No space"):
            full.close()


@pytest.mark.parametrize("kind", ["full", "closed", "missing"])
def test_a_dead_standard_error_stops_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = (
        None
        if kind == "missing"
        else io.TextIOWrapper(io.FileIO("/dev/full", "w"), "utf-8", write_through=True)
    )
    if kind == "closed" and stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    note("a line")
    note_on(error_console(), "a line")
    with Bars(console=Console(file=error_console().file, force_terminal=True)) as bars:
        bars.advance(bars.begin("a bar", total=1))
    monkeypatch.undo()


def test_a_reader_that_has_gone_ends_no_bars() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", Gone())
        note_on(error_console(), "a line")
        assert not error_console().quiet


def test_streams_that_were_closed_take_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    protect_streams()
    say("a line")
    say_title("a line")
    note("a line")
    assert not sys.stdout.isatty()
    for stream in (sys.stdout, sys.stderr):
        stream.close()


def test_bars_show_names_as_they_are_and_steer_nothing() -> None:
    text = io.StringIO()
    with Bars(console=Console(file=text, force_terminal=True, width=200, color_system=None)) as bars:
        bar = bars.begin(f"{HOSTILE}[/]", total=1)
        bars.refresh()
        bars.rename(bar, "[red]two")
        bars.refresh()
    shown = text.getvalue()
    assert f"{SHOWN}[/]" in shown
    assert "[red]two" in shown
    for sign in ("\x1b[31m", "\x9b", "\u202e", "\nFAKE"):
        assert sign not in shown


def test_a_line_above_bars_is_never_wrapped() -> None:
    console = Console(file=io.StringIO(), width=20)
    note_on(console, f"{HOSTILE} " * 5)
    assert cast(io.StringIO, console.file).getvalue().count("\n") == 1
