"""Runs on the machines of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taskgraft.errors import Phrase, StudyError, TaskgraftError
from taskgraft.execution._events import EngineEvent, StudyNote
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._engine import Engine, Placement
from taskgraft.execution.engines._extensions import check_reachable
from taskgraft.execution.engines.cluster._attempt import Launcher, start_board
from taskgraft.execution.engines.cluster._driver import Driver
from taskgraft.execution.engines.cluster._needs import Needs, needs_of
from taskgraft.execution.engines.cluster._nodes import Node, alive_nodes, check_nodes, with_room
from taskgraft.execution.engines.cluster._ray import (
    check_address,
    check_ray,
    connect,
    disconnect,
    import_ray,
)
from taskgraft.stopping import STOP


class RayEngine(Engine):
    """Does runs on the machines of a Ray cluster, each as one task; needs the extra `ray`.

    The machines need no common disk. The data goes to each node once; the files of a run come back to the
    study directory of this process, checkpoints while it trains. A worker or a node that dies loses no
    finished run: what it did goes on elsewhere from its last checkpoint.

    Args:
        address: Of the cluster's head. Without it `RAY_ADDRESS`, a cluster that runs on this machine, or one
            of this machine alone that ends with the study.
        num_jobs: Runs at once, on all machines together; without it as many as have room.

    Raises:
        RequestError: If the extra is missing, or there can be no such address.
    """

    def __init__(self, address: str | None = None, num_jobs: int | None = None) -> None:
        check_ray()
        check_address(address)
        self.address = address
        self.num_jobs = num_jobs
        self._is_ours = False
        self._checked: frozenset[str] = frozenset()
        self._caution = ""

    def place(self, specs: Sequence[RunSpec]) -> Placement:
        """Where runs would be done, once every node is known to be of our kind.

        Raises:
            RequestError: If there is no such cluster, a node has other versions, or no run has room.
        """
        try:
            nodes, needs = self._nodes(specs)
        except TaskgraftError:
            self.close()
            raise
        room = [(node, node.slots(needs)) for node in nodes]
        total = sum(slots for _, slots in room)
        at_once = min(total, len(specs), self.num_jobs or total)
        lines = [f"each run {needs}", *(f"{node.address}: {slots} at once" for node, slots in room)]
        return Placement(at_once, (*lines, *filter(None, [self._caution])))

    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        """Does the runs; those of a seed begin next to one another."""
        if not specs:
            return
        _, needs = self._nodes(specs)
        if self._caution:
            yield StudyNote(self._caution)
        board = start_board()
        driver = Driver(specs, Launcher(needs, board), self.num_jobs)
        try:
            # Until then a stop is passed on to the nodes.
            with STOP.held():
                yield from driver.events()
        except import_ray().exceptions.RayError as error:
            raise StudyError.expected(
                "the connection to the cluster",
                "alive until the study is done",
                Phrase(f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"),
                "The same command goes on from what came back.",
            ) from error
        finally:
            if not STOP.is_at_once:
                driver.stop()
            driver.cut_off()
            import_ray().kill(board)

    def close(self) -> None:
        """Leaves the cluster, if this engine has joined it."""
        if self._is_ours:
            disconnect()
            self._is_ours = False

    def _nodes(self, specs: Sequence[RunSpec]) -> tuple[list[Node], Needs]:
        """The nodes that have room for runs, each of which has been looked at once, and what a run needs."""
        check_reachable()
        needs = needs_of(specs)
        self._is_ours |= connect(self.address)
        nodes = with_room(alive_nodes(), needs)
        if new := [node for node in nodes if node.id not in self._checked]:
            caution = check_nodes(new, on_cpu=specs[0].hardware.device == "cpu")
            self._checked |= {node.id for node in new}
            self._caution = self._caution or caution
        return nodes, needs
