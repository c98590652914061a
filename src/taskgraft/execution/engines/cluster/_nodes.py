"""The nodes of a cluster: what they have, how many runs that holds, and whether they are of our kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from taskgraft.errors import Phrase, RequestError
from taskgraft.execution.engines.cluster._facts import Facts, facts
from taskgraft.execution.engines.cluster._needs import Needs
from taskgraft.execution.engines.cluster._ray import import_ray
from taskgraft.parameter import Parameter

# Of a node to say what it is, import included; one that takes longer is looked at by its first run.
_SECONDS_TO_ANSWER = 120.0


@dataclass(frozen=True)
class Node:
    """A machine of a cluster, or a part of one.

    Attributes:
        id: Ray's name of it.
        address: Its address, and the beginning of that name, since several may share a machine.
        cores: For runs.
        gpus: For runs.
        memory_bytes: For runs.
    """

    id: str
    address: str
    cores: float
    gpus: float
    memory_bytes: float

    def slots(self, needs: Needs) -> int:
        """How many runs it holds at once.

        Example:
            >>> node = Node("a", "10.0.0.2", cores=8, gpus=2, memory_bytes=64e9)
            >>> node.slots(Needs(2, 0, 10**9)), node.slots(Needs(2, 1, 10**9))
            (4, 2)
        """
        by_cores = self.cores // needs.cores
        by_gpus = self.gpus // needs.gpus if needs.gpus else by_cores
        return int(min(by_cores, by_gpus, self.memory_bytes // needs.memory_bytes))


def alive_nodes() -> list[Node]:
    """The nodes that are alive now."""
    nodes = []
    for each in import_ray().nodes():
        if each["Alive"]:
            has = each["Resources"]
            nodes.append(
                Node(
                    each["NodeID"],
                    f"{each['NodeManagerAddress']} ({each['NodeID'][:6]})",
                    has.get("CPU", 0.0),
                    has.get("GPU", 0.0),
                    has.get("memory", 0.0),
                )
            )
    return nodes


def check_nodes(nodes: Sequence[Node], *, on_cpu: bool) -> str:
    """Refuses a cluster with other versions than ours; a line where processors differ, else nothing.

    Raises:
        RequestError: If a node has another version, or other instructions.
    """
    ours, processors = facts(), dict[str, list[str]]()
    for node, its in _facts_of(nodes):
        difference = its if isinstance(its, str) else ours.difference(its, on_cpu=on_cpu)
        if difference:
            raise RequestError.expected(
                f"node {node.address}",
                "like this machine, as all runs of a study are made with the same versions",
                Phrase(difference),
                "Install the same on every node, and start the command on a machine like them.",
            ).about("address")
        assert isinstance(its, Facts)
        processors.setdefault(its.processor, []).append(node.address)
    if len(processors) < 2 or not on_cpu:
        return ""
    kinds = "; ".join(f"{name}: {', '.join(addresses)}" for name, addresses in processors.items())
    return (
        f"The processors of the nodes differ ({kinds}): scores may differ in their last bits, and a run that "
        "moves to another kind begins again."
    )


def with_room(nodes: Sequence[Node], needs: Needs) -> list[Node]:
    """The nodes on which a run has room.

    Raises:
        RequestError: If there is none.
    """
    large_enough = [node for node in nodes if node.slots(needs)]
    if not large_enough:
        has = "; ".join(f"{node.address}: {_resources(node)}" for node in nodes) or "none"
        raise RequestError.expected(
            "a node of the cluster",
            f"large enough for one run ({needs})",
            Phrase(has),
            f"Start larger nodes, or use fewer {Parameter('num_threads')}.",
        ).about("address", "num_threads")
    return large_enough


def _resources(node: Node) -> str:
    return f"{node.cores:g} cores, {node.gpus:g} GPUs, {node.memory_bytes / 1e9:.1f} GB"


def _facts_of(nodes: Sequence[Node]) -> Iterator[tuple[Node, Facts | str]]:
    """What nodes are, or why they cannot say so."""
    ray = import_ray()
    affinity = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
    examine = ray.remote(num_cpus=0, max_retries=0)(_examiner())
    answers = {
        examine.options(scheduling_strategy=affinity(node.id, soft=False)).remote(__package__): node
        for node in nodes
    }
    ready, _ = ray.wait(list(answers), num_returns=len(answers), timeout=_SECONDS_TO_ANSWER)
    for answer in ready:
        try:
            yield answers[answer], ray.get(answer)
        except (ray.exceptions.NodeDiedError, ray.exceptions.TaskUnschedulableError):
            # It has died, and the cluster did not know yet.
            continue
        except ray.exceptions.RayError as error:
            yield answers[answer], f"no answer ({type(error).__name__})"


def _examiner() -> Callable[[str], Any]:
    """The function that says what a node is: sent as code, since the node may not have ours."""

    def examine(package: str) -> Any:
        import importlib  # noqa: PLC0415 - the code of the function is all that is sent

        try:
            return importlib.import_module(f"{package}._facts").facts()
        except ImportError as error:
            return f"no such taskgraft: {error}"

    return examine
