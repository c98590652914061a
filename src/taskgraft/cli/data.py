"""`taskgraft data`: look at a dataset before training on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from taskgraft.cli import options
from taskgraft.data.contact_sheet import contact_sheet
from taskgraft.data.dataset import SPLITS, Dataset
from taskgraft.data.sources import SOURCES, load
from taskgraft.errors import StudyError

data = typer.Typer(help="Look at a dataset.", no_args_is_help=True)


@data.callback()
def _group() -> None:
    """Look at a dataset."""


@data.command()
def show(
    name: Annotated[str, typer.Argument(help=f"Dataset: {', '.join(SOURCES)}.")],
    data_dir: options.DataDir = None,
    data_option: options.DataOption = None,
    limit: options.Limit = None,
    val_fraction: Annotated[float, typer.Option(help="Share of train held out for validation.")] = 0.1,
    sheet: Annotated[
        Path | None, typer.Option(help="Contact sheet; NAME.png in this folder unless told.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show a dataset: sizes, levels, class counts, and a contact sheet as PNG."""
    loaded = load(
        name,
        data_dir=data_dir,
        val_fraction=val_fraction,
        limit=limit,
        **options.parse_data_options(data_option),
    )
    path = sheet or Path(f"{name}.png")
    try:
        contact_sheet(loaded).save(path, format="PNG")
    except OSError as error:
        raise StudyError.expected(
            str(path), "writable", error.strerror or error, "Use --sheet PATH."
        ) from error
    described = _describe(loaded)
    if as_json:
        typer.echo(json.dumps({**described, "contact_sheet": str(path)}, indent=2))
    else:
        typer.echo(_text(loaded, described) + f"\n\nContact sheet: {path}")


def _describe(loaded: Dataset) -> dict[str, Any]:
    """The dataset as plain data."""
    taxonomy = loaded.taxonomy
    counts = {split: loaded.labels_of(split) for split in SPLITS}
    return {
        "source": loaded.provenance.source,
        "split": loaded.provenance.split,
        "is_official": loaded.provenance.is_official,
        "options": loaded.provenance.options,
        "image_shape": loaded.image_shape,
        "num_images": loaded.num_images,
        "levels": [
            {
                "name": level.name,
                "num_classes": level.num_classes,
                "classes": [
                    {"name": name, **{split: int((counts[split][:, i] == k).sum()) for split in SPLITS}}
                    for k, name in enumerate(level.classes)
                ],
            }
            for i, level in enumerate(taxonomy.levels)
        ],
    }


def _text(loaded: Dataset, described: dict[str, Any]) -> str:
    """Sizes and levels, then the tree of classes with their counts of train, val and test images."""
    channels, height, width = loaded.image_shape
    images = ", ".join(f"{count:,} {split}" for split, count in loaded.num_images.items())
    lines = [
        f"{described['source']}: {described['split']}",
        f"{images} images of {height}x{width}, {channels} channel{'s' if channels > 1 else ''}",
        "levels: " + ", ".join(f"{level.name} ({level.num_classes})" for level in loaded.taxonomy.levels),
        "",
    ]
    width = max(len(name) + 2 * i for i, level in enumerate(loaded.taxonomy.levels) for name in level.classes)
    lines.append(f"{'class':{width}}" + "".join(f"{split:>8}" for split in SPLITS))
    for depth, index in _walk(loaded):
        row = described["levels"][depth]["classes"][index]
        name = "  " * depth + row["name"]
        lines.append(f"{name:{width}}" + "".join(f"{row[split]:8}" for split in SPLITS))
    return "\n".join(lines)


def _walk(loaded: Dataset) -> list[tuple[int, int]]:
    """(level, class) of every class, each followed by its children."""
    taxonomy = loaded.taxonomy

    def below(depth: int, index: int) -> list[tuple[int, int]]:
        if depth + 1 == taxonomy.num_levels:
            return [(depth, index)]
        children = np.flatnonzero(taxonomy.parents_of(depth + 1) == index)
        return [(depth, index), *(pair for k in children for pair in below(depth + 1, int(k)))]

    return [pair for k in range(taxonomy.num_classes[0]) for pair in below(0, k)]
