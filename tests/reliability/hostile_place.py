"""What a hostile case is made of: a folder of its own, a study to spoil, and a secret beside it."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from small_study import small_study

from taskgraft.report import write_report
from taskgraft.study import StudyRecord
from taskgraft.study._checked import checksum

Expected = Literal["refused", "reported", "done", "either"]
RUN = "runs/independent-seed0"
OTHER_RUN = "runs/shared-coarse-to-fine-seed0"
RUNS = (RUN, OTHER_RUN)


class Place:
    """Two folders: the one a case is given, and the one beside it that nothing may touch or read."""

    def __init__(self, root: Path, base: Path) -> None:
        self.root, self.inside, self.outside = root, root / "inside", root / "outside"
        self._base = base
        self.inside.mkdir(parents=True)
        self.outside.mkdir()
        (self.outside / "secret.txt").write_text("SECRET\n")
        shutil.copytree(base, self.outside / "study")

    @property
    def canary(self) -> Path:
        """What a payload makes when it is run."""
        return self.outside / "canary"

    def outside_state(self) -> dict[str, bytes]:
        """All that stands outside."""
        return {
            str(path): path.read_bytes() if path.is_file() else b"folder"
            for path in self.outside.rglob("*")
            if path.name != ".lock"
        }

    def study(self) -> Path:
        """A copy of a finished study."""
        path = self.inside / "study"
        if not path.exists():
            shutil.copytree(self._base, path)
        return path

    def pickled(self, protocol: int = 2) -> bytes:
        """A pickle that leaves a trace when it is loaded."""
        return pickle.dumps(_Trap(str(self.canary)), protocol)


class _Trap:
    def __init__(self, canary: str) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self._canary}",)


def _no_faults(place: Place, told: str) -> list[str]:
    return []


@dataclass(frozen=True)
class Case:
    """One hostile case.

    Attributes:
        make: Writes its files, and gives what to run: arguments of the command, or a function.
        expected: Whether it is refused with one line, gets through with a line that says what is damaged, or
            gets through and does no harm.
        faults: What is wrong with what it left behind, for one that gets through.
        may_read_links: Whether what a link leads to may be opened, as promised for folders of pictures only.
    """

    make: Callable[[Place], Callable[[], object] | list[str]]
    expected: Expected = "refused"
    faults: Callable[[Place, str], list[str]] = _no_faults
    may_read_links: bool = False


def make_base(path: Path) -> Path:
    """A finished study of two runs, reported once."""
    write_report(small_study(path))
    return path


def report(study: Path) -> list[str]:
    """The command that reads everything a study holds."""
    return ["report", str(study), "--markdown", str(study.parent / "verdict.md")]


def rewrite(path: Path, change: Callable[[Any], Any]) -> None:
    """Changes a record and takes its checksum anew, as whoever made it would have."""
    record = json.loads(path.read_bytes())
    record = change(record) or record
    if isinstance(record, dict) and "checksum" in record:
        record.pop("checksum")
        record["checksum"] = checksum(record)
    path.write_text(json.dumps(record))


def put(study: Path, name: str, content: bytes, runs: tuple[str, ...] = RUNS) -> None:
    """Puts a file in place of a run's own, with a digest that agrees."""
    for run in runs:
        (study / run / name).write_bytes(content)
        agree(study / run, name)


def agree(run: Path, name: str) -> None:
    """Makes a run's record tell the digest of a file that was changed."""
    digest = hashlib.sha256((run / name).read_bytes()).hexdigest()

    def change(record: Any) -> None:
        record["digests"][name] = digest

    rewrite(run / "result.json", change)


def own_up(study: Path) -> None:
    """Gives every run the identity that its study's record now asks for."""
    request = StudyRecord.model_validate_json((study / "study.json").read_bytes()).request
    for run in RUNS:

        def change(record: Any) -> None:
            record["identity"] = request.identities()[record["variant"]]

        rewrite(study / run / "result.json", change)
