"""A model's file under a newer tree: the network stays, and its probabilities are summed otherwise."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from taskgraft.correspondence import read_renames
from taskgraft.errors import RequestError
from taskgraft.inference import (
    Model,
    ModelDescription,
    PromiseDescription,
    RemapDescription,
    TaxonomyDescription,
    TreeVersion,
    only_finest,
    read_model,
    versions_of,
    write_model,
)
from taskgraft.kinds import NAMES, NONE, PATH, Kind, check_kinds
from taskgraft.models import model_file
from taskgraft.parameter import Parameter
from taskgraft.place import check_file_place
from taskgraft.remapping._leaf_map import LeafMap, map_leaves
from taskgraft.scores import POOLED, equal_weights
from taskgraft.taxonomy import Taxonomy

_TAXONOMY = Kind(("a Taxonomy",), lambda value: isinstance(value, Taxonomy))


@dataclass(frozen=True)
class Remapped:
    """A model under a newer tree.

    Attributes:
        path: Its file.
        model: The model.
        leaf_map: What became of the older leaves.
        promise: Whether target accuracies can be demanded as before: `kept`, `dropped` where the trees differ
            in more than names, or the older model was decoded otherwise, and `none` where none was made.
    """

    path: Path
    model: Model
    leaf_map: LeafMap = field(repr=False)
    promise: Literal["kept", "dropped", "none"]


def remap(
    place: Path | str,
    *,
    taxonomy: Taxonomy | Path | str,
    out: Path | str,
    renames: Path | str | None = None,
    levels: str | Sequence[str] | None = None,
    variant: str | None = None,
    seed: int | None = None,
) -> Remapped:
    """Gives a trained model a newer tree, in which classes were retired, merged, moved or renamed.

    No weight changes. Probabilities of the older leaves are summed into the newer ones, retired leaves left
    out, and every coarser class is the sum of what is under it.

    Args:
        place: A model's file, a run, a study or a model on the hub; see `load_model`.
        taxonomy: The newer tree, or a file of it; see `taskgraft.data.sources.read_taxonomy`.
        out: The file to write.
        renames: A file that says which classes are older ones under other paths; see `docs/adapt.md`.
        levels: Names of the levels, coarsest first, for files of taxonomies that name none.
        variant: Which variant of a study.
        seed: Of which seed.

    Raises:
        RequestError: If a class of the tree is new or split, so that it needs a training; or a name is wrong.
        NotWrittenError: If the file cannot be written.

    Example:
        >>> remapped = remap("study", taxonomy="newer.csv", out="newer.safetensors")  # doctest: +SKIP
        >>> remapped.leaf_map.retired, remapped.promise  # doctest: +SKIP
        ((('Fruit', 'Kiwi'),), 'dropped')
    """
    check_kinds(
        {"taxonomy": taxonomy, "out": out, "renames": renames, "levels": levels},
        {"taxonomy": PATH | _TAXONOMY, "out": PATH, "renames": PATH | NONE, "levels": NAMES | NONE},
    )
    out = Path(out)
    check_file_place(Parameter("out"), out)
    newer = taxonomy if isinstance(taxonomy, Taxonomy) else _read(taxonomy, levels)
    rules = None if renames is None else read_renames(Path(renames))
    source = model_file(place, variant=variant, seed=seed)
    if os.path.realpath(source) == os.path.realpath(out):
        raise RequestError.expected(
            Parameter("out"), "another file than the model's", str(out), "Keep the older one."
        )
    older = read_model(source)
    leaf_map = map_leaves(older.taxonomy, newer, rules)
    description = remapped_description(older.description, newer, leaf_map)
    write_model(out, older.network, description)
    had, has = older.description.promise, description.promise
    return Remapped(
        out,
        Model(older.network, description),
        leaf_map,
        "none" if had is None else "dropped" if has is None else "kept",
    )


def remapped_description(
    description: ModelDescription, newer: Taxonomy, leaf_map: LeafMap
) -> ModelDescription:
    """What a model says of itself under a newer tree.

    Args:
        description: Under the older one.
        newer: The newer one.
        leaf_map: From the older leaves to the newer ones.
    """
    taxonomy = TaxonomyDescription.of(newer)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    changed = {
        "version": version("taskgraft"),
        "taxonomy": taxonomy,
        "decoding": POOLED,
        "temperatures": None,
        "pool_weights": only_finest(newer.level_names),
        "promise": _promise(description, leaf_map),
        "remap": _composed(description, leaf_map),
        "tree_versions": (
            *versions_of(description),
            TreeVersion(digest=taxonomy.digest, date=now, change="remapped"),
        ),
    }
    return ModelDescription.model_validate({**dict(description), **changed})


def _promise(description: ModelDescription, leaf_map: LeafMap) -> PromiseDescription | None:
    """That of the older model, where every answer stays what it was."""
    is_same = leaf_map.is_same_tree and description.decoding == POOLED
    return description.promise if is_same else None


def _composed(description: ModelDescription, leaf_map: LeafMap) -> RemapDescription:
    """From what the network predicts, over all trees that came between, to the newer tree."""
    before = description.remap
    if before is not None:
        leaves = tuple(-1 if leaf < 0 else leaf_map.leaves[leaf] for leaf in before.leaves)
        return before.model_copy(update={"leaves": leaves})
    taxonomy = description.taxonomy.taxonomy()
    equal = dict(zip(taxonomy.level_names, equal_weights(taxonomy).tolist(), strict=True))
    return RemapDescription(
        taxonomy=description.taxonomy,
        pool_weights=equal if description.pool_weights is None else description.pool_weights,
        leaves=leaf_map.leaves,
    )


def _read(path: Path | str, levels: str | Sequence[str] | None) -> Taxonomy:
    # What reads data takes a while to load.
    from taskgraft.data.sources import read_taxonomy  # noqa: PLC0415

    return read_taxonomy(path, levels)
