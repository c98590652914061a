"""How many processes make each run of a study together: as it was begun, or as is wanted now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch

from taskgraft.choices import BATCH_NORMS, SYNCHRONISED
from taskgraft.data import Dataset
from taskgraft.errors import Phrase, RequestError
from taskgraft.hardware import Hardware
from taskgraft.parameter import Parameter
from taskgraft.recipe import Variant
from taskgraft.request import CompareOptions
from taskgraft.study import StudyRecord

_EACH = BATCH_NORMS[1]


def with_processes(
    hardware: Hardware, options: CompareOptions, record: StudyRecord | None, directory: Path
) -> Hardware:
    """The hardware with the processes of a run, and what their batch norms see.

    Where batch norms are synchronised, a study may continue with another number of processes: that changes no
    more than the rounding of its numbers. Else the parts of a batch are part of what a study is.

    Args:
        hardware: Chosen for the study.
        options: What is wanted.
        record: What the directory says of the study; None for a new one.
        directory: Of the study.

    Raises:
        RequestError: If the machine cannot do it, or the study was begun otherwise.
    """
    begun = 1 if record is None or options.engine == "ray" else record.environment.num_processes
    shards = None if record is None else record.request.shards
    number = options.processes_per_run or shards or begun
    if number == 1 and shards is None:
        if options.batch_norm is not None:
            rule = f"used with {Parameter('processes_per_run')} of 2 or more"
            raise RequestError.expected(Parameter("batch_norm"), rule, options.batch_norm, "Leave it out.")
        return hardware
    if options.engine == "ray":
        rule = f"left out for the study in {directory}, whose runs have {shards} processes each"
        raise RequestError.expected(Parameter("engine"), rule, options.engine, "Use this machine.")
    _check_device(hardware, number)
    batch_norm = options.batch_norm or (SYNCHRONISED if shards is None else _EACH)
    if record is not None and (shards or 1) != (number if batch_norm == _EACH else 1):
        raise _other_batch_norms(directory, shards, number, batch_norm)
    return replace(hardware, num_processes=number, batch_norm=batch_norm)


def check_rows(variants: Iterable[Variant], data: Dataset, hardware: Hardware) -> None:
    """Refuses more processes than a batch has images.

    Raises:
        RequestError: For the first variant with such batches.
    """
    for variant in variants:
        batch = min(variant.recipe.batch_size, data.num_images["train"])
        if batch < hardware.num_processes:
            raise RequestError.expected(
                Parameter("processes_per_run"),
                f"at most {batch}, the images of a batch of {variant.name}",
                hardware.num_processes,
                "Use fewer processes, or a larger batch.",
            )


def _check_device(hardware: Hardware, number: int) -> None:
    if hardware.device == "cpu":
        return
    num_devices = torch.cuda.device_count() if hardware.device == "cuda" else 1
    if number > num_devices:
        raise RequestError.expected(
            Parameter("processes_per_run"),
            f"at most {num_devices}, one for each device of {hardware.device}",
            number,
            f"Use fewer, or {Parameter('device', 'cpu')}.",
        )


def _other_batch_norms(directory: Path, shards: int | None, number: int, batch_norm: str) -> RequestError:
    """The study and the request do not see the same images in a batch norm."""

    def said(parts: int | None) -> str:
        return "see whole batches" if parts is None else f"see one of {parts} parts of a batch each"

    return RequestError.expected(
        "batch norms",
        f"as in the study in {directory}, where they {said(shards)}",
        Phrase(f"batch norms that {said(number if batch_norm == _EACH else None)}"),
        f"Leave {Parameter('processes_per_run')} and {Parameter('batch_norm')} out, or use another "
        f"{Parameter('out')}.",
    ).about("processes_per_run", "batch_norm")
