"""`taskgraft remap`: a trained model under a changed tree, without training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskgraft.cli import options
from taskgraft.printing import say, say_json

if TYPE_CHECKING:
    from taskgraft.remapping import Remapped

_MOST_NAMED, _MOST_LINES = 6, 40
_PROMISES = {
    "dropped": "Target accuracies can no longer be demanded: they were fitted on validation images for other "
    "answers.",
    "kept": "Target accuracies can be demanded as before: every answer stays what it was.",
}


def remap(
    model: options.ModelPlace,
    taxonomy: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="The newer tree: CSV with a column a level and a line a leaf, or JSON.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The model.safetensors to write.", show_default=False)
    ],
    renames: options.Rename = None,
    levels: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Names of the levels, coarsest first, where the file has none."),
    ] = None,
    variant: options.Variant = None,
    seed: options.Seed = None,
    as_json: options.Json = False,
) -> None:
    """Give a trained model a tree in which classes were retired, merged, moved or renamed, without training.

    MODEL is a study, one of its runs or a model.safetensors. Its probabilities are summed into the newer
    classes, retired ones left out. Classes match by the path of their names. A class that is new or split is
    refused: `taskgraft adapt` trains it.
    """
    from taskgraft.remapping import remap as change_tree

    remapped = change_tree(
        model, taxonomy=taxonomy, out=out, renames=renames, levels=levels, variant=variant, seed=seed
    )
    if as_json:
        say_json(_plain(remapped))
        return
    say(*_lines(remapped))


def _plain(remapped: Remapped) -> dict[str, Any]:
    leaf_map, described = remapped.leaf_map, remapped.model.description
    return {
        "model": str(remapped.path),
        "taxonomy": described.taxonomy.model_dump(),
        "retired": leaf_map.retired,
        "merged": [{"path": path, "of": of} for path, of in leaf_map.merged.items()],
        "renamed": [{"path": path, "was": was} for path, was in leaf_map.renamed.items()],
        "promise": remapped.promise,
        "tree_versions": [each.model_dump() for each in described.tree_versions],
    }


def _lines(remapped: Remapped) -> Iterator[str]:
    """What became of the classes, and of the promise."""
    from taskgraft.report import wrapped

    leaf_map, taxonomy = remapped.leaf_map, remapped.model.taxonomy
    levels = zip(taxonomy.level_names, taxonomy.num_classes, strict=True)
    yield from wrapped(f"Tree: {' > '.join(f'{name} ({number:,})' for name, number in levels)}", _MOST_LINES)
    changes = {
        "Retired": [_path(path) for path in leaf_map.retired],
        "Merged": [f"{_path(path)} (of {len(of):,})" for path, of in leaf_map.merged.items()],
        "Renamed or moved": [f"{_path(was)} to {_path(path)}" for path, was in leaf_map.renamed.items()],
    }
    sentences = [f"{what}: {_some(paths)}" for what, paths in changes.items() if paths]
    sentences += [_PROMISES[remapped.promise]] if remapped.promise in _PROMISES else []
    for sentence in sentences:
        yield from wrapped(sentence, _MOST_LINES)
    yield f"Tree digest: {remapped.model.description.taxonomy.digest}"
    yield f"Model: {remapped.path}"


def _path(names: Sequence[str]) -> str:
    return " > ".join(names)


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
    return ", ".join(paths[:_MOST_NAMED]) + more
