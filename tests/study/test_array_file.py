"""Arrays are written as safetensors has them, and mapped as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from taskgraft.study import DamagedFileError, write_arrays
from taskgraft.study._files import read_arrays

ARRAYS = {
    "b": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.arange(3),
    "none": np.zeros((0, 4), np.float32),
    'wörds "so"': np.array([True, False]),
    "half": np.array([1.5, -2], np.float16),
    "across": np.arange(12, dtype=np.int64).reshape(3, 4)[:, ::2],
}


def test_a_file_is_to_the_byte_what_the_library_writes(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    write_arrays(path, ARRAYS, {"made": "by hand"})
    plain = {name: np.ascontiguousarray(array) for name, array in ARRAYS.items()}
    assert path.read_bytes() == safetensors_numpy.save(plain, {"made": "by hand"})


@pytest.mark.parametrize("by_library", [True, False])
def test_arrays_are_read_as_they_were(tmp_path: Path, by_library: bool) -> None:
    path = tmp_path / "x.safetensors"
    plain = {name: np.ascontiguousarray(array) for name, array in ARRAYS.items()}
    if by_library:
        path.write_bytes(safetensors_numpy.save(plain, {"k": "v"}))
    else:
        write_arrays(path, ARRAYS, {"k": "v"})
    arrays, metadata = read_arrays(path)
    assert metadata == {"k": "v"}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)


def test_arrays_are_mapped_and_a_file_is_not_written_through_them(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    write_arrays(path, {"a": np.zeros(10_000)})
    before = path.read_bytes()
    array = read_arrays(path)[0]["a"]
    assert not array.flags.owndata
    array[:] = 1
    assert path.read_bytes() == before
    # What has taken its place since is another file.
    write_arrays(path, {"a": np.full(10_000, 2.0)})
    assert array.sum() == 10_000


def test_a_torn_file_is_refused_before_anything_is_mapped(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    write_arrays(path, ARRAYS)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match="no complete safetensors file"):
        read_arrays(path)
