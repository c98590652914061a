"""Runs hostile cases in one process under an audit hook; prints a JSON line for each.

    python watched.py FOLDER [NAME ...]

What a reader does while it is watched stands in `deeds`: code run, processes started, sockets opened, pickles
loaded, and files read or written outside the folder that the case was given.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hostile_data import DATA
from hostile_formats import FORMATS
from hostile_names import NAMED
from hostile_place import Case, Place, make_base
from hostile_searches import SEARCHES
from hostile_studies import STUDIES

import taskgraft
from taskgraft.cli.main import main
from taskgraft.errors import TaskgraftError

CASES: dict[str, Case] = {**STUDIES, **SEARCHES, **FORMATS, **DATA, **NAMED}

# Where a program's own code lies, and what the system tells of itself.
_OWN = (sys.prefix, sys.base_prefix, Path(taskgraft.__file__).parents[1], Path(__file__).parent)
_SYSTEM = ("/proc", "/sys", "/usr/lib", "/usr/share", "/lib", "/dev/null", "/dev/urandom")
_PROGRAM = (*(os.path.realpath(place) for place in _OWN), *_SYSTEM)
_NEVER = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "urllib.Request",
    "pickle.find_class",
    "webbrowser.open",
    "ctypes.dlopen",
)
_CHANGES = (
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.symlink",
    "os.link",
    "os.chmod",
    "os.truncate",
    "os.utime",
    "shutil.copyfile",
    "shutil.move",
    "shutil.rmtree",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Watch:
    """The audit hook: off until a case runs."""

    def __init__(self) -> None:
        self.deeds: list[str] = []
        self.inside: str | None = None
        self._is_busy = False
        sys.addaudithook(self._heard)

    @contextlib.contextmanager
    def over(self, inside: Path) -> Iterator[list[str]]:
        """Watches what is done within; yields the list of what is not allowed."""
        self.deeds = []
        self.inside = os.path.realpath(inside)
        try:
            yield self.deeds
        finally:
            self.inside = None

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.inside is None or self._is_busy:
            return
        self._is_busy = True
        try:
            deed = self._judge(event, arguments)
        finally:
            self._is_busy = False
        if deed:
            self.deeds.append(deed)

    def _judge(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        if event in _NEVER and not (event == "ctypes.dlopen" and self._is_ours(arguments[0])):
            return f"{event} {arguments!r:.200}"
        if event == "exec":
            name = getattr(arguments[0], "co_filename", "?")
            # Dataclasses, named tuples and pydantic write functions of their own when a module is imported.
            return None if name.startswith("<") or self._is_ours(name) else f"exec {name}"
        if event in ("open", "os.listdir", "os.scandir"):
            is_writing = event == "open" and _is_writing(arguments)
            return self._outside(event, arguments[0], is_writing=is_writing)
        if event in _CHANGES:
            paths = [one for one in arguments[:2] if isinstance(one, str | bytes | os.PathLike)]
            return next((deed for one in paths if (deed := self._outside(event, one, is_writing=True))), None)
        return None

    def _outside(self, event: str, path: object, *, is_writing: bool) -> str | None:
        if path is None or isinstance(path, int):
            return None
        named = os.fsdecode(path)  # type: ignore[call-overload]
        real = os.path.realpath(named)
        if event in _CHANGES:
            # A name that is a link is itself what changes, not what it leads to.
            real = os.path.join(os.path.realpath(os.path.dirname(named)), os.path.basename(named))
        if self.inside and (real == self.inside or real.startswith(self.inside + os.sep)):
            return None
        if not is_writing and (real.startswith(_PROGRAM) or real in os.path.dirname(self.inside or "")):
            return None
        return None if real == "/dev/null" else f"{event}{' for writing' if is_writing else ''} {real}"

    @staticmethod
    def _is_ours(path: object) -> bool:
        return path is None or os.path.realpath(str(path)).startswith(_PROGRAM) or "/" not in str(path)


def _is_writing(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = (*arguments, None, None, None)[:3]
    return bool(set(mode or "") & set("wax+")) or bool((flags or 0) & _WRITING)


def run_case(case: Case, place: Place, watch: Watch) -> dict[str, Any]:
    """Makes one case, runs it while watched, and tells what came of it."""
    work = case.make(place)
    before = place.outside_state()
    out, err = io.StringIO(), io.StringIO()
    started = time.perf_counter()
    with (
        watch.over(place.inside) as deeds,
        contextlib.chdir(place.inside),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        outcome, message = _outcome(work, err)
    seconds = time.perf_counter() - started
    if place.outside_state() != before:
        deeds.append("something outside was changed")
    if any("SECRET" in text for text in (message, out.getvalue(), err.getvalue())):
        deeds.append("what stands outside was told")
    if case.may_read_links:
        deeds[:] = [deed for deed in deeds if not deed.startswith("open /")]
    faults = case.faults(place, out.getvalue() + err.getvalue()) if outcome != "refused" else []
    return {"outcome": outcome, "message": message, "deeds": deeds, "faults": faults, "seconds": seconds}


def _outcome(work: Callable[[], object] | list[str], err: io.StringIO) -> tuple[str, str]:
    try:
        if callable(work):
            work()
            return "done", ""
        with patch.object(sys, "argv", ["taskgraft", *work]):
            main()
    except TaskgraftError as error:
        return "refused", str(error)
    except SystemExit as error:
        told = err.getvalue().rstrip("\n")
        if not error.code:
            return "done", ""
        if error.code == 1 and ", on which no figure rests. " in told:
            return "reported", told.partition("\n")[0]
        return "refused" if error.code in (1, 2) else f"exit code {error.code}", told
    except BaseException as error:
        return "escaped", f"{type(error).__name__}: {error!s:.300}"
    return "done", ""


def run_all(folder: Path, names: list[str]) -> None:
    """Runs the cases named, or all, each in a folder of its own."""
    os.environ["TASKGRAFT_CACHE"] = str(folder / "unused")
    base = make_base(folder / "base")
    watch = Watch()
    gc.freeze()  # what was imported need not be looked through case after case
    for number, name in enumerate(names or CASES):
        place = Place(folder / f"case-{number}", base)
        os.environ["TASKGRAFT_CACHE"] = str(place.inside / "cache")
        found = run_case(CASES[name], place, watch)
        print(json.dumps({"name": name, "expected": CASES[name].expected, **found}), flush=True)
        shutil.rmtree(place.root)


if __name__ == "__main__":
    # A quiet first time, so that what is imported late is there before anybody watches.
    run_all(Path(sys.argv[1]), sys.argv[2:])
