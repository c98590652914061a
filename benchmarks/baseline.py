"""What ours is compared with, in a separate process: our memory settings must not make it faster."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import torch

from benchmarks.eager import EagerNetwork
from benchmarks.images import random_images
from benchmarks.tutorial import TutorialLoop
from taskgraft.architecture import Architecture
from taskgraft.errors import TaskgraftError
from taskgraft.recipe import Recipe

# The longest step of the comparison, on a noisy machine.
_PATIENCE_SECONDS = 30


class Baseline:
    """A process that runs the tutorials' loop and the eager network on request.

    Args:
        device: Where it computes.
        num_threads: Its CPU threads; it rests while ours is measured.
    """

    def __init__(self, device: str, num_threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, device, num_threads))
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It sees our end of the pipe close when it has made its step, and takes its workers with it.
        self._pipe.close()
        self._process.join(timeout=_PATIENCE_SECONDS)
        self._process.kill()

    def images_per_second(self, architecture: Architecture, recipe: Recipe, num_steps: int) -> float:
        """Rate of the tutorials' loop over some steps, at full image size."""
        rate: float = self._ask("tutorial", architecture, recipe, num_steps)
        return rate

    def eager_seconds(
        self, architecture: Architecture, recipe: Recipe, batch_size: int, num_calls: int
    ) -> list[float]:
        """Seconds of single calls of the eager f32 network."""
        seconds: list[float] = self._ask("eager", architecture, recipe, batch_size, num_calls)
        return seconds

    def _ask(self, what: str, *arguments: object) -> Any:
        try:
            self._pipe.send((what, arguments))
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            raise TaskgraftError.expected(
                "the process that runs the comparison",
                "alive",
                "it ended early",
                "Its message stands above; memory may have run out.",
            ) from error


def _serve(pipe: Connection, device: str, num_threads: int) -> None:
    """Answers until the other end closes; builds each network once, at its first use."""
    # Ctrl-C reaches every process of a terminal; the other end hears it and closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(num_threads)
    data = random_images()
    loops: dict[tuple[str, str], TutorialLoop] = {}
    networks: dict[tuple[str, str], EagerNetwork] = {}

    def tutorial(architecture: Architecture, recipe: Recipe, num_steps: int) -> float:
        key = (recipe.name, architecture.name)
        if key not in loops:
            loops[key] = TutorialLoop(architecture, data, recipe, device)
        return loops[key].images_per_second(num_steps)

    def eager(architecture: Architecture, recipe: Recipe, batch_size: int, num_calls: int) -> list[float]:
        key = (recipe.name, architecture.name)
        if key not in networks:
            networks[key] = EagerNetwork(architecture, data, recipe, device)
        return networks[key].seconds(batch_size, num_calls)

    answers: dict[str, Callable[..., object]] = {"tutorial": tutorial, "eager": eager}
    while True:
        try:
            what, arguments = pipe.recv()
        except EOFError:
            return
        answer = answers[what](*arguments)
        try:
            pipe.send(answer)
        except BrokenPipeError:
            return
