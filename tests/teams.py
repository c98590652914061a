"""Processes that compute together, forked: each calls the same function."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from forked import Forked
from taskgraft.hardware import Team, joined


def in_team(teams: list[Team], function: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What a function returns in each process of a team, which is its first argument."""
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        forked = [Forked(_call, team, meeting, function, arguments) for team in teams]
        return [each.result() for each in forked]


def team_of(size: int, num_images: int, *, synchronises: bool = True) -> list[Team]:
    """A team as each of its processes sees it."""
    return [Team(rank, size, num_images, synchronises) for rank in range(size)]


def _call(team: Team, meeting: Path, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    torch.set_num_threads(1)
    with joined(team, "cpu", meeting):
        return function(team, *arguments)
