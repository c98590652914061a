"""Work spread over threads, its results in order, with little of it in memory at a time."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from itertools import islice
from queue import SimpleQueue
from typing import Generic, TypeVar

from taskgraft.pictures._each import each_of

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_MOST_THREADS = 16
_ITEMS_A_TASK = 8
# How long a caller that stops early waits for running work: a decoder cannot be interrupted.
_PATIENCE_SECONDS = 0.5


def in_order(work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Generator[_Result, None, None]:
    """Yields `work(item)` for each item, in order; a few tasks a thread are under way, not all of them.

    When the caller stops taking, or is stopped, what has not begun is never done, and what is under way is
    waited for half a second. The caller's thread does none of the work, so that it hears signals at once; and
    a process may end while work is under way.

    Args:
        work: Done on threads: it should free the interpreter's lock, as reading and decoding do.
        items: What it is done on; each is fetched when its turn comes, by the thread that takes the results.

    Example:
        >>> list(in_order(len, ["a", "bc", ""]))
        [1, 2, 0]
    """
    crew = _Crew(work, min(_MOST_THREADS, _num_cores()))
    under_way: deque[Future[list[_Result]]] = deque()
    try:
        waiting = each_of(items)
        while part := list(islice(waiting, _ITEMS_A_TASK)):
            under_way.append(crew.begin(part))
            if len(under_way) > 3 * crew.num_threads:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()
    finally:
        crew.dismiss()


class _Crew(Generic[_Item, _Result]):
    """Threads that do one kind of work, and keep no process alive: an executor's would."""

    def __init__(self, work: Callable[[_Item], _Result], num_threads: int) -> None:
        self.num_threads = num_threads
        self._work = work
        self._is_over = threading.Event()
        self._tasks: SimpleQueue[tuple[Future[list[_Result]], list[_Item]] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(num_threads)]
        for thread in self._threads:
            thread.start()

    def begin(self, items: list[_Item]) -> Future[list[_Result]]:
        """Has some items worked through when a thread is free."""
        future: Future[list[_Result]] = Future()
        self._tasks.put((future, items))
        return future

    def dismiss(self) -> None:
        """Ends the threads as soon as each has done the item it is at."""
        self._is_over.set()
        for _ in self._threads:
            self._tasks.put(None)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _serve(self) -> None:
        while task := self._tasks.get():
            future, items = task
            results = []
            try:
                for item in items:
                    if self._is_over.is_set():
                        return
                    results.append(self._work(item))
            except BaseException as error:  # it is the caller's
                future.set_exception(error)
            else:
                future.set_result(results)


def _num_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
