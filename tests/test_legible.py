"""Text from anywhere becomes text that can be shown, encoded and read back by a shell."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.legible import legible, one_line, quoted, shell_line, visible

ANYTHING = st.text(st.characters(codec=None, categories=None) | st.sampled_from("\x1b\n\udce9\u202e'\\"))


@given(ANYTHING)
def test_a_line_is_one_line_that_does_nothing(text: str) -> None:
    assert one_line(text).isprintable()
    assert one_line(text) == one_line(one_line(text))
    one_line(text).encode()


@given(ANYTHING)
def test_what_is_visible_keeps_its_lines(text: str) -> None:
    assert visible(text).count("\n") == text.count("\n")
    assert visible(text).replace("\n", "").isprintable()


@given(st.text())
def test_a_text_that_can_be_encoded_stays_as_it_is(text: str) -> None:
    assert legible(text) == text
    assert quoted(text) == repr(text)


def test_bytes_of_a_name_that_are_no_utf_8_are_written_with_a_backslash() -> None:
    name = b"caf\xe9.png".decode(errors="surrogateescape")
    assert legible(name) == visible(name) == one_line(name) == r"caf\xe9.png"
    assert quoted(name) == r"'caf\xe9.png'"
    assert legible("\ud800") == "\ufffd"


@pytest.mark.parametrize(
    "words",
    [["taskgraft", "a b", "", "it's"], ["\x1b[31m\n\t", "caf\udce9'\\", "größe", "\u202e1"]],
)
def test_a_shell_reads_the_same_words_back(words: list[str]) -> None:
    line = shell_line(words)
    assert line.isprintable()
    script = f"printf '%s\\0' {line}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stdout.decode(errors="surrogateescape").split("\0")[:-1] == words
