"""What was exported, as lines for people and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taskgraft.cli.size_text import size_text
from taskgraft.export import Exported
from taskgraft.inference import Model, percent


def export_lines(
    written: Exported, model: Model, target_accuracy: float | None, confidence: float
) -> Iterator[str]:
    """What was written, and what it was checked on.

    Args:
        written: What the export gave.
        model: What was exported.
        target_accuracy: What was demanded of `depth`; None for nothing.
        confidence: With which that is promised.
    """
    parity, origin = written.parity, model.description.origin
    seed = "" if origin.seed is None else f", seed {origin.seed}"
    channels, height, width = model.image_shape
    size = size_text(written.num_bytes)
    yield f"Wrote {written.path} ({size}) in {written.seconds:.1f} s, and {written.sidecar.name}"
    yield f"  model      {origin.variant}{seed}" + (f", of {origin.study}" if origin.study else "")
    yield f"  input      pixels: uint8 (batch, {channels}, {height}, {width})"
    yield "  outputs    path, depth, certainty; of each level logits, probs and node_probs"
    yield f"  precision  {written.precision}"
    if target_accuracy is not None:
        kept = f"{target_accuracy:.1%} of the answers are right, with a confidence of {percent(confidence)}"
        yield f"  depth      as far down as at least {kept}"
    yield ""
    sizes = f"{', '.join(map(str, parity.batches[:-1]))} and {parity.batches[-1]}"
    pictures = written.pictures
    if parity.num_pictures == 1:
        pictures = pictures.replace("pictures", "picture", 1)
    yield f"Checked on {parity.num_pictures:,} {pictures}, in batches of {sizes}:"
    yield f"  logits     within {parity.largest_difference:.1g} of the model's in f32"
    yield f"  decisions  {_decisions(written)}"
    if written.num_other_here is not None:
        number = written.num_other_here
        answers = (
            f"differs on {number:,}, as it rounds otherwise on this machine" if number else "says the same"
        )
        yield f"  predict    {answers}"
    for level, (of_file, of_model) in written.accuracies.items():
        points = 100 * (of_file - of_model)
        yield f"  accuracy   {level}: {of_file:.1%}, {points:+.1f} points of the model's {of_model:.1%}"


def exported_dict(written: Exported) -> dict[str, Any]:
    """The same as plain data."""
    parity = written.parity
    return {
        "file": str(written.path),
        "sidecar": str(written.sidecar),
        "num_bytes": written.num_bytes,
        "seconds": written.seconds,
        "precision": written.precision,
        "checked": {
            "pictures": written.pictures,
            "num_pictures": parity.num_pictures,
            "batches": list(parity.batches),
            "largest_difference": parity.largest_difference,
            "num_changed": parity.num_changed,
            "num_tied": parity.num_tied,
            "num_other_here": written.num_other_here,
            "accuracies": {
                level: {"file": of_file, "model": of_model}
                for level, (of_file, of_model) in written.accuracies.items()
            },
        },
    }


def _decisions(written: Exported) -> str:
    parity = written.parity
    if not parity.num_changed:
        return f"path and depth are the model's on all {parity.num_pictures:,}"
    share = parity.num_changed / parity.num_pictures
    changed = f"path or depth differ on {parity.num_changed:,} ({share:.1%})"
    if written.precision == "f32":
        return f"{changed}, where rounding decides"
    return f"{changed}, as {written.precision} rounds"
