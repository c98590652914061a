import ctypes
import platform
import subprocess
import sys

import pytest

from taskgraft.hardware import _allocator as allocator

PROBE = """
import resource, torch
from taskgraft.hardware._allocator import keep_freed_memory

def page_faults():
    # Pages the system hands out for ten tensors of 64 MB, made and dropped once the heap has settled.
    for _ in range(20):
        torch.empty(16 << 20).fill_(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.empty(16 << 20).fill_(0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(page_faults())
assert keep_freed_memory()
print(page_faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives large blocks back")
def test_freed_memory_is_used_again_instead_of_asked_for_again() -> None:
    # Where the blocks come to lie is up to the system: one of the ten may still ask for fresh pages.
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    given_back, kept = map(int, done.stdout.split())
    assert 5 * kept < given_back


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not allocator.keep_freed_memory.__wrapped__()
