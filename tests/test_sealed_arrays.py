"""Arrays in a cache are those that were written, or none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskgraft.file_writing import NotWrittenError
from taskgraft.sealed_arrays import read_sealed, write_sealed

ARRAYS = {
    "shares": np.linspace(0, 1, 7),
    "counts": np.arange(6, dtype=np.int32).reshape(2, 3),
    "flags": np.array([True, False]),
    "none": np.zeros((0, 4), np.float32),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_sealed(tmp_path / "kept.npz", ARRAYS)
    return tmp_path / "kept.npz"


def test_what_was_written_comes_back_with_its_kinds_and_shapes(file: Path) -> None:
    arrays = read_sealed(file)
    assert arrays is not None
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(place=st.integers(0), flip=st.integers(1, 255))
def test_a_byte_that_changed_is_noticed_wherever_it_is(file: Path, place: int, flip: int) -> None:
    content = bytearray(file.read_bytes())
    content[place % len(content)] ^= flip
    other = file.with_name("other") / file.name
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(content)
    assert read_sealed(other) is None


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, -1, -32, -33])
def test_a_torn_file_is_as_good_as_none(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])
    assert read_sealed(file) is None


def test_none_another_ones_and_a_folder_are_none(file: Path) -> None:
    assert read_sealed(file.with_name("never-written.npz")) is None
    assert read_sealed(file.parent) is None
    assert read_sealed(file.rename(file.with_name("moved.npz"))) is None


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(NotWrittenError, match="folder"):
        write_sealed(tmp_path / "folder" / "kept.npz", ARRAYS)
