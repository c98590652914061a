"""Nodes of a cluster as they say what they are: how many runs they hold, and of which kind they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from taskgraft.errors import RequestError
from taskgraft.execution.engines.cluster import _nodes
from taskgraft.execution.engines.cluster._facts import Facts, facts
from taskgraft.execution.engines.cluster._needs import Needs
from taskgraft.execution.engines.cluster._nodes import Node, check_nodes, with_room

GB = 10**9
FIRST = Node("aaaaaaaa", "10.0.0.2 (aaaaaa)", cores=8, gpus=2, memory_bytes=64e9)
SECOND = replace(FIRST, id="bbbbbbbb", address="10.0.0.3 (bbbbbb)")


@pytest.mark.parametrize(
    ("needs", "slots"),
    [
        (Needs(1, 0, GB), 8),
        (Needs(3, 0, GB), 2),
        (Needs(1, 1, GB), 2),
        (Needs(1, 0, 20 * GB), 3),
        (Needs(9, 0, GB), 0),
        (Needs(1, 3, GB), 0),
    ],
)
def test_a_node_holds_as_many_runs_as_the_scarcest_of_what_they_need(needs: Needs, slots: int) -> None:
    assert FIRST.slots(needs) == slots


def test_runs_are_done_where_there_is_room_for_one() -> None:
    small = replace(SECOND, cores=0)
    assert with_room([FIRST, small], Needs(1, 0, GB)) == [FIRST]


def test_a_cluster_without_room_for_one_run_is_refused_with_what_it_has() -> None:
    with pytest.raises(RequestError) as caught:
        with_room([FIRST, SECOND], Needs(16, 0, GB))
    assert str(caught.value) == (
        "Expected a node of the cluster to be large enough for one run (16 cores, 1.0 GB), but got 10.0.0.2 "
        "(aaaaaa): 8 cores, 2 GPUs, 64.0 GB; 10.0.0.3 (bbbbbb): 8 cores, 2 GPUs, 64.0 GB. Start larger "
        "nodes, or use fewer num_threads."
    )


def checked(
    monkeypatch: pytest.MonkeyPatch, first: Facts | str, second: Facts | str, *, on_cpu: bool = True
) -> str:
    monkeypatch.setattr(_nodes, "_facts_of", lambda nodes: [(FIRST, first), (SECOND, second)])
    return check_nodes([FIRST, SECOND], on_cpu=on_cpu)


def test_nodes_like_this_machine_are_taken_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(monkeypatch, facts(), facts()) == ""


@pytest.mark.parametrize("package", [*facts().versions])
def test_a_node_with_another_version_is_refused_by_name(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(facts(), versions={**facts().versions, package: "0.0.7"})
    with pytest.raises(RequestError) as caught:
        checked(monkeypatch, facts(), other)
    ours = facts().versions[package]
    assert str(caught.value) == (
        "Expected node 10.0.0.3 (bbbbbb) to be like this machine, as all runs of a study are made with the "
        f"same versions, but got {package} 0.0.7 (here {ours}). Install the same on every node, and start "
        "the command on a machine like them."
    )


def test_a_node_without_taskgraft_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError, match="but got no such taskgraft: No module named 'taskgraft'"):
        checked(monkeypatch, facts(), "no such taskgraft: No module named 'taskgraft'")


def test_other_instructions_are_refused_where_the_cpu_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(facts(), cpu_capability="NO AVX")
    with pytest.raises(RequestError, match="instructions of the CPU NO AVX"):
        checked(monkeypatch, facts(), other)
    assert checked(monkeypatch, facts(), other, on_cpu=False) == ""


def test_other_processors_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = replace(facts(), processor="A"), replace(facts(), processor="B")
    assert checked(monkeypatch, one, other) == (
        "The processors of the nodes differ (A: 10.0.0.2 (aaaaaa); B: 10.0.0.3 (bbbbbb)): scores may differ "
        "in their last bits, and a run that moves to another kind begins again."
    )
