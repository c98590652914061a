"""What became of the classes of a model that went on, as text: the terminal's, and Markdown's words."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.report._columns import table, wrapped
from taskgraft.statistics import Interval
from taskgraft.study import AdaptationRecord
from taskgraft.taxonomy import Names
from taskgraft.verdict import count, points, span

NO_OLD_CLASS = "No test image of an old class: nothing says whether they suffered."
"""Stands in the place of their table."""

_MOST_NAMED, _MOST_LINES = 6, 3


def class_changes(
    added: Sequence[Names],
    retired: Sequence[Names],
    renamed: Sequence[tuple[Names, Sequence[Names]]],
) -> list[str]:
    """What became of classes, a sentence for each kind of change.

    Args:
        added: Paths of new classes.
        retired: Of those that are gone.
        renamed: Of those that were called otherwise, moved, split or merged, with the older ones.

    Example:
        >>> class_changes([("pet", "rat")], [], [(("pet", "tabby"), [("pet", "cat")])])
        ['New: pet > rat', 'Renamed: pet > cat to pet > tabby']
    """
    changes = {
        "New": [_path(path) for path in added],
        "Retired": [_path(path) for path in retired],
        "Renamed": [f"{' and '.join(map(_path, olds))} to {_path(path)}" for path, olds in renamed],
    }
    return [f"{what}: {_some(paths)}" for what, paths in changes.items() if paths]


def adaptation_text(record: AdaptationRecord) -> str:
    """What became of the classes, and whether the old ones suffered, in 80 columns.

    Args:
        record: Of the study.
    """
    changes = class_changes(record.added, record.retired, record.renamed)
    parts = [
        wrapped(f"Went on from {record.older_model}", _MOST_LINES),
        [line for change in changes for line in wrapped(change, _MOST_LINES)],
        _old_classes(record),
        wrapped(new_classes(record), _MOST_LINES),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def old_classes_title(record: AdaptationRecord) -> str:
    """What the table of old classes shows."""
    return (
        f"Accuracy on {count(record.num_old_images, 'test image')} of old classes, per cent, with 95 % "
        f"intervals over {_covered(record)}"
    )


def old_class_rows(record: AdaptationRecord) -> list[list[str]]:
    """By level, and for the full path: before, after and the difference, paired by image."""
    return [
        [
            name,
            percent(older),
            percent(record.newer[name]),
            f"{points(record.difference[name].estimate)} ({_ends(record.difference[name])})",
        ]
        for name, older in record.older.items()
    ]


def new_classes(record: AdaptationRecord) -> str:
    """What the newer model scores on new classes, a sentence; nothing where there are none."""
    if not record.on_new:
        return ""
    scores = ", ".join(f"{name} {percent(each)}" for name, each in record.on_new.items())
    return f"On {count(record.num_new_images, 'test image')} of new classes: {scores}."


def percent(interval: Interval) -> str:
    """A share in per cent, with its interval.

    Example:
        >>> percent(Interval(0.583, 0.573, 0.593, num_seeds=2))
        '58.3 (57.3 to 59.3)'
    """
    return f"{100 * interval.estimate:.1f} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def _old_classes(record: AdaptationRecord) -> list[str]:
    if not record.older:
        return [NO_OLD_CLASS]
    rows = old_class_rows(record)
    return [
        *wrapped(f"{old_classes_title(record)}:", 2),
        *table("", ["before", "after", "difference, points"], rows),
    ]


def _covered(record: AdaptationRecord) -> str:
    one = next(iter(record.difference.values()), None)
    is_several = one is not None and one.num_seeds > 1
    return "seeds and images" if is_several else "images (one seed)"


def _ends(interval: Interval) -> str:
    return span(interval.low, interval.high)


def _path(names: Names) -> str:
    return " > ".join(names)


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
    return f"{', '.join(paths[:_MOST_NAMED])}{more}"
