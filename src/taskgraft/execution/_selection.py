"""Which architectures a study compares: those named, forks, and twins matched in cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from taskgraft.architecture import (
    ALL,
    CONTROL,
    FLAT,
    MEASURES,
    Architecture,
    check_named_once,
    check_tree,
    known_architectures,
    look_up,
    parse_twin,
    select,
    twin_name,
)
from taskgraft.choices import Measure
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, unknown_name
from taskgraft.network import (
    Cost,
    cost,
    is_matched,
    twin,
)
from taskgraft.parameter import Parameter
from taskgraft.recipe import NetworkSpec
from taskgraft.several import listed


def select_architectures(
    names: str | Sequence[str],
    data: Dataset,
    spec: NetworkSpec,
    match: str | None = None,
    match_to: str = CONTROL,
    custom: Sequence[Architecture] = (),
    forks: str | Sequence[int] | None = None,
) -> tuple[Architecture, ...]:
    """Architectures by name, and their twins where the costs differ.

    Args:
        names: `"all"` (the six, `flat` where the levels form a tree, and the custom ones), names, or names
            joined by commas; a twin is named `shared@independent-macs`, a fork `forked-2`.
        data: Its levels, classes and image shape decide which architectures exist, and their costs.
        spec: Stages and widths of the recipe.
        match: `macs` or `parameters`: adds a twin of each architecture that does not cost the same, within
            1 %, as `match_to`. None adds no twins.
        match_to: The architecture whose cost the twins have.
        custom: Those that the user defines, which can be named too.
        forks: Adds architectures between separate and shared: `"all"`, or stages shared, in a
            sequence or joined by commas.

    Raises:
        RequestError: For an unknown name, one that stands twice, a fork beyond the trunk, or a cost that no
            widths reach.
        ArchitectureError: If one of the custom ones does not fit the levels or the recipe's stages, or has a
            name that is taken, or one derives levels that form no tree.

    Example:
        >>> from taskgraft.data.sources import load
        >>> from taskgraft.recipe import recipe
        >>> data = load("shapes", num_train=320, num_test=64)
        >>> selected = select_architectures("independent,shared", data, recipe("quick").network, match="macs")
        >>> [architecture.name for architecture in selected]
        ['independent', 'shared', 'shared@independent-macs']
    """
    levels, stages = data.taxonomy.level_names, spec.trunk.num_stages
    catalogue = known_architectures(levels, stages, custom)
    wanted = listed(names)
    check_named_once(wanted)
    selected: dict[str, Architecture] = {}
    # Tables keep the catalogue's order where all of it is wanted, and twins follow.
    for name in sorted(wanted, key=lambda name: name != ALL):
        parsed = parse_twin(name)
        chosen = [_twin(*parsed, catalogue, data, spec)] if parsed else select([name], levels, stages, custom)
        if name == ALL and not data.taxonomy.is_tree:
            chosen = [each for each in chosen if each.name != FLAT]
        selected.update({architecture.name: architecture for architecture in chosen})
    if forks is not None:
        selected.update({each.name: each for each in select((), levels, stages, sweep=forks)})
    if match is not None:
        for architecture in _twins(list(selected.values()), match, match_to, catalogue, data, spec):
            selected.setdefault(architecture.name, architecture)
    for architecture in selected.values():
        check_tree(architecture.name, architecture.derived, is_tree=data.taxonomy.is_tree)
    return tuple(selected.values())


def _twins(
    chosen: Sequence[Architecture],
    match: str,
    match_to: str,
    catalogue: Mapping[str, Architecture],
    data: Dataset,
    spec: NetworkSpec,
) -> list[Architecture]:
    """A twin of each chosen architecture of the recipe's widths whose cost is another."""
    measure = next((each for each in MEASURES if each == match), None)
    if measure is None:
        raise unknown_name(Parameter("match"), match, MEASURES)
    reference = look_up(match_to, catalogue, data.taxonomy.level_names)
    wanted = _cost(reference, data, spec)
    return [
        _twin(architecture.name, reference.name, measure, catalogue, data, spec)
        for architecture in chosen
        if architecture.width_ratio == 1 and not is_matched(_cost(architecture, data, spec), wanted, measure)
    ]


def _twin(
    name: str,
    reference: str,
    measure: Measure,
    catalogue: Mapping[str, Architecture],
    data: Dataset,
    spec: NetworkSpec,
) -> Architecture:
    for one in (name, reference):
        if one not in catalogue:
            raise unknown_name(f"an architecture in {twin_name(name, reference, measure)!r}", one, catalogue)
    if name == reference:
        raise RequestError.expected(
            "a twin",
            "of another architecture than its reference",
            twin_name(name, reference, measure),
            f"Use {name}.",
        )
    return twin(
        catalogue[name], catalogue[reference], measure, spec, data.taxonomy.num_classes, data.image_shape
    )


def _cost(architecture: Architecture, data: Dataset, spec: NetworkSpec) -> Cost:
    return cost(architecture, spec, data.taxonomy.num_classes, data.image_shape)
