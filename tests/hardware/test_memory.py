import sys

import numpy as np
import pytest

from taskgraft.hardware import peak_memory_bytes, reset_peak_memory

HUNDRED_MEGABYTES = 100_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
def test_a_run_is_not_charged_for_what_an_earlier_one_held() -> None:
    reset_peak_memory("cpu")
    before = peak_memory_bytes("cpu")
    held = np.ones(HUNDRED_MEGABYTES, dtype=np.uint8)
    assert peak_memory_bytes("cpu") - before > 0.9 * HUNDRED_MEGABYTES
    del held
    assert peak_memory_bytes("cpu") - before > 0.9 * HUNDRED_MEGABYTES
    reset_peak_memory("cpu")
    assert peak_memory_bytes("cpu") - before < 0.1 * HUNDRED_MEGABYTES
