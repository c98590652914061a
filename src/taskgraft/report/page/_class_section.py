"""Classes and confusions of every variant: the worst in words, matrices by the tree, and a table a level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from taskgraft.report._many import MOST_OPENED, MOST_POINTS, most_telling
from taskgraft.report.page._confusion import MOST_CLASSES, Matrix, nested_confusions
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.study import Study
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import (
    ClassRow,
    Confused,
    Verdict,
    class_rows,
    scores_of_classes,
    times,
    worst_confusions,
)

_MOST_WORST = 16
# A page of many large matrices would be megabytes: beside those shown first, larger ones are ranked lists.
_MOST_CLASSES_BESIDE = 30
_MOST_ROWS = 250


@dataclass(frozen=True)
class VariantConfusions:
    """What one variant took test images for.

    Attributes:
        variant: Its name.
        worst: By level, the finest first: the most frequent mistakes as (true, predicted, how often).
        matrices: Nested by the tree.
    """

    variant: str
    worst: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]
    matrices: tuple[Matrix, ...]


@dataclass(frozen=True)
class ClassSection:
    """What the section shows.

    Attributes:
        confusions: Of the variants, the one to look at first leading.
        tables: Of each level, the finest first.
        num_left_out: Variants that only `classes.csv` speaks of.
    """

    confusions: tuple[VariantConfusions, ...]
    tables: tuple[Table, ...]
    num_left_out: int


def class_section(study: Study, verdict: Verdict) -> ClassSection | None:
    """Confusions and classes; None where no test image has a label."""
    taxonomy = study.taxonomy
    held = {name: c for name, c in verdict.confusions.items() if any(one.cells for one in c)}
    if not held:
        return None
    telling = most_telling(verdict, MOST_POINTS if len(held) <= MOST_POINTS else MOST_OPENED)
    names = sorted((name for name in held if name in telling), key=lambda name: name != verdict.confused)
    confusions = []
    for number, name in enumerate(names):
        is_first = name == verdict.confused
        key = "confusion" if is_first else f"confusion-of-{number}"
        most = MOST_CLASSES if is_first else _MOST_CLASSES_BESIDE
        matrices = nested_confusions(held[name], taxonomy, key, most)
        worst = _worst(worst_confusions(held[name], taxonomy), taxonomy)
        confusions.append(VariantConfusions(name, worst, matrices))
    shown = [standing.variant for standing in verdict.standings if standing.variant in names]
    rows = {name: _by_level(class_rows(scores_of_classes(held[name], taxonomy), taxonomy)) for name in shown}
    num_seeds = {standing.variant: len(standing.seeds) for standing in verdict.standings}
    tables = tuple(
        _table(number, level, {name: rows[name][level] for name in shown}, num_seeds, verdict.confused)
        for number, level in reversed([*enumerate(taxonomy.level_names)])
    )
    return ClassSection(tuple(confusions), tables, len(held) - len(names))


def _worst(
    worst: Sequence[Confused], taxonomy: Taxonomy
) -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
    by_level = {
        level: [one for one in worst if one.level == level] for level in reversed(taxonomy.level_names)
    }
    return tuple(
        (level, tuple((one.true, one.predicted, times(one.num_images)) for one in ones[:_MOST_WORST]))
        for level, ones in by_level.items()
        if ones
    )


def _by_level(rows: Iterable[ClassRow]) -> dict[str, list[ClassRow]]:
    by_level: dict[str, list[ClassRow]] = {}
    for row in rows:
        by_level.setdefault(row.level, []).append(row)
    return by_level


def _table(
    number: int,
    level: str,
    rows: Mapping[str, Sequence[ClassRow]],
    num_seeds: Mapping[str, int],
    confused: str,
) -> Table:
    """A row a class: its images, and F1 of each variant with precision and recall below it."""
    first = rows.get(confused) or next(iter(rows.values()))
    kept = sorted(range(len(first)), key=lambda k: (first[k].f1 is None, first[k].f1 or 0.0))[:_MOST_ROWS]
    places = sorted(kept)
    has_parents = any(len(row.path) > 1 for row in first)
    columns = [Column(f"class of {level}", is_text=True), *[Column("under", is_text=True)] * has_parents]
    columns += [Column("images"), *(Column(f"{name}: F1, %") for name in rows)]
    seeds = num_seeds[confused if confused in rows else next(iter(rows))]
    lines = []
    for k in places:
        cells = [Cell(" › ".join(first[k].path[:-1]))] * has_parents
        cells.append(Cell(f"{first[k].support // seeds:,}", first[k].support))
        lines.append(
            Row(first[k].path[-1], (*cells, *_cells([of_variant[k] for of_variant in rows.values()])))
        )
    which = (
        f"{len(first):,} classes"
        if len(lines) == len(first)
        else f"{len(lines)} weakest of {len(first):,} classes"
    )
    caption = f"{which} of {level}, all seeds together; small: precision and recall, %"
    return Table(f"classes-{number}", caption, tuple(columns), tuple(lines))


def _cells(rows: Sequence[ClassRow]) -> list[Cell]:
    best = max((row.f1 for row in rows if row.f1 is not None), default=None)
    is_one = len(rows) == 1
    return [
        NOTHING
        if row.f1 is None
        else Cell(
            _percent(row.f1),
            round(row.f1, 4),
            f"{_percent(row.precision)} · {_percent(row.recall)}",
            is_strong=row.f1 == best and not is_one,
        )
        for row in rows
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
