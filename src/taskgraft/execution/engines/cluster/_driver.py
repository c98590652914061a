"""Has the runs of a study done by a cluster, and writes what comes of them here."""

from __future__ import annotations

import contextlib
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from taskgraft.errors import DiedError, Phrase, TaskgraftError
from taskgraft.execution._claim import claimed
from taskgraft.execution._events import EngineEvent, RunElsewhere, RunEnded, RunFailed, StudyNote
from taskgraft.execution._incoming import Incoming
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._death import died, ended_by, process_of
from taskgraft.execution.engines._messages import Bug
from taskgraft.execution.engines._refused_runs import RefusedRuns
from taskgraft.execution.engines.cluster._attempt import Attempt, Launcher
from taskgraft.execution.engines.cluster._files import TornError
from taskgraft.execution.engines.cluster._heard import OnceEach
from taskgraft.execution.engines.cluster._messages import Faulted, Halted, Heard, Over, Piece
from taskgraft.execution.engines.cluster._needs import Needs, needs_of
from taskgraft.execution.engines.cluster._nodes import Node, alive_nodes, with_room
from taskgraft.execution.engines.cluster._ray import import_ray
from taskgraft.stopping import STOP
from taskgraft.study import FAILURE
from taskgraft.training import SLOTS

_LOOK_SECONDS = 0.1
_NODES_SECONDS = 1.0
# What runs may take to finish a step, save and send it.
_SECONDS_TO_SAVE = 60.0
# Messages of one run that are read before those of the next.
_MOST_IN_A_ROW = 64
# Processes of a run that may die, one after the other, without a checkpoint between them.
_MOST_DEATHS = 3
# Torn files of one node, after which it is given no more.
_MOST_TORN = 2


class Driver:
    """The work of `RayEngine.run`.

    Args:
        specs: The runs, in the order in which they begin; may be added to meanwhile.
        launcher: Begins them.
        most_at_once: Runs at once; None for as many as have room.
    """

    def __init__(self, specs: Sequence[RunSpec], launcher: Launcher, most_at_once: int | None) -> None:
        self._incoming = Incoming(specs)
        self._left = deque[RunSpec]()
        self._launcher = launcher
        self._most_at_once = most_at_once
        self._refused = RefusedRuns()
        self._attempts: list[Attempt] = []
        self._once: dict[str, OnceEach] = {}
        self._deaths: Counter[str] = Counter()
        self._torn: Counter[str] = Counter()
        self._nodes: dict[str, Node] = {}
        self._nodes_again = 0.0
        self._is_without_room = False

    def events(self) -> Iterator[EngineEvent]:
        """Until every run is over, or all have stopped."""
        while self._take_in() or self._refused or self._attempts:
            if STOP.is_requested:
                self.stop()
                return
            yield from self._refused.take_up(self._left, is_idle=not self._attempts)
            yield from self._assign()
            yield from self._read()

    def _take_in(self) -> bool:
        """Takes what was added to the runs, which some node must have room for; whether any are left."""
        if new := self._incoming.new():
            # One that was done before is done again.
            self._once |= {spec.name: OnceEach() for spec in new}
            at_once = self._at_once_on_one(needs_of(new))
            for spec in new:
                self._deaths.pop(spec.name, None)
                self._left.append(replace(spec, hardware=replace(spec.hardware, num_jobs=at_once)))
        return bool(self._left)

    def _at_once_on_one(self, needs: Needs) -> int:
        """How many runs a node does at once, now that some need so much."""
        nodes, larger = alive_nodes(), self._launcher.needs.covering(needs)
        if larger != self._launcher.needs:
            self._launcher.needs, nodes = larger, with_room(nodes, larger)
        room = max([1, *(node.slots(larger) for node in nodes)])
        return min(room, self._most_at_once or room, len(self._once))

    def stop(self) -> None:
        """Lets every run finish its step, and keeps its checkpoint; whoever takes too long is cut off."""
        for attempt in [each for each in self._attempts if not each.node]:
            # It waits for a node, and has nothing to save.
            self._cut_off(attempt)
        if self._attempts:
            self._launcher.board.stop.remote()
        end = time.monotonic() + _SECONDS_TO_SAVE
        while self._attempts and time.monotonic() < end:
            for _ in self._read():
                pass
        self.cut_off()

    def cut_off(self) -> None:
        """Ends every run at once."""
        for attempt in [*self._attempts]:
            self._cut_off(attempt)

    def _cut_off(self, attempt: Attempt) -> None:
        ray = import_ray()
        with contextlib.suppress(ray.exceptions.RayError):
            ray.cancel(attempt.task, force=True)
        self._release(attempt)

    def _room(self) -> int:
        """How many runs the cluster holds at once; one at least, which waits for a node."""
        if time.monotonic() >= self._nodes_again:
            self._nodes = {node.id: node for node in alive_nodes()}
            self._nodes_again = time.monotonic() + _NODES_SECONDS
        needs, avoided = self._launcher.needs, self._launcher.avoided
        room = sum(node.slots(needs) for node in self._nodes.values() if node.id not in avoided)
        self._is_without_room = room == 0
        return max(1, room if self._most_at_once is None else min(room, self._most_at_once))

    def _assign(self) -> Iterator[EngineEvent]:
        was_without_room = self._is_without_room
        while self._left and len(self._attempts) < self._room():
            spec, lock = self._left.popleft(), ExitStack()
            if not lock.enter_context(claimed(spec)):
                lock.close()
                self._refused.append(spec)
                continue
            try:
                state = spec.state()
                if state.record is not None or state.failure != spec.failure:
                    lock.close()
                    yield RunElsewhere(spec.variant.name, spec.seed)
                    continue
                self._attempts.append(self._launcher.begin(spec, lock))
            except BaseException:
                lock.close()
                raise
        if self._is_without_room and not was_without_room:
            yield StudyNote(
                f"No node of the cluster has room for a run ({self._launcher.needs}): waiting for one."
            )

    def _read(self) -> Iterator[EngineEvent]:
        """Reads what has come, after waiting for something."""
        if not self._attempts:
            time.sleep(_LOOK_SECONDS if self._refused and not self._left else 0.0)
            return
        ray = import_ray()
        ready, _ = ray.wait([each.task for each in self._attempts], timeout=_LOOK_SECONDS)
        for attempt in [each for each in self._attempts if each.task in ready]:
            for _ in range(_MOST_IN_A_ROW):
                yield from self._message(attempt)
                if attempt not in self._attempts or not ray.wait([attempt.task], timeout=0)[0]:
                    break
            # Who was read is read again behind all others.
            if attempt in self._attempts:
                self._attempts.remove(attempt)
                self._attempts.append(attempt)

    def _message(self, attempt: Attempt) -> Iterator[EngineEvent]:
        ray = import_ray()
        try:
            message = ray.get(next(attempt.task))
        except StopIteration:
            yield from self._begin_again(attempt, "has ended without a result")
        except ray.exceptions.RayTaskError as error:
            yield from self._fault(attempt, _unfit(attempt, error))
        except ray.exceptions.OutOfMemoryError:
            self._launcher.give_more_memory(attempt.spec, self._nodes.values())
            yield from self._death(attempt, "was short of memory")
        except ray.exceptions.NodeDiedError:
            yield from self._begin_again(attempt, "has died")
        except ray.exceptions.RayError as error:
            yield from self._death(attempt, f"has lost it ({type(error).__name__})")
        else:
            yield from self._take(attempt, message)

    def _take(self, attempt: Attempt, message: Any) -> Iterator[EngineEvent]:
        match message:
            case str():
                attempt.node = message
            case Heard():
                once = self._once[attempt.spec.name]
                yield from (event for event in message.events if once.passes(event))
            case Piece():
                try:
                    name = attempt.arrivals.take(message)
                except TornError as error:
                    yield from self._tear(attempt, error)
                else:
                    attempt.is_further |= name in SLOTS
            case Over():
                yield from self._finish(attempt, message)
            case Halted():
                self._release(attempt)
            case Faulted():
                yield from self._fault(attempt, message.error)
            case Bug():
                yield died(attempt.spec, ended_by(attempt.spec, message))
                self._release(attempt)

    def _finish(self, attempt: Attempt, over: Over) -> Iterator[EngineEvent]:
        """Takes a run for over if what has come here is what its last event says."""
        spec = attempt.spec
        for name in (*SLOTS, FAILURE):
            if name not in over.names:
                with contextlib.suppress(OSError):
                    (spec.directory / name).unlink(missing_ok=True)
        state = spec.state()
        is_here = state.record is not None if isinstance(over.event, RunEnded) else True
        if isinstance(over.event, RunFailed):
            is_here = state.failure is not None
        if not is_here:
            yield from self._tear(attempt, TornError(f"{spec.label}: its files are not those of its result."))
            return
        self._release(attempt)
        yield over.event

    def _tear(self, attempt: Attempt, error: TornError) -> Iterator[EngineEvent]:
        self._torn[attempt.node] += 1
        if self._torn[attempt.node] >= _MOST_TORN:
            yield from self._fault(attempt, error)
        else:
            yield from self._begin_again(attempt, "has sent a torn file")

    def _fault(self, attempt: Attempt, error: TaskgraftError) -> Iterator[EngineEvent]:
        """A node cannot do runs: others do them.

        Raises:
            TaskgraftError: If there are no others.
        """
        if attempt.node:
            self._launcher.avoided.add(attempt.node)
        self._nodes_again = 0.0
        address = self._address(attempt)
        if all(
            node in self._launcher.avoided or not self._nodes[node].slots(self._launcher.needs)
            for node in self._nodes
        ):
            self._release(attempt)
            raise error
        yield StudyNote(f"Node {address} does no more runs. {error}")
        yield from self._begin_again(attempt, "does no more runs")

    def _death(self, attempt: Attempt, how: str) -> Iterator[EngineEvent]:
        """A process has died, which may be for the run itself: it is begun again only so often."""
        name = attempt.spec.name
        self._deaths[name] = 1 if attempt.is_further else self._deaths[name] + 1
        if self._deaths[name] < _MOST_DEATHS:
            yield from self._begin_again(attempt, how)
            return
        yield died(
            attempt.spec,
            DiedError.expected(
                process_of(attempt.spec),
                "alive until its run is done",
                Phrase(f"{_MOST_DEATHS} that died one after the other; the last node {how}"),
                "The same command goes on from its last checkpoint.",
            ),
        )
        self._release(attempt)

    def _begin_again(self, attempt: Attempt, why: str) -> Iterator[EngineEvent]:
        """Puts a run back in the front: it goes on from the last checkpoint that has come here."""
        spec = attempt.spec
        address = self._address(attempt)
        self._release(attempt)
        self._once[spec.name].begin_again()
        self._left.appendleft(spec)
        if attempt.node:
            yield StudyNote(f"{spec.label}: node {address} {why}; it goes on from its last checkpoint.")

    def _release(self, attempt: Attempt) -> None:
        attempt.lock.close()
        self._attempts.remove(attempt)

    def _address(self, attempt: Attempt) -> str:
        node = self._nodes.get(attempt.node)
        return node.address if node else attempt.node[:6]


def _unfit(attempt: Attempt, error: Exception) -> TaskgraftError:
    """Why a node could not even begin: it has no taskgraft, or another."""
    line = str(error).strip().splitlines()[-1]
    return TaskgraftError.expected(
        f"node {attempt.node[:6]}", "able to do runs", Phrase(line), "Install the same on every node."
    )
