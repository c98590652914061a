"""The probes of one run."""

from __future__ import annotations

import copy
import time
from itertools import islice

from taskgraft.network import Network, stream_generator
from taskgraft.probe import Probe
from taskgraft.training._batches import Batch, Batches, num_steps
from taskgraft.training._growth import shrink, side_ratio
from taskgraft.training._job import Job
from taskgraft.training.diagnosis._budget import probe_plan
from taskgraft.training.diagnosis._scratch import Scratch


class Diagnosis:
    """Looks at a run behind some of its epochs, within a budget, and changes nothing of it.

    Args:
        job: What is trained.
        seed: The run's. What a probe draws comes from streams that nothing else uses.

    Attributes:
        probes: Those made so far.
    """

    def __init__(self, job: Job, seed: int) -> None:
        recipe, data = job.recipe, job.data
        num_levels = len(job.architecture.branched)
        self._job = job
        self._seed = seed
        self._plan = probe_plan(num_levels, data.num_images["train"], recipe.epochs, recipe.batch_size)
        self._last_step = num_steps(recipe, data)
        self.probes: list[Probe] = []

    def end_epoch(self, network: Network, batches: Batches, step: int, num_epochs: int) -> None:
        """Probes a copy of the network if that is due.

        Args:
            network: As it is behind the epoch.
            batches: Of the run.
            step: Steps trained, one at least.
            num_epochs: Epochs that have ended.
        """
        if not self._plan.is_due(num_epochs):
            return
        started = time.perf_counter()
        scratch = Scratch(copy.deepcopy(network).train(), self._job)
        stream = stream_generator(self._seed, "diagnosis", num_epochs)
        for batch in islice(batches.plain(num_epochs, self._plan.batch_size), self._plan.num_batches):
            scratch.look(self._sized(batch, step), stream)
        stages, affinities = scratch.seen()
        probe = Probe(
            step=step,
            epoch=round(step / batches.num_batches, 4),
            num_images=self._plan.num_batches * self._plan.batch_size,
            seconds=time.perf_counter() - started,
            levels=self._job.architecture.branched,
            stages=stages,
            affinities=affinities,
        )
        self.probes.append(probe)

    def _sized(self, batch: Batch, step: int) -> Batch:
        """As large as the images of the last step were."""
        ratio = side_ratio(self._job.recipe.growth, step - 1, self._last_step)
        images = batch.images if ratio == 1 else shrink(batch.images.float(), ratio)
        return batch._replace(images=images.contiguous(memory_format=self._job.hardware.memory_format))
