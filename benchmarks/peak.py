"""Peak memory of training, in a separate process, so that nothing else is counted."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from benchmarks.images import random_images
from taskgraft.architecture import catalogue
from taskgraft.errors import TaskgraftError
from taskgraft.hardware import choose_hardware, peak_memory_bytes, reset_peak_memory
from taskgraft.recipe import recipe
from taskgraft.training import num_batches, train

_BATCH_SIZE = 1024
# Enough to come to every image size.
_NUM_STEPS = 8


def peak_memory_gigabytes(device: str, num_threads: int) -> float:
    """Most memory that training `shared` with `fast` takes on data of CIFAR-100's size, batch 1,024.

    Args:
        device: Where to train; on a CPU the whole process is counted, the images included.
        num_threads: CPU threads.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(_train_and_measure, device, num_threads).result()
        except BrokenProcessPool as error:
            raise TaskgraftError.expected(
                "the process that measures peak memory",
                "alive",
                "it ended early",
                f"Memory may have run out: it trains `fast` with batches of {_BATCH_SIZE}.",
            ) from error


def _train_and_measure(device: str, num_threads: int) -> float:
    hardware = choose_hardware(device, num_threads)
    data = random_images()
    chosen = recipe("fast").model_copy(update={"batch_size": _BATCH_SIZE})
    short = chosen.model_copy(update={"epochs": _NUM_STEPS / num_batches(chosen, data)})
    reset_peak_memory(device)
    train(catalogue(data.taxonomy.level_names)["shared"], data, short, 0, hardware)
    return peak_memory_bytes(device) / 1e9
