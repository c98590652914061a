"""The figures of a bench as two tables of 80 columns, with what one must know to read them."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figure import Figure
from benchmarks.subject import BATCH_SIZES
from taskgraft.hardware import Hardware
from taskgraft.recipe import recipe

_TRAINING = (
    ("images/s", "training_rate", "{:,.0f}"),
    ("GFLOP/s", "training_gflop_rate", "{:,.0f}"),
    ("of peak", "training_peak_fraction", "{:.2f}"),
    ("x loop", "training_speedup_over_tutorial", "{:.2f}"),
    ("data", "data_share", "{:.2%}"),
    ("other", "other_share", "{:.2%}"),
    ("saves", "checkpoint_share", "{:.2%}"),
)
_INFERENCE = (
    ("images/s", "inference_rate", "{:,.0f}"),
    ("onnx/s", "onnxruntime_rate", "{:,.0f}"),
    ("p50 ms", "inference_p50_milliseconds", "{:.2f}"),
    ("p99 ms", "inference_p99_milliseconds", "{:.2f}"),
    ("x eager", "inference_speedup", "{:.2f}"),
    ("ready s", "inference_start_seconds", "{:.2f}"),
)


def bench_table(figures: Sequence[Figure], hardware: Hardware, largest_batch: int) -> str:
    """The figures as text.

    Args:
        figures: What the bench measured.
        hardware: What it ran on.
        largest_batch: The bench's limit on the batch size.
    """
    by_name = {figure.figure: figure for figure in figures}
    subjects = [name.partition(".")[2] for name in by_name if name.startswith("training_rate.")]
    bf16, f32, memory = by_name["matmul_bf16"], by_name["matmul_f32"], by_name["peak_memory_gigabytes"]
    return "\n".join(
        [
            f"computes  {hardware.device}, {hardware.precision}, threads: {hardware.num_threads}",
            f"matrix product, GFLOP/s: {_range(bf16)} bf16, {_range(f32)} f32",
            f"peak memory of training fast.shared, batch 1,024: {memory.value:.2f} GB",
            "",
            "Training, everything included (medians; their ranges are in --json)",
            *_aligned(_training_rows(by_name, subjects)),
            "",
            "Inference (x eager: over PyTorch's f32, NCHW; onnx/s: the exported file's)",
            *_aligned(_inference_rows(by_name, subjects)),
            "",
            "Answers: Model.predict of a stack, over its bare predictor (the logits alone)",
            *_aligned(_answers_rows(by_name, subjects)),
            "",
            *_notes(hardware, largest_batch),
        ]
    )


def _training_rows(by_name: dict[str, Figure], subjects: Sequence[str]) -> list[list[str]]:
    rows = [["network", *(title for title, *_ in _TRAINING)]]
    for subject in subjects:
        cells = [form.format(by_name[f"{kind}.{subject}"].value) for _, kind, form in _TRAINING]
        rows.append([subject, *cells])
    return rows


def _inference_rows(by_name: dict[str, Figure], subjects: Sequence[str]) -> list[list[str]]:
    rows = [["network", "batch", *(title for title, *_ in _INFERENCE)]]
    for subject in subjects:
        for size in BATCH_SIZES:
            cells = [
                form.format(by_name[f"{kind}.batch{size}.{subject}"].value) for _, kind, form in _INFERENCE
            ]
            rows.append([subject, str(size), *cells])
    return rows


def _answers_rows(by_name: dict[str, Figure], subjects: Sequence[str]) -> list[list[str]]:
    figures = {subject: by_name[f"answers_over_logits.{subject}"] for subject in subjects}
    rows = [
        [subject, f"{figure.value:.3f}", f"{figure.min:.3f} to {figure.max:.3f}"]
        for subject, figure in figures.items()
    ]
    return [["network", "x logits", "range"], *rows]


def _notes(hardware: Hardware, largest_batch: int) -> list[str]:
    notes = [
        f"of peak: 6 x MACs x images over the {hardware.precision} matrix product timed beside it",
        "x loop: over the tutorials' loop, both at full image size; images/s follows the",
        "recipe's sizes",
        "saves: of the state, as often as a whole run of the recipe makes them, here",
        "warm-up: the first step of each image size is not counted, nor the start of an",
        "engine, which `ready s` tells",
    ]
    if largest_batch < recipe("fast").batch_size:
        notes.append(
            f"batches: at most {largest_batch}; --quick is coarse, and `fast` is slower than it is in use"
        )
    return notes


def _range(figure: Figure) -> str:
    return f"{figure.value:,.0f} ({figure.min:,.0f} to {figure.max:,.0f})"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
