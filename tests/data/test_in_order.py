from __future__ import annotations

import threading
import time

import pytest

from taskgraft.data.in_order import in_order


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
