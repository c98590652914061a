"""Which data, and how it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from taskgraft.choices import DATASETS
from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import safe_name
from taskgraft.request._option import DATA, Option
from taskgraft.request._options import Options
from taskgraft.request._texts import numbers

Names = str | tuple[str, ...]
_HUB = "hub:"


class DataOptions(Options):
    """Which data, and how it is read; what `load` takes."""

    data: Annotated[
        str,
        Option(
            f"{', '.join(DATASETS)}; or a folder of pictures, a table (.csv, .tsv, .parquet), a list (.txt), "
            "hub:NAME.",
            DATA,
            "SOURCE",
            is_path=True,
            words=DATASETS,
        ),
    ] = "shapes"
    data_dir: Annotated[
        str | Path | None,
        Option(
            "Where the data of a name is already; of a table, where its pictures are.",
            DATA,
            "FOLDER",
            is_path=True,
        ),
    ] = None
    data_options: Annotated[
        dict[str, int | float],
        BeforeValidator(numbers),
        Option("An option of shapes, such as relatedness=0.5.", DATA, "KEY=NUMBER", "--data-option"),
    ] = Field(default_factory=dict)
    levels: Annotated[
        Names | None, Option("Names of a folder's levels, coarsest first.", DATA, "A,B,...")
    ] = None
    label_columns: Annotated[
        Names | None, Option("Columns of a table, one a level, coarsest first.", DATA, "A,B,...")
    ] = None
    image_column: Annotated[str | None, Option("Column of the pictures.", DATA, "NAME")] = None
    split_column: Annotated[str | None, Option("Column of the splits: train, val, test.", DATA, "NAME")] = (
        None
    )
    taxonomy: Annotated[
        str | Path | None,
        Option(
            "File with the upper levels (CSV child,parent or JSON); cifar100: 5-level.",
            DATA,
            "FILE",
            is_path=True,
        ),
    ] = None
    has_tree: Annotated[
        bool, Option("The levels do not nest, like a colour and a shape.", DATA, flag="--no-tree")
    ] = True
    has_splits: Annotated[
        bool,
        Option("Folders named train, val or test are classes, not splits.", DATA, flag="--no-splits"),
    ] = True
    size: Annotated[
        int | None, Option("Side in pixels, 16 to 512, that pictures are resized to.", DATA, "PIXELS")
    ] = None
    fit: Annotated[
        Literal["crop", "pad"] | None,
        Option("How a picture is made square.", DATA, "crop|pad", default="crop", words=("crop", "pad")),
    ] = None
    on_bad_image: Annotated[
        Literal["error", "skip"] | None,
        Option(
            "What to do about unreadable pictures.",
            DATA,
            "error|skip",
            default="error",
            words=("error", "skip"),
        ),
    ] = None
    leave_out: Annotated[
        Literal["val", "test"] | None,
        Option(
            "Split not to use, such as a test split without labels.",
            DATA,
            "val|test",
            words=("val", "test"),
        ),
    ] = None
    exclude: Annotated[
        Names | None,
        Option("Pictures not to use, by patterns of their names, such as *_bad.jpg.", DATA, "A,B,..."),
    ] = None
    test_fraction: Annotated[
        float | None,
        Option("Share drawn for test where the data has no test split.", DATA, "SHARE", default="0.2"),
    ] = None
    val_fraction: Annotated[
        float | None,
        Option("Share of train held out for validation.", DATA, "SHARE", default="the recipe's"),
    ] = None
    limit: Annotated[
        int | None,
        Option(
            "Use at most this many images each of train and test, even over the leaves; below two a leaf, of "
            "some leaves alone.",
            DATA,
            "N",
        ),
    ] = None

    @field_validator("data_options")
    @classmethod
    def _are_of_the_dataset(cls, options: dict[str, int | float]) -> dict[str, int | float]:
        for name in options:
            if name in cls.model_fields:
                remedy = f"Use {Parameter(name)}."
                what = Parameter("data_options")
                raise RequestError.expected(what, "options of the dataset", name, remedy)
        return options

    @property
    def is_named(self) -> bool:
        """Whether the data is a dataset by name."""
        return self.data in DATASETS

    @property
    def title(self) -> str:
        """What a study of this data is called: safe as the name of a directory."""
        last = Path(self.data.removeprefix(_HUB)).name
        return safe_name(self.data if self.is_named else Path(last).stem)

    def for_load(self, val_fraction: float = 0.1) -> dict[str, Any]:
        """The arguments of `load`: those that were given, and a validation fraction.

        Args:
            val_fraction: Where the options give none.
        """
        given = self.model_dump(include=set(DataOptions.model_fields), exclude_unset=True, exclude_none=True)
        more = given.pop("data_options", {})
        taxonomy = given.get("taxonomy")
        if taxonomy is not None and not self.is_named:
            given["taxonomy"] = Path(taxonomy)
        # These are about what the levels and the folders are not.
        given = {name: value for name, value in given.items() if value is not True}
        given.pop("data", None)
        return {"name": self.data, "val_fraction": val_fraction, **given, **more}
