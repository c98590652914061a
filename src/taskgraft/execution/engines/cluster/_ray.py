"""Ray, an extra, and the connection to a cluster: `pip install taskgraft[ray]`."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter

# Words that Ray understands by itself.
_WORDS = ("auto", "local")
_SECONDS_TO_ANSWER = 5.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def check_ray() -> None:
    """Looks whether the extra is installed, without importing it.

    Raises:
        RequestError: If it is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise RequestError.expected(
            Parameter("engine", "ray"),
            "used with the extra ray installed",
            "no module ray",
            f"pip install taskgraft[ray], or leave {Parameter('engine')} out.",
        )


def check_address(address: str | None) -> None:
    """Refuses what is no address of a head, such as that of Ray's client, through which no run says anything.

    Raises:
        RequestError: If it is none.
    """
    if address is None or address in _WORDS:
        return
    host, _, port = address.rpartition(":")
    if not host or ":" in host or not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        raise RequestError.expected(
            Parameter("address"),
            "that of a cluster's head, such as 10.0.0.1:6379",
            address,
            "Give it on a machine of the cluster, and leave it out for a cluster that runs on this machine.",
        )


def _check_answers(address: str) -> None:
    """Looks whether anything listens: Ray itself would try for minutes, and end the process.

    Raises:
        RequestError: If nothing does.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise _unreachable(address, error) from error


@functools.cache
def import_ray() -> Any:
    """The module `ray`."""
    # Nothing is sent anywhere by a cluster that is started for a study.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    return importlib.import_module("ray")


def connect(address: str | None) -> bool:
    """Connects this process to a cluster, unless it is connected; whether it was not.

    Args:
        address: Of the head; None for `RAY_ADDRESS`, a cluster that runs on this machine or, without one,
            one of this machine alone, which ends with the study.

    Raises:
        RequestError: If there is no such cluster, or Ray there has another version.
    """
    ray = import_ray()
    if ray.is_initialized():
        return False
    head = address or os.environ.get("RAY_ADDRESS")
    check_address(head)
    if head is not None and head not in _WORDS:
        _check_answers(head)
    with _kept_signals():
        try:
            ray.init(
                address=address,
                log_to_driver=False,
                configure_logging=False,
                **({} if address else {"include_dashboard": False}),
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise _unreachable(head or "auto", error) from error
    _silence()
    return True


def _unreachable(address: str, error: Exception) -> RequestError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return RequestError.expected(
        Parameter("address"),
        "that of a Ray cluster that can be joined from here",
        Phrase(f"{address}: {lines[0]}"),
        f"Start one, as docs/scale.md says, or leave {Parameter('address')} out.",
    )


def disconnect() -> None:
    """Leaves the cluster; one that was started for this process ends."""
    ray = import_ray()
    if ray.is_initialized():
        with _kept_signals():
            ray.shutdown()


@contextmanager
def _kept_signals() -> Iterator[None]:
    """Keeps who hears of signals: Ray puts itself in the place of the command line."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _silence() -> None:
    """Keeps Ray from printing on standard output, among results, whenever a node or a worker dies.

    What happened is said by the engine.
    """
    worker = importlib.import_module("ray._private.worker")
    if hasattr(worker, "print_to_stdstream"):
        worker.print_to_stdstream = lambda *args, **kwargs: None  # type: ignore[attr-defined]
