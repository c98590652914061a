"""Ctrl-C and its like: once stops the command when what it does is saved, twice at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

from taskgraft.printing import note_at_once
from taskgraft.stopping import STOP

# Windows has no SIGHUP.
_HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
# How long the main thread has to notice a signal by itself.
_PATIENCE_SECONDS = 1.0


def stopping_signals() -> list[signal.Signals]:
    """Ctrl-C, SIGTERM and a closing terminal; the last is ignored under `nohup`, and stays so."""
    is_ignored = _HANGUP is None or signal.getsignal(_HANGUP) == signal.SIG_IGN
    always = [signal.SIGINT, signal.SIGTERM]
    return always if _HANGUP is None or is_ignored else [*always, _HANGUP]


def listen(farewell: Callable[[], str]) -> Callable[[], None]:
    """Has signals stop the command.

    Python handles a signal between two of its own instructions, and the gradients of a large batch are one
    that can take a minute. So a thread hears it, too: it says that a step is still to end, and ends the
    process when a second signal comes.

    Args:
        farewell: Gives the line to end with.

    Returns:
        Ends the thread.
    """
    STOP.clear()
    is_said = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if STOP.make(number):
            _say_once(is_said)

    numbers = stopping_signals()
    for number in numbers:
        signal.signal(number, stop)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    watch = partial(_watch, reading, numbers, is_said, farewell)
    # Where the system starts no more threads, the command does without.
    with contextlib.suppress(RuntimeError):
        threading.Thread(target=watch, daemon=True).start()

    def hush() -> None:
        signal.set_wakeup_fd(before)
        os.close(writing)

    return hush


def _watch(
    reading: int, numbers: list[signal.Signals], is_said: threading.Event, farewell: Callable[[], str]
) -> None:
    num_stops = 0
    while number := int.from_bytes(os.read(reading, 1), "big"):
        if number not in numbers:
            continue
        num_stops += 1
        time.sleep(_PATIENCE_SECONDS)
        if num_stops == 1:
            _say_once(is_said)
        else:
            note_at_once(farewell())
            os._exit(128 + number)
    os.close(reading)


def _say_once(is_said: threading.Event) -> None:
    if not is_said.is_set():
        is_said.set()
        note_at_once("taskgraft: stopping as soon as the step is done and saved; once more stops at once.")
