"""A trained model as one file: weights as safetensors, and all else as JSON in its metadata.

The JSON carries a checksum over itself and the weights. Reading a file runs no code of it, allocates no more
than it holds, and needs neither the training data nor what trains.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from taskgraft.errors import FileFaultError, Phrase, TaskgraftError
from taskgraft.file_reading import NoFileError, opened, opened_tensors
from taskgraft.file_writing import write_bytes
from taskgraft.hardware import is_out_of_memory
from taskgraft.inference._build import UnfitError, build_network
from taskgraft.inference._description import FORMAT, ModelDescription
from taskgraft.inference._model import Model
from taskgraft.inference._seal import seal_of, sealed_tensors
from taskgraft.kinds import PATH, check_kinds
from taskgraft.network import Network
from taskgraft.record_faults import fault_of, shortened

METADATA_KEY = "taskgraft"
_SEAL = "sha256"
MOST_DESCRIPTION_BYTES = 16 * 1024 * 1024
MOST_BYTES = 8 * 1024**3
_MOST_TENSORS = 20_000
_INCOMPLETE = "no complete safetensors file"
# The description, its quotes escaped, and a line for each tensor.
_MOST_HEADER_BYTES = 3 * MOST_DESCRIPTION_BYTES


class _NewerFormatError(Exception):
    """A description of a format that this version does not know yet."""


class ModelFileError(FileFaultError):
    """A file is no trained model, or none that this version can use."""

    rule = "a trained model of taskgraft"
    remedy = "Take another copy of it, or train the model again."


def write_model(
    path: Path | str, network: Network, description: ModelDescription, *, make_parents: bool = True
) -> None:
    """Writes a trained model so that its file is complete or does not exist.

    Args:
        path: The file, `model.safetensors` in a run's directory.
        network: Left as it is.
        description: Of this network.
        make_parents: Whether to make the file's directory when missing.

    Raises:
        ModelFileError: If the description or the weights are too large to be read again.
        NotWrittenError: If the file cannot be written.
    """
    path = Path(path)
    tensors = sealed_tensors(network)
    if sum(tensor.nbytes for tensor in tensors.values()) > MOST_BYTES - _MOST_HEADER_BYTES:
        raise ModelFileError.of(path, f"weights of more than {MOST_BYTES:,} bytes")
    content = description.model_dump(mode="json")
    sealed = {**content, _SEAL: seal_of(content, tensors)}
    text = json.dumps(sealed, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MOST_DESCRIPTION_BYTES:
        raise ModelFileError.of(path, f"a description of more than {MOST_DESCRIPTION_BYTES:,} bytes")
    # One item alone: safetensors writes several in no fixed order, and equal models are equal files.
    write_bytes(path, save(tensors, {METADATA_KEY: text}), make_parents=make_parents)


def read_model(path: Path | str) -> Model:
    """Reads a trained model; nothing but its file is needed.

    Args:
        path: What `write_model` wrote: `runs/<run>/model.safetensors` of a study, or a copy of it.

    Raises:
        ModelFileError: If there is no such file, it is torn, changed or something else, its description does
            not fit its weights, or a newer version of taskgraft wrote it.
        UnreadableError: If it cannot be read now.
    """
    check_kinds({"path": path}, {"path": PATH})
    path = Path(path)
    check_extent(path)
    try:
        with opened_tensors(path, "pt") as file:
            text = (file.metadata() or {}).get(METADATA_KEY)
            if len(file.keys()) > _MOST_TENSORS:
                raise UnfitError(f"one of more than {_MOST_TENSORS:,} tensors")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if text is None:
            raise UnfitError("weights without a description")
        description = _described(text, tensors)
        return Model(build_network(description, tensors), description)
    except FileNotFoundError as error:
        raise ModelFileError.of(path, "no such file") from error
    except _NewerFormatError as error:
        raise ModelFileError.expected(
            str(path),
            f"a model of format {FORMAT}",
            Phrase(f"format {error}, made by a newer taskgraft"),
            "Update taskgraft to read it.",
        ) from error
    except (NoFileError, UnfitError) as error:
        raise ModelFileError.of(path, str(error)) from error
    # Of a header that lies, safetensors and torch raise all of these.
    except (SafetensorError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        if is_out_of_memory(error):
            raise
        raise ModelFileError.of(path, _INCOMPLETE) from error


def check_extent(path: Path) -> None:
    """Refuses what is too large for a model, or ends before its header, without reading it.

    Raises:
        ModelFileError: Then, and for what is no file.
        UnreadableError: If it cannot be read now.
    """
    try:
        with opened(path) as file:
            begin, num_bytes = file.read(8), os.fstat(file.fileno()).st_size
    except FileNotFoundError as error:
        raise ModelFileError.of(path, "no such file") from error
    except NoFileError as error:
        raise ModelFileError.of(path, str(error)) from error
    num_header_bytes = int.from_bytes(begin, "little")
    if num_header_bytes > _MOST_HEADER_BYTES:
        raise ModelFileError.of(path, f"a file whose header has {num_header_bytes:,} bytes")
    if num_bytes > MOST_BYTES:
        raise ModelFileError.of(path, f"a file of {num_bytes:,} bytes, which is more than {MOST_BYTES:,}")
    if not num_header_bytes or len(begin) + num_header_bytes > num_bytes:
        raise ModelFileError.of(path, _INCOMPLETE)


def _described(text: str, tensors: Mapping[str, Tensor]) -> ModelDescription:
    if len(text) > MOST_DESCRIPTION_BYTES:
        raise UnfitError(f"a description of more than {MOST_DESCRIPTION_BYTES:,} bytes")
    content = _parsed(text)
    # Before the format is looked at: a flipped bit makes a 1 a 3.
    if content.pop(_SEAL, None) != seal_of(content, tensors):
        raise UnfitError("one that was changed since it was written")
    number = content.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise _NewerFormatError(shortened(number))
    try:
        return ModelDescription.model_validate(content)
    except ValidationError as error:
        raise UnfitError(fault_of(error)) from error
    # Architectures and taxonomies check themselves.
    except (TaskgraftError, RecursionError) as error:
        raise UnfitError(f"one that contradicts itself: {error}") from error


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnfitError("a description that is no JSON") from error
    if not isinstance(content, dict):
        raise UnfitError("a description of another kind")
    return content
