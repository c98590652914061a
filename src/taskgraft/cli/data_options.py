"""The options that say which data: declared once, for every verb that reads data."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from taskgraft.cli.options import parse_data_options
from taskgraft.data import Dataset
from taskgraft.data.sources import SOURCES, load
from taskgraft.errors import unknown_name
from taskgraft.place import safe_name

_DATA = (
    f"{', '.join(SOURCES)}; or a folder of pictures, a table (.csv, .tsv, .parquet), a list (.txt), hub:NAME"
)
_FITS = ("crop", "pad")
_ON_BAD_IMAGE = ("error", "skip")


@dataclass(frozen=True)
class DataAsked:
    """Which data, and how to read it; each field is an option of the command line."""

    data: Annotated[str, typer.Option("--data", metavar="SOURCE", help=f"Data: {_DATA}.")] = "shapes"
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Where the data is already; of a table, where its pictures are."),
    ] = None
    data_option: Annotated[
        list[str] | None,
        typer.Option("--data-option", metavar="KEY=NUMBER", help="Of shapes, e.g. relatedness=0.5."),
    ] = None
    levels: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="Names of a folder's levels, coarsest first.")
    ] = None
    label_columns: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Columns of a table, one a level, coarsest first."),
    ] = None
    image_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the pictures.")] = None
    split_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of the splits: train, val, test.")
    ] = None
    taxonomy: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="File with the upper levels (CSV child,parent or JSON); cifar100: 5-level."
        ),
    ] = None
    has_tree: Annotated[
        bool, typer.Option("--no-tree", help="The levels do not nest, like a colour and a shape.")
    ] = False
    has_splits: Annotated[
        bool, typer.Option("--no-splits", help="Folders named train, val or test are classes, not splits.")
    ] = False
    size: Annotated[
        int | None, typer.Option(help="Side in pixels, 16 to 224, that pictures are resized to.")
    ] = None
    fit: Annotated[
        str | None, typer.Option(metavar="crop|pad", help="How a picture is made square; crop unless told.")
    ] = None
    on_bad_image: Annotated[
        str | None,
        typer.Option(metavar="error|skip", help="What to do about unreadable pictures; error unless told."),
    ] = None
    leave_out: Annotated[
        str | None,
        typer.Option(metavar="val|test", help="Split not to use, such as a test split without labels."),
    ] = None
    test_fraction: Annotated[
        float | None, typer.Option(help="Share drawn for test where the data has no test split; 0.2.")
    ] = None
    val_fraction: Annotated[
        float | None, typer.Option(help="Share of train held out for validation, in place of the recipe's.")
    ] = None
    limit: Annotated[
        int | None,
        typer.Option(help="Use at most this many images each of train and test, even over the leaves."),
    ] = None

    def load(self, val_fraction: float = 0.1) -> Dataset:
        """Loads what was asked for.

        Args:
            val_fraction: Unless one was asked for.
        """
        asked: dict[str, Any] = {
            "levels": self.levels,
            "label_columns": self.label_columns,
            "image_column": self.image_column,
            "split_column": self.split_column,
            "taxonomy": self._taxonomy(),
            "has_tree": False if self.has_tree else None,
            "has_splits": False if self.has_splits else None,
            "size": self.size,
            "fit": _one_of("--fit", self.fit, _FITS),
            "on_bad_image": _one_of("--on-bad-image", self.on_bad_image, _ON_BAD_IMAGE),
            "test_fraction": self.test_fraction,
            "leave_out": self.leave_out,
        }
        return load(
            self.data,
            data_dir=self.data_dir,
            val_fraction=val_fraction if self.val_fraction is None else self.val_fraction,
            limit=self.limit,
            **{key: value for key, value in asked.items() if value is not None},
            **parse_data_options(self.data_option),
        )

    @property
    def title(self) -> str:
        """What a study of this data is called, unless told: safe as the name of a directory."""
        last = Path(self.data.rpartition(":")[2]).name
        name = self.data if self.data in SOURCES else Path(last).stem
        return safe_name(name)

    def _taxonomy(self) -> str | Path | None:
        if self.taxonomy is None or self.data in SOURCES:
            return self.taxonomy
        return Path(self.taxonomy)


def takes_data(*, as_argument: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a verb all options of `DataAsked`, and its function one argument, `asked`, in their place.

    Args:
        as_argument: Whether the data itself is named without `--data`.
    """

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(DataAsked, include_extras=True)
        if as_argument:
            hints["data"] = Annotated[str, typer.Argument(metavar="SOURCE", help=f"Data: {_DATA}.")]
        own = {field.name: field for field in fields(DataAsked)}

        def called(**arguments: Any) -> None:
            asked = DataAsked(**{name: arguments.pop(name) for name in own})
            verb(asked=asked, **arguments)

        rest = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
            for parameter in inspect.signature(verb).parameters.values()
            if (annotation := get_type_hints(verb, include_extras=True)[parameter.name]) is not DataAsked
        ]
        given = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=hints[name],
                default=inspect.Parameter.empty if name == "data" and as_argument else field.default,
            )
            for name, field in own.items()
        ]
        positional = [p for p in rest if p.default is inspect.Parameter.empty]
        options = [p for p in rest if p.default is not inspect.Parameter.empty]
        parameters = [*positional, *given, *options]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        called.__doc__, called.__name__ = verb.__doc__, verb.__name__
        return called

    return decorate


def _one_of(option: str, text: str | None, known: tuple[str, ...]) -> str | None:
    if text is not None and text not in known:
        raise unknown_name(option, text, known)
    return text
