"""A command line that the verbs do not take: one line of ours, whatever typer says, and exit code 2."""

import sys

import pytest
from command import run

from taskgraft.cli import main


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "compare --dat shapes",
            "Expected each option of `taskgraft compare` to be one that there is, but got '--dat'. "
            "Did you mean --data?",
        ),
        (
            "data show --nope",
            "Expected each option of `taskgraft data show` to be one that there is, but got '--nope'. "
            "Did you mean --no-tree?",
        ),
        (
            "compare -x",
            "Expected each option of `taskgraft compare` to be one that there is, but got '-x'. "
            "`taskgraft compare -h` lists them.",
        ),
        (
            "--nope",
            "Expected each option of `taskgraft` to be one that there is, but got '--nope'. "
            "`taskgraft -h` lists them.",
        ),
        (
            "data shw",
            "Expected what follows `taskgraft data` to be one of show, check, export, but got 'shw'. "
            "Did you mean 'show'?",
        ),
        ("compar", "but got 'compar'. Did you mean 'compare'?"),
        ("recipe lst", "Expected what follows `taskgraft recipe` to be one of show, list, but got 'lst'."),
        (
            "compare --seeds",
            "Expected --seeds to be followed by a value, but got none. Put one behind it.",
        ),
        (
            "compare --json=3",
            "Expected --json to be typed without a value, but got one. Leave the value out.",
        ),
        (
            "report",
            "Expected `taskgraft report` to be followed by STUDY [OTHER ...], but got nothing. "
            "`taskgraft report -h` says what that is.",
        ),
        (
            "predict s p --top 0",
            "Expected --top to be greater than or equal to 1, but got another value. `taskgraft predict -h` "
            "says what it means.",
        ),
        ("predict s p --seed x", "Expected --seed to be a valid integer, but got another value."),
        ("train", "Expected `taskgraft train` to be followed by ARCHITECTURE, but got nothing."),
        ("recipe show", "Expected `taskgraft recipe show` to be followed by NAME|FILE, but got nothing."),
        ("compare a.toml b.toml", "Expected the command to be typed as `taskgraft compare [OPTIONS]"),
        (
            "data show photos --exclude a --exclude b",
            "Expected --exclude to be typed once, but got 2 of it. Put a comma between several.",
        ),
        (
            "compare --data shapes --seeds 2 --seeds 3 --seeds 4",
            "Expected --seeds to be typed once, but got 3 of it.",
        ),
        (
            "train shared --size 32 --size=64",
            "Expected --size to be typed once, but got 2 of it. Leave all but one out.",
        ),
        (
            "compare --freeze --no-freeze",
            "Expected --freeze to be typed once, but got both it and --no-freeze. Leave all but one out.",
        ),
        ("doctor now", "but got unexpected extra arguments (now). See `taskgraft doctor -h`."),
        ("compar\x1b[31m\nFAKE: done", r"but got 'compar\x1b[31m\nFAKE: done'. Choose one of these names."),
        ("doctor \x1b[31m", "but got unexpected extra arguments ("),
    ],
)
def test_what_no_verb_takes_is_one_line(
    typed: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [typed] if "\n" in typed else typed.split(" ")
    assert run(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("taskgraft: Expected ")
    assert err.index("\n") == len(err) - 1
    assert line in err
    assert err.strip().isprintable()


@pytest.mark.parametrize("verbs", [[], ["data"], ["recipe"]])
def test_a_group_by_itself_shows_its_verbs(
    verbs: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *verbs) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"Usage: {' '.join(['taskgraft', *verbs])} [OPTIONS] COMMAND [ARGS]...")
    assert "Commands:" in shown


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "compare --data a b",
            "What is done is kept; the same command goes on from there: taskgraft compare",
        ),
        (
            "adapt study --data x",
            "What is done is kept; the same command goes on from there: taskgraft adapt",
        ),
        ("compare --data a --dry-run", "Nothing was written."),
        ("predict study photos", "Nothing is left half written."),
    ],
)
def test_a_stopped_command_says_what_is_left_of_it(
    typed: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["taskgraft", *typed.split(" ")])
    assert main._farewell().startswith(f"taskgraft: stopped. {line}")
