"""Which architectures a study compares: those asked for by name, and twins matched in cost."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.architecture.catalogue import CONTROL, catalogue, select
from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset
from taskgraft.errors import RequestError, unknown_name
from taskgraft.model.cost import Cost, cost
from taskgraft.model.spec import NetworkSpec
from taskgraft.model.twin import MEASURES, Measure, is_matched, parse_twin, twin, twin_name


def select_architectures(
    names: str | Sequence[str], data: Dataset, spec: NetworkSpec,
    match: str | None = None, match_to: str = CONTROL,
) -> tuple[Architecture, ...]:  # fmt: skip
    """Architectures by name, and their twins where the costs differ.

    Args:
        names: `"all"`, names, or names joined by commas; a twin is named `shared@independent-macs`.
        data: Classes and image shape decide the costs.
        spec: Widths of the recipe.
        match: `macs` or `parameters`: adds a twin of each architecture that does not cost the same, within
            1 %, as `match_to`. None adds no twins.
        match_to: The architecture whose cost the twins have.

    Raises:
        RequestError: For an unknown name, or a cost that no widths reach.

    Example:
        >>> from taskgraft.data.sources import load
        >>> from taskgraft.training.recipes import recipe
        >>> data = load("shapes", num_train=320, num_test=64)
        >>> found = select_architectures("independent,shared", data, recipe("quick").network, match="macs")
        >>> [architecture.name for architecture in found]
        ['independent', 'shared', 'shared@independent-macs']
    """
    levels = data.taxonomy.level_names
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    found: dict[str, Architecture] = {}
    # Tables keep the catalogue's order where all of it is asked for.
    for name in sorted(wanted, key=lambda name: name != "all"):
        parsed = parse_twin(name)
        chosen = [_twin(*parsed, data, spec)] if parsed else select([name], levels)
        found.update({architecture.name: architecture for architecture in chosen})
    if match is not None:
        for architecture in _twins(list(found.values()), match, match_to, data, spec):
            found.setdefault(architecture.name, architecture)
    return tuple(found.values())


def _twins(
    chosen: Sequence[Architecture], match: str, match_to: str, data: Dataset, spec: NetworkSpec
) -> list[Architecture]:
    """A twin of each chosen architecture of the recipe's own widths whose cost is another."""
    measure = next((known for known in MEASURES if known == match), None)
    if measure is None:
        raise unknown_name("--match", match, MEASURES)
    reference = select([match_to], data.taxonomy.level_names)[0]
    wanted = _cost(reference, data, spec)
    return [
        _twin(architecture.name, reference.name, measure, data, spec)
        for architecture in chosen
        if architecture.width_ratio == 1 and not is_matched(_cost(architecture, data, spec), wanted, measure)
    ]


def _twin(name: str, reference: str, measure: Measure, data: Dataset, spec: NetworkSpec) -> Architecture:
    known = catalogue(data.taxonomy.level_names)
    for one in (name, reference):
        if one not in known:
            raise unknown_name(f"an architecture in {twin_name(name, reference, measure)!r}", one, known)
    if name == reference:
        raise RequestError.expected(
            "a twin", "of another architecture than its reference", twin_name(name, reference, measure),
            f"Use {name}.",
        )  # fmt: skip
    return twin(known[name], known[reference], measure, spec, data.taxonomy.num_classes, data.image_shape)


def _cost(architecture: Architecture, data: Dataset, spec: NetworkSpec) -> Cost:
    return cost(architecture, spec, data.taxonomy.num_classes, data.image_shape)
