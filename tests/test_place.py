"""Places that cannot be are refused before any work, and names of data become names of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from taskgraft.errors import RequestError
from taskgraft.place import (
    check_directory_place,
    check_file_place,
    check_new_place,
    expanded,
    fitting,
    safe_name,
)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("a" * 256, "at most 235 bytes long, but got 256"),
        ("ä" * 120, "at most 235 bytes long, but got 240"),
        (f"{'b' * 256}/a", "at most 255 bytes long, but got 256"),
        ("a/" * 2100, "the path of --sheet to be at most 4075 bytes long"),
        ("a\0b", "without the sign NUL"),
    ],
)
def test_a_file_that_cannot_be_is_refused(path: str, rule: str) -> None:
    with pytest.raises(RequestError, match=rule) as refused:
        check_file_place("--sheet", Path(path))
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300


def test_the_longest_names_are_fine(tmp_path: Path) -> None:
    check_file_place("--sheet", tmp_path / ("a" * 235))
    check_directory_place("--out", tmp_path / ("a" * 255), 300)
    check_file_place("--sheet", Path("caf\udce9.png"))


@pytest.mark.parametrize(
    ("path", "rule"),
    [("a" * 256, "at most 255 bytes"), ("x/" * 1950, "at most 3795 bytes"), ("caf\udce9", "a name in UTF-8")],
)
def test_a_directory_that_cannot_be_is_refused(path: str, rule: str) -> None:
    with pytest.raises(RequestError, match=rule):
        check_directory_place("--out", Path(path), 300)


Check = Callable[[str, Path], None]
CHECKS: dict[str, Check] = {
    "file": check_file_place,
    "new": check_new_place,
    "directory": lambda what, path: check_directory_place(what, path, 300),
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_nothing_can_be_in_a_file_or_in_a_folder_that_one_may_not_write_in(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "x", tmp_path / "file" / "deep" / "x"):
        with pytest.raises(
            RequestError, match=r"Expected --out to be in a folder, but got '.*file, which is"
        ):
            check("--out", place)
    check("--out", tmp_path / "deep" / "er" / "x")
    # The superuser, as whom CI runs, may write anywhere.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != tmp_path)
    for place in (tmp_path / "x", tmp_path / "deep" / "x"):
        with pytest.raises(RequestError, match="to be in a folder that you may write in, but got"):
            check("--out", place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("place", ["", ".", "/", "/dev/null", "folder"])
def test_what_is_no_file_is_not_replaced_by_one(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(RequestError, match="Expected --out to be the name of a file, but got"):
        check_file_place("--out", Path(place))


def test_what_is_to_be_new_must_not_exist_not_even_as_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    for name in ("file", "link"):
        check_file_place("--out", tmp_path / name)
        with pytest.raises(RequestError, match=f"Expected --out .*{name} to be new, but got"):
            check_new_place("--out", tmp_path / name)


def test_long_names_of_data_stay_two_that_differ() -> None:
    one, other = safe_name("ä" * 250), safe_name("ä" * 251)
    assert one != other
    assert max(len(one.encode()), len(other.encode())) <= 100
    assert safe_name("caf\udce9 \x1b") == "caf---"


def test_a_name_is_cut_only_where_it_is_too_long() -> None:
    assert fitting("shared@independent-macs") == "shared@independent-macs"
    assert len(fitting("ä" * 200).encode()) <= 235


def test_a_path_that_no_system_takes_is_one_line() -> None:
    with pytest.raises(RequestError, match=r"each name in the data, as 'a+...', to be at most 255 bytes"):
        expanded("the data", "a" * 256)


def test_a_home_directory_that_is_not_there_is_one_line() -> None:
    with pytest.raises(RequestError, match=r"Expected TASKGRAFT_CACHE to be a folder of a user with a home"):
        expanded("TASKGRAFT_CACHE", "~nosuchuser/x")
