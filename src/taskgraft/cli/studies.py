"""`taskgraft studies`: what studies and decoded pictures are on this disk, and their removal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskgraft.cli import options
from taskgraft.cli.help import GroupedCommand
from taskgraft.cli.size_text import size_text
from taskgraft.cli.usage import Verbs
from taskgraft.errors import Phrase, RequestError
from taskgraft.printing import note, say, say_json

if TYPE_CHECKING:
    from taskgraft.data import StoreEntry
    from taskgraft.shelf import StudyEntry

_LIST = "list"
_COLUMNS = ("data", "variants", "runs", "highest", "%", "size", "begun")
_MOST_LINES = 8


class _ListingVerbs(Verbs):
    """Lists where no verb is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, with the verb that they leave out."""
        is_verb = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_verb else [_LIST, *args])


studies = typer.Typer(cls=_ListingVerbs, help="List studies on this disk, and remove some.")


@studies.callback()
def _group() -> None:
    """List the studies below a folder: taskgraft studies [DIR]. Remove some: taskgraft studies rm STUDY."""


@studies.command(_LIST, cls=GroupedCommand)
def list_all(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to look, three folders deep.", show_default=False)
    ] = Path(),
    as_json: options.Json = False,
) -> None:
    """List studies, the newest first.

    Of each its data, variants, runs done, the highest score (which is no verdict), size and date.
    """
    from taskgraft.data import list_stores
    from taskgraft.shelf import list_studies

    entries, stores = list_studies(folder), list_stores()
    if as_json:
        say_json({"studies": [*map(asdict, entries)], "stores": [*map(asdict, stores)]})
        return
    if entries:
        say(*_listed(entries), "", *_scores_meant(entries))
    else:
        say(f"No study in {folder.resolve()}.")
    if stores:
        say("", f"Decoded pictures: {_sized(stores)}. Remove: taskgraft studies rm --stores")


@studies.command("rm", cls=GroupedCommand)
def remove(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="STUDY...", help="Studies to remove.")] = None,
    stores: Annotated[
        bool, typer.Option("--stores", help="Remove decoded pictures, which are made again.")
    ] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Remove studies with all their models; asks first.

    With --stores the decoded pictures go, which studies of the same pictures share.
    """
    named = paths or []
    if not named and not stores:
        raise RequestError.expected(
            "what is removed", "named", Phrase("nothing"), "Name studies, or add --stores."
        )
    from taskgraft.data import list_stores, remove_store
    from taskgraft.shelf import check_removable, num_bytes_of, remove_studies

    for path in named:
        check_removable(path)
    kept = list_stores() if stores else []
    things = [f"the study {path} ({size_text(num_bytes_of(path))})" for path in named]
    if kept:
        things.append(f"decoded pictures ({_sized(kept)})")
    if things and not is_sure:
        _confirm(things)
    for path in remove_studies(named):
        say(f"Removed {path}.")
    if stores:
        removed = [each for each in kept if remove_store(each)]
        say(f"Removed {_sized(removed)}." if removed else "There were no decoded pictures to remove.")


def _confirm(things: Sequence[str]) -> None:
    """Asks on a terminal; elsewhere nobody could answer."""
    if not sys.stdin.isatty():
        raise RequestError.expected("a removal", "confirmed", Phrase("no terminal to ask on"), "Add --yes.")
    note("This removes", *(f"  {thing}" for thing in things))
    if not typer.confirm("Remove?", err=True):
        raise typer.Exit(1)


def _listed(entries: Iterable[StudyEntry]) -> Iterator[str]:
    """A table; where names are too long for one, each study in several lines."""
    from taskgraft.report import is_narrow, table, wrapped

    rows = [_row(entry) for entry in entries]
    if is_narrow("study", _COLUMNS, rows):
        yield from table("study", _COLUMNS, rows)
        return
    for path, *cells in rows:
        titled = zip(_COLUMNS, cells, strict=True)
        facts = [f"{cell} %" if title == "%" else f"{title} {cell}" for title, cell in titled if cell]
        yield from (*wrapped(path, _MOST_LINES), *wrapped(", ".join(facts), _MOST_LINES, "    "))


def _scores_meant(entries: Iterable[StudyEntry]) -> Iterator[str]:
    """Which score `highest` is of, where any study has one."""
    from taskgraft.scores import about

    labels = dict.fromkeys(about(entry.score).label for entry in entries if entry.score)
    if labels:
        yield f"highest: mean on test of {' or '.join(labels)}, over finished seeds; no verdict."


def _row(entry: StudyEntry) -> tuple[str, ...]:
    size = size_text(entry.num_bytes)
    if entry.damage:
        return entry.path, "damaged", "", "", "", "", size, ""
    value = "" if entry.value is None else f"{100 * entry.value:.1f}"
    runs, begun = f"{entry.num_done}/{entry.num_runs}", entry.created[:10]
    data = Path(entry.data).name
    return entry.path, data, f"{entry.num_variants}", runs, entry.highest or "", value, size, begun


def _sized(stores: Sequence[StoreEntry]) -> str:
    noun = "store" if len(stores) == 1 else "stores"
    return f"{len(stores):,} {noun}, {size_text(sum(each.num_bytes for each in stores))}"
