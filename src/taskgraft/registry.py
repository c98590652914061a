"""Things of one kind by their names: the place where an extension adds its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from taskgraft.errors import RequestError, unknown_name

T = TypeVar("T")
Added = TypeVar("Added")
_PACKAGE = __name__.partition(".")[0]
_registries: WeakSet[Registry[Any]] = WeakSet()


class Registry(Generic[T]):
    """Classes or functions of one kind, by name, in the order in which they were added.

    Args:
        kind: What one of them is called in an error.

    Example:
        >>> SHAPES: Registry[type] = Registry("the shape")
        >>> @SHAPES.add("square")
        ... class Square: ...
        >>> list(SHAPES), SHAPES["square"] is Square
        (['square'], True)
        >>> SHAPES["sqare"]
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: Expected the shape to be one of square, but got 'sqare'. Did you mean \
'square'?
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, T] = {}
        _registries.add(self)

    def add(self, name: str) -> Callable[[Added], Added]:
        """A decorator that adds what it stands on under a name; a notebook may run the same cell again.

        Raises:
            RequestError: If the name is taken by something else.
        """

        def added(entry: Added) -> Added:
            taken = self._entries.get(name)
            if taken is not None and _origin(taken) != _origin(entry):
                raise RequestError.expected(f"the name of {self._kind}", "free", name, "Choose another one.")
            self._entries[name] = entry  # type: ignore[assignment]
            return entry

        return added

    def remove(self, name: str) -> None:
        """Takes an entry away again, if there is one."""
        self._entries.pop(name, None)

    def entries(self) -> tuple[T, ...]:
        """All that is registered, in the order of `add`."""
        return tuple(self._entries.values())

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            raise unknown_name(self._kind, name, self._entries)
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def extending_modules() -> tuple[str, ...]:
    """Modules outside this package that have added something: another process has to import them, too."""
    names = {name for registry in _registries for entry in registry.entries() for name in _modules_of(entry)}
    return tuple(sorted(name for name in names if name.partition(".")[0] not in (_PACKAGE, "benchmarks")))


def _modules_of(entry: object) -> Iterator[str]:
    """Where a part was written; of a record of ours, such as a score, where its functions were."""
    parts = (
        [entry, *filter(callable, vars(entry).values())]
        if is_dataclass(entry) and not isinstance(entry, type)
        else [entry]
    )
    return (str(getattr(part, "__module__", _PACKAGE)) for part in parts)


def _origin(entry: object) -> tuple[object, object]:
    return getattr(entry, "__module__", None), getattr(entry, "__qualname__", entry)
