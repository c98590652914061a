"""Work spread over threads, its results in order, with little of it in memory at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST_THREADS = 16
_ITEMS_A_TASK = 8


def in_order(work: Callable[[_Item], _Result], items: Sequence[_Item]) -> Generator[_Result, None, None]:
    """Yields `work(item)` for each item, in order; a few tasks a thread are under way, not all of them.

    When the caller stops taking, or is stopped, what has not begun is never done.

    Args:
        work: Done on threads: it should free the interpreter's lock, as reading and decoding do.
        items: What it is done on; each is fetched when its turn comes, by the thread that takes the results.

    Example:
        >>> list(in_order(len, ["a", "bc", ""]))
        [1, 2, 0]
    """
    num_threads = min(_MOST_THREADS, _num_cores())
    pool = ThreadPoolExecutor(num_threads)
    under_way: deque[Future[list[_Result]]] = deque()
    try:
        for start in range(0, len(items), _ITEMS_A_TASK):
            part = [items[index] for index in range(start, min(start + _ITEMS_A_TASK, len(items)))]
            under_way.append(pool.submit(_work_through, work, part))
            if len(under_way) > 3 * num_threads:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _work_through(work: Callable[[_Item], _Result], items: list[_Item]) -> list[_Result]:
    return [work(item) for item in items]


def _num_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
