"""The check of words finds what it should, where it is, and nothing else."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

from tools.check_words import PENDING, ROOT, check, faults, main


@pytest.mark.parametrize(
    "prose",
    [
        "The parser is told which file to read.",
        "It is made anew.",
        "More memory is asked for.",
        "A folder that is not there.",
        "A trunk of its own, for each level.",
        "The file is written whole.",
        "No picture can be had.",
        "The run goes\non with the next step.",
    ],
)
def test_stilted_prose_is_a_fault(prose: str) -> None:
    assert len(list(faults("page.md", prose))) == 1
    assert len(list(faults("code.py", f'"""{prose}"""'))) == 1
    assert len(list(faults("code.py", "".join(f"# {line}\n" for line in prose.split("\n"))))) == 1


@pytest.mark.parametrize(
    "prose",
    [
        "Sharing and capacity are told apart.",
        "Is there a whole number? There is one.",
        "Its own trunk, and the user's own data.",
        "`told` and `it is asked for` are code.",
        "```\ntold = 1\n```",
        "As found in the data, and asked by users.",
    ],
)
def test_plain_prose_is_none(prose: str) -> None:
    assert list(faults("page.md", prose)) == []


def test_names_say_what_a_thing_is() -> None:
    code = "found = 1\nis_told = other.own\nwell_known = unknown = FileNotFoundError\n"
    assert [fault.split(": ")[:2] for fault in faults("code.py", code)] == [
        ["code.py:1", "found"],
        ["code.py:2", "is_told"],
        ["code.py:2", "own"],
    ]


def test_a_fault_names_its_line_and_what_to_say() -> None:
    text = '"""First.\n\nMade anew.\n"""\n\nx = f"is\nasked for"\n'.replace('f"is\nasked', 'f"is asked')
    assert list(faults("a/b.py", text)) == [
        "a/b.py:3: anew: say 'again'",
        "a/b.py:6: is asked for: say 'requested', 'wanted', 'needed'",
    ]


def test_the_list_of_pending_files_only_gets_shorter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "README.md").write_text("Made anew.\n")
    (tmp_path / "OTHER.md").write_text("Made again.\n")
    assert main([], tmp_path) == 1
    assert capsys.readouterr().out == "README.md:1: anew: say 'again'\n"
    (tmp_path / PENDING).write_text("README.md\nOTHER.md\nGONE.md\n")
    assert main([], tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "GONE.md: clean: run tools/check_words.py --update",
        "OTHER.md: clean: run tools/check_words.py --update",
    ]
    assert main(["--update"], tmp_path) == 0
    assert main([], tmp_path) == 0
    assert (tmp_path / PENDING).read_text() == "README.md\n"


def test_the_project_is_clean_and_the_check_takes_a_moment() -> None:
    started = time.process_time()
    assert check(ROOT) == ([], set())
    checked = time.process_time()
    # Machines differ threefold, so beside the parsing of the sources, of which the check takes 1.8 times.
    for path in (ROOT / "src").rglob("*.py"):
        ast.parse(path.read_text("utf-8"))
    assert checked - started < 3 * (time.process_time() - checked)
