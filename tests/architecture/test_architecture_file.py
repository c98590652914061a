"""Files of a user's own architectures: what they mean, and where each fault is."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.architecture import Architecture, Flow, read_architectures
from taskgraft.errors import ArchitectureError, RequestError

LEVELS = ("coarse", "fine")
BRANCHING = """
[[architecture]]
name = "branching"
fork = { coarse = 1, fine = 3 }

[[architecture.flow]]
from = "coarse"
to = "fine"
carries = "features"
gradient = "stopped"
"""


def read(folder: Path, text: str, kind: str = "toml", num_stages: int | None = 3) -> tuple[Architecture, ...]:
    path = folder / f"mine.{kind}"
    path.write_bytes(text.encode())
    return read_architectures(path, LEVELS, num_stages)


def refused(folder: Path, text: str, kind: str = "toml", num_stages: int | None = 3) -> str:
    with pytest.raises(RequestError) as error:
        read(folder, text, kind, num_stages)
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def test_a_table_says_name_forks_and_flows(tmp_path: Path) -> None:
    flow = Flow("coarse", "fine", "features", passes_gradient=False)
    assert read(tmp_path, BRANCHING) == (Architecture("branching", LEVELS, "forked", (flow,), forks=(1, 3)),)


@pytest.mark.parametrize(
    ("fork", "trunk", "forks"),
    [
        ("", "separate", ()),
        ("fork = 'shared'", "shared", ()),
        ("fork = 'separate'", "separate", ()),
        ("fork = 2", "forked", (2, 2)),
        ("fork.fine = 0\nfork.coarse = 3", "forked", (3, 0)),
        ("[architecture.fork]\nfine = 1\ncoarse = 2", "forked", (2, 1)),
    ],
)
def test_a_fork_is_a_word_a_number_or_a_number_each(
    tmp_path: Path, fork: str, trunk: str, forks: tuple[int, ...]
) -> None:
    (result,) = read(tmp_path, f"[[architecture]]\nname = 'x'\n{fork}")
    assert (result.trunk, result.forks, result.flows) == (trunk, forks, ())


def test_several_keep_their_order_and_a_flow_carries_logits_by_default(tmp_path: Path) -> None:
    text = "[[architecture]]\nname = 'b'\n[[architecture.flow]]\nfrom = 'fine'\nto = 'coarse'\n" + BRANCHING
    first, second = read(tmp_path, "\ufeff" + text.replace("\n", "\r\n"))
    assert (first.name, second.name) == ("b", "branching")
    assert first.flows == (Flow("fine", "coarse", "logits", passes_gradient=True),)


ONE = "[[architecture]]\nname = 'one'\n\n"
FLOW = "[[architecture.flow]]\nfrom = 'coarse'\nto = 'fine'\n"
# Where a fault is.
NAME, FORK = "architecture[0].name", "architecture[0].fork"
FIRST, SECOND = "architecture[0].flow[0]", "architecture[0].flow[1]"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        # What the file is.
        ("", None, "mine.toml to be a file that defines one architecture or more, but got 'none'"),
        ("[[architecture]]\nname = = 'x'", "line 2", "valid TOML, but got 'Invalid value'"),
        ("[[architecture]]\nname = 'x", "line 2", "valid TOML"),
        ("x = " + "[" * 5000, "line 1", "valid TOML"),
        ("\n[[architectures]]\nname = 'x'", "architectures", "Did you mean 'architecture'"),
        (
            "[architecture]\nname = 'x'",
            "architecture",
            "'architecture' to be a list of tables.*double brackets",
        ),
        ("architecture = 3", "architecture", "list of tables, but got '3'"),
        # Names.
        ("[[architecture]]\nfork = 1", NAME, "'name' of .* to be a name in quotes, but got 'none'"),
        ("[[architecture]]\n\nname = 5", NAME, "a name in quotes, but got '5'"),
        (
            ONE + "[[architecture]]\nfork = 1\nname = 'One'",
            "architecture[1].name",
            "different, .*but got 'One twice'",
        ),
        ("[[architecture]]\nname = 'shared'", NAME, "These are taken"),
        ("[[architecture]]\nname = 'all'", NAME, "These are taken"),
        ("[[architecture]]\nname = 'forked-2'", NAME, "These are taken"),
        ("[[architecture]]\nname = 'a@independent-macs'", NAME, "letters, digits, '-', '_' and '.'"),
        ("[[architecture]]\nname = '..'", NAME, "a letter or digit first"),
        ("[[architecture]]\nname = 'a/b'", NAME, "It names directories"),
        ("[[architecture]]\nname = ''", NAME, "at most 60"),
        (f"[[architecture]]\nname = '{'x' * 5000}'", NAME, "at most 60"),
        # Forks.
        (ONE + "fork = -1", FORK, "0 or more, but got -1"),
        (ONE + "fork = 4", FORK, "at most 3, the recipe's stages, but got 4"),
        (ONE + "# fork = 1\nfork = {coarse = 1, fine = 4}", FORK, "fork of 'fine'.* at most 3.*but got 4"),
        (ONE + "fork = true", FORK, "'separate', 'shared', a number of stages.*but got 'True'"),
        (ONE + "fork = 1.5", FORK, "but got '1.5'"),
        (ONE + "fork = 'sharde'", FORK, "but got 'sharde'"),
        (ONE + "fork = {coarse = 1}", FORK, "a number for each level, but got 'none for fine'"),
        (ONE + "fork = {coarse = 1, fien = 1}", FORK, "a level of fork .* Did you mean 'fine'"),
        (ONE + "\n[architecture.fork]\ncoarse = 1\nfine = 'a'", FORK, "but got 'a'"),
        # Keys.
        (ONE + "forks = 1", "architecture[0].forks", "a key of .* but got 'forks'. Did you mean 'fork'"),
        (
            ONE + FLOW + "carry = 'probs'",
            f"{FIRST}.carry",
            "a key of .*architecture.flow.* Did you mean 'carries'",
        ),
        (
            ONE + "\n[other]\nname = 1",
            "other",
            "a key of the file to be one of architecture, but got 'other'",
        ),
        # Flows.
        (
            ONE + FLOW + "carries = 'prob'",
            f"{FIRST}.carries",
            "'carries'.*logits, probs, features.*Did you mean 'probs'",
        ),
        (
            ONE + FLOW + "gradient = false",
            f"{FIRST}.gradient",
            "'gradient'.*one of passed, stopped, but got 'False'",
        ),
        (ONE + "[[architecture.flow]]\nfrom = 'coarse'", f"{FIRST}.to", "'to' of .* but got 'none'"),
        (
            ONE + "[architecture.flow]\nfrom = 'coarse'",
            "architecture[0].flow",
            "'flow' to be a list of tables",
        ),
        (ONE + FLOW + FLOW, SECOND, "coarse -> fine of 'one' to be listed once"),
        (ONE + FLOW + "[[architecture.flow]]\nfrom = 'fine'\nto = 'coarse'", SECOND, "free of cycles"),
        (ONE + FLOW.replace("fine", "fien"), FIRST, "Did you mean 'fine'"),
        (ONE + FLOW.replace("fine", "coarse"), FIRST, "between two levels"),
    ],
)
def test_a_fault_is_one_line_that_names_its_key(
    tmp_path: Path, text: str, place: str | None, message: str
) -> None:
    result = refused(tmp_path, text)
    assert result.startswith("Expected mine.toml" if place is None else f"mine.toml, {place}: Expected ")
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(result)


def test_tables_in_line_are_named_like_those_with_headers(tmp_path: Path) -> None:
    text = "\narchitecture = [{name = 'a', flow = [{from = 'coarse', to = 'x'}]}]"
    assert refused(tmp_path, text).startswith("mine.toml, architecture[0].flow[0]: ")
    text = ONE + "fork = 1\nflow = [{from = 'coarse', to = 'fine', carries = 1}]"
    assert refused(tmp_path, text).startswith("mine.toml, architecture[0].flow[0].carries: ")


def test_keys_that_steer_a_terminal_are_shown_without_effect(tmp_path: Path) -> None:
    message = refused(tmp_path, '[[architecture]]\nname = "a"\n"x\\u001b[31m" = 1')
    assert message.startswith("mine.toml, architecture[0].x\ufffd[31m: ")


def test_a_fork_beyond_a_recipe_not_known_yet_is_left_to_the_recipe(tmp_path: Path) -> None:
    assert read(tmp_path, ONE + "fork = 9", num_stages=None)[0].forks == (9, 9)


SCRIPT = """
from dataclasses import dataclass, replace
from taskgraft import Architecture, Flow

@dataclass
class Named:
    name: "str"

def architectures(levels):
    first = Architecture(Named("late").name, levels, "forked", forks=(2,) * len(levels))
    yield first
    yield replace(first, name="fed", flows=(Flow(levels[0], levels[1], "features"),))
"""


def test_a_python_file_is_run_and_returns_them(tmp_path: Path) -> None:
    late, fed = read(tmp_path, SCRIPT, "py")
    assert late == Architecture("late", LEVELS, "forked", forks=(2, 2))
    assert fed.flows == (Flow("coarse", "fine", "features"),)
    assert os.listdir(tmp_path) == ["mine.py"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1\n1 / 0", 2, "one that runs, but got 'ZeroDivisionError: division by zero'"),
        ("def architectures(levels):\n    x = (", 2, "SyntaxError"),
        ("import no_such_module_at_all", 1, "ModuleNotFoundError"),
        ("\nraise SystemExit(3)", 2, "SystemExit: 3"),
        ("\nraise GeneratorExit", 2, "GeneratorExit:"),
        ("class X(BaseException):\n    pass\n\nraise X('a\\nb\\x1b')", 4, "X: a b"),
        ("class X(Exception):\n    def __str__(self):\n        raise ValueError\nraise X", 4, "does not say"),
        ("def f():\n    f()\n\nf()", 2, "RecursionError: maximum recursion depth"),
        ("\n\ndef architectures(levels):\n    while True:\n        yield 1", 3, "at most 1,000"),
        ("x = 1\n\x00", 1, "null byte"),
        ("def architectures(levels):\n    return [0] * (1 << 60)", 2, "MemoryError:"),
        ("raise ValueError('a' * 9999 + chr(10))", 1, "ValueError: aaa"),
        ("x = 1\x00", 1, "but got"),
        ("def architectures(levels):\n    return architectures(levels)", 2, "RecursionError"),
        ("def architectures():\n    return []", 1, "TypeError"),
        ("def architectures(levels):\n    return 1", 1, "not iterable"),
        ("x = 1\ndef architectures(levels):\n    return ['one']", 2, "list of taskgraft.*but got 'one'"),
        (SCRIPT.replace('"late"', '"shared"'), 9, "These are taken"),
        (SCRIPT.replace('"late"', "7"), 10, "name to be a name, but got the int 7"),
        (SCRIPT.replace('"late"', "'x' * 99"), 9, "at most 60"),
        (SCRIPT.replace("(2,)", "(4,)"), 9, "at most 3, the recipe's stages"),
        (SCRIPT.replace("(2,)", "(-4,)"), 10, "0 or more, but got -4"),
        (SCRIPT.replace("levels[0], levels[1]", "'x', 'fine'"), 12, "one of coarse, fine, but got 'x'"),
        (SCRIPT.replace('levels, "forked"', 'levels[::-1], "forked"'), 9, "those of the data, coarse, fine"),
    ],
)
def test_a_fault_in_a_python_file_is_one_line_that_names_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    result = refused(tmp_path, text, "py")
    assert result.startswith(f"mine.py, line {line}: Expected ")
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(result)


def test_a_key_pressed_ends_the_work_but_a_file_that_pretends_so_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text("\nraise KeyboardInterrupt")
    monkeypatch.setattr("signal.getsignal", lambda _: signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        read_architectures(tmp_path / "mine.py", LEVELS)
    # The command takes the key by a handler of its own.
    monkeypatch.setattr("signal.getsignal", lambda _: signal.SIG_IGN)
    with pytest.raises(ArchitectureError, match=r"mine.py, line 2: .*KeyboardInterrupt"):
        read_architectures(tmp_path / "mine.py", LEVELS)


def test_what_a_python_file_prints_is_kept_off_the_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "print('now')\ndef architectures(levels):\n    print('then')\n    return None"
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(ArchitectureError, match="not iterable"):
        read_architectures(tmp_path / "mine.py", LEVELS)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "now\nthen\n")


def test_a_python_file_without_the_function_is_refused(tmp_path: Path) -> None:
    assert "mine.py to be a file that defines architectures(levels)" in refused(tmp_path, "x = 1", "py")
    assert "one architecture or more" in refused(tmp_path, "def architectures(levels): return []", "py")


def test_lists_in_a_python_file_are_as_good_as_tuples(tmp_path: Path) -> None:
    lists = SCRIPT.replace("(2,) * len(levels)", "[2, 2]")
    assert read(tmp_path, lists, "py") == read(tmp_path, SCRIPT, "py")


def test_what_is_no_readable_file_of_a_known_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"none.toml' to be a file, but got 'no such file'"):
        read_architectures(tmp_path / "none.toml", LEVELS)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(RequestError, match="to be a file, but got"):
        read_architectures(tmp_path / "folder.toml", LEVELS)
    with pytest.raises(ArchitectureError, match=r"ends in .toml or .py, but got 'mine.yaml'"):
        read_architectures("mine.yaml", LEVELS)
    with pytest.raises(RequestError, match="to be a file, but got"):
        read_architectures("nul\0.toml", LEVELS)
    (tmp_path / "large.toml").write_text("#" * 1_000_001)
    with pytest.raises(RequestError, match="at most 1,000,000 bytes, but got '1,000,001'"):
        read_architectures(tmp_path / "large.toml", LEVELS)
    (tmp_path / "latin.toml").write_bytes(b"[[architecture]]\nname = '\xe9'")
    with pytest.raises(RequestError, match=r"latin.toml, line 2: .*UTF-8, but got 'the byte 0xe9'"):
        read_architectures(tmp_path / "latin.toml", LEVELS)


def test_more_than_any_study_compares_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "many.toml").write_text("".join(f"[[architecture]]\nname = 'a{i}'\n" for i in range(8_000)))
    with pytest.raises(
        ArchitectureError, match="the number of architectures to be at most 1,000, but got 8000"
    ):
        read_architectures(tmp_path / "many.toml", LEVELS)


def test_the_time_of_many_flows_does_not_grow_with_their_square(tmp_path: Path) -> None:
    levels = tuple(f"l{i}" for i in range(100))
    flows = [f"[[architecture.flow]]\nfrom = 'l{i}'\nto = 'l{k}'" for k in range(100) for i in range(k)]
    (tmp_path / "mine.toml").write_text("\n".join(["[[architecture]]", "name = 'dense'", *flows]))
    started = time.process_time()
    (dense,) = read_architectures(tmp_path / "mine.toml", levels)
    assert len(dense.flows) == 4_950
    assert time.process_time() - started < 5


_WORDS = st.sampled_from(
    [
        "[[architecture]]",
        "[[architecture.flow]]",
        "[architecture.fork]",
        "[x]",
        "name",
        "fork",
        "from",
        "to",
        "=",
        "'coarse'",
        "'fine'",
        "'a'",
        "1",
        "-1",
        "{",
        "}",
        ",",
        "\n",
        '"""',
        "#",
        "carries",
        "flow",
    ]
)


@given(st.lists(_WORDS, max_size=40))
def test_whatever_is_written_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    result = outcome(tmp_path_factory.getbasetemp(), " ".join(words).replace("\n ", "\n"))
    if isinstance(result, str):
        assert re.match(r"(mine\.toml, [^ ]+( [0-9]+)?: )?Expected [^\n]*$", result)
    else:
        assert all(each.levels == LEVELS for each in result)


def outcome(folder: Path, text: str) -> str | tuple[Architecture, ...]:
    try:
        return read(folder, text)
    except RequestError as error:
        return str(error)
