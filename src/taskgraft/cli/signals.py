"""Ctrl-C and its like: once stops the command when what it does is saved, twice at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from taskgraft.printing import note_at_once
from taskgraft.stopping import STOP

# Windows has no SIGHUP.
_HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
# Does nothing, but interrupts whatever the main thread waits for.
_NUDGE = signal.SIGURG
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
    listener = _Listener(farewell)
    for number in listener.numbers:
        signal.signal(number, listener.handle)
    signal.signal(_NUDGE, lambda number, frame: None)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    # Where the system starts no more threads, the command does without.
    with contextlib.suppress(RuntimeError):
        threading.Thread(target=listener.watch, args=(reading,), daemon=True).start()

    def hush() -> None:
        signal.set_wakeup_fd(before)
        os.close(writing)

    return hush


class _Listener:
    def __init__(self, farewell: Callable[[], str]) -> None:
        self.numbers = stopping_signals()
        self._farewell = farewell
        self._is_heard = self._is_said = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """In the main thread, as soon as it is back in Python."""
        self._is_heard = True
        if STOP.make(number):
            self._say_once()

    def watch(self, reading: int) -> None:
        """In a thread, at once: each byte is a signal."""
        num_stops = 0
        while number := int.from_bytes(os.read(reading, 1), "big"):
            if number not in self.numbers:
                continue
            num_stops += 1
            time.sleep(_PATIENCE_SECONDS)
            if num_stops > 1:
                note_at_once(self._farewell())
                os._exit(128 + number)
            if not self._is_heard:
                signal.pthread_kill(threading.main_thread().ident or 0, _NUDGE)
            self._say_once()
        os.close(reading)

    def _say_once(self) -> None:
        if not self._is_said:
            self._is_said = True
            note_at_once("taskgraft: stopping as soon as the step is done and saved; again stops at once.")
