"""One level of a taxonomy."""

from __future__ import annotations

from dataclasses import dataclass

from taskgraft.kinds import check_kinds, several

_CLASSES = several("a list of names", lambda name: True)


@dataclass(frozen=True)
class Level:
    """One level of a taxonomy: its name and the names of its classes, in label order."""

    name: str
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        check_kinds(vars(self), {"classes": _CLASSES})

    @property
    def num_classes(self) -> int:
        """Number of classes K."""
        return len(self.classes)
