from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from taskgraft.pictures import _in_order as in_order_module
from taskgraft.pictures import in_order


def test_results_come_in_order_whatever_takes_long() -> None:
    def slow_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item * item

    assert list(in_order(slow_first, range(100))) == [item * item for item in range(100)]


def test_few_are_under_way_at_a_time() -> None:
    begun: list[int] = []
    results = in_order(begun.append, range(100_000))
    next(results)
    time.sleep(0.05)
    assert len(begun) < 1000
    results.close()


def test_an_error_and_a_stop_end_the_threads() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda item: 1 // (50 - item), range(1000)))
    results = in_order(str, range(1000))
    assert next(results) == "0"
    results.close()
    assert threading.active_count() == before


def test_a_stop_does_not_wait_for_what_cannot_be_interrupted() -> None:
    may_end = threading.Event()
    results = in_order(lambda item: item or may_end.wait(30), [1] * 8 + [0] * 800)
    assert next(results) == 1
    started = time.monotonic()
    results.close()
    assert time.monotonic() - started < 5
    may_end.set()


STUCK = """
import runpy, signal, sys, time

in_order = runpy.run_path(sys.argv[1])["in_order"]  # without what the package loads

def stop(number, frame):
    raise SystemExit(100 + number)

signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
list(in_order(lambda item: time.sleep(60), range(100)))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_though_work_is_under_way(number: signal.Signals) -> None:
    command = [sys.executable, "-c", STUCK, in_order_module.__file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        started = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=30) == 100 + number
        assert time.monotonic() - started < 5
