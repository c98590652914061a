"""The pictures in a tree of folders: each once, however many links lead to it, and no files of the system."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from taskgraft.pictures._picture_kind import is_picture

# Folders that operating systems, disks, network storage, archives and tools make by themselves.
_SYSTEM_FOLDERS = frozenset(
    {
        "__macosx",
        "__pycache__",
        "_codesignature",
        "@eadir",
        "@tmp",
        "@recycle",
        "@recently-snapshot",
        "@__thumb",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "found.000",
        "temporary items",
        "network trash folder",
        "paxheaders",
        "_vti_cnf",
        "_gsdata_",
    }
)
_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
_MOST_NAMED = 3
_MOST_LOOKED_AT = 10_000


def is_passed_over(name: str) -> bool:
    """Whether a folder or a file of this name is hidden, or made by a system rather than a person.

    Example:
        >>> is_passed_over("@eaDir"), is_passed_over(".cache"), is_passed_over("recycled")
        (True, True, False)
    """
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS or name.lower() in _SYSTEM_FILES


@dataclass
class Contents:
    """What was seen in a tree of folders.

    Attributes:
        root: The topmost folder.
        pictures: Each once.
        others: Files that are no pictures.
        folders: All that were entered, the topmost left out.
        left_out: Links to what the tree holds already, with where it does.
        hidden: Folders with pictures in them, and pictures, that are hidden or made by a system.
    """

    root: Path
    pictures: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    left_out: list[tuple[Path, Path]] = field(default_factory=list)
    hidden: list[Path] = field(default_factory=list)

    def notes(self, taxonomy: Path) -> Iterator[str]:
        """What of all this is no class or no picture, a sentence for each reason.

        Args:
            taxonomy: A file that belongs here without being a picture.
        """
        reasons = {
            "for their names are not those of pictures": [path for path in self.others if path != taxonomy],
            "as hidden or made by a system": self.hidden,
        }
        for reason, paths in reasons.items():
            if paths:
                yield f"Passed over, {reason}: {self._listed(paths)}."
        if self.left_out:
            links = [f"{self._short(link)} (is {self._short(place)})" for link, place in self.left_out]
            yield f"Left out, as links to what is in the folder already: {_listed(links)}."
        without = self._without_pictures()
        if without:
            yield f"No classes, as no picture is in them: {self._listed(without)}."

    def _without_pictures(self) -> list[Path]:
        """The topmost of the folders that hold no picture at any depth."""
        parents = {path.parent for path in self.pictures}
        holders = parents.union(*(folder.parents for folder in parents))
        return [path for path in self.folders if path not in holders and path.parent in holders]

    def _listed(self, paths: Sequence[Path]) -> str:
        return _listed([self._short(path) for path in paths])

    def _short(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def walk(root: Path) -> Contents:
    """Looks through a tree of folders, in an order that no disk decides.

    Links are followed, after everything that is really in the tree: a folder or a picture that it holds
    already is not entered again through a link, so what a picture is labelled with never depends on which
    of its places was seen first. Links to one place outside count for the first of them, by their paths.

    Raises:
        OSError: If a folder cannot be read.
    """
    contents = Contents(root)
    entered: dict[str, Path] = {}
    linked_pictures: list[Path] = []
    generation = [root]
    while generation:
        links: list[Path] = []
        for start in generation:
            real = os.path.realpath(start)
            if start != root and (real in entered or _holds(real, os.path.realpath(root))):
                contents.left_out.append((start, entered.get(real, root)))
            else:
                _enter(start, real, entered, contents, links, linked_pictures)
        generation = sorted(links)
    _add_links(sorted(linked_pictures), entered, contents)
    return contents


def _enter(
    start: Path,
    real: str,
    entered: dict[str, Path],
    contents: Contents,
    links: list[Path],
    linked_pictures: list[Path],
) -> None:
    """Takes in a folder and the real folders below it; links found on the way are kept for later."""
    waiting = [(start, real)]
    while waiting:
        folder, real = waiting.pop()
        if real in entered:
            contents.left_out.append((folder, entered[real]))
            continue
        entered[real] = folder
        if folder != contents.root:
            contents.folders.append(folder)
        with os.scandir(folder) as entries:
            inner = []
            for entry in sorted(entries, key=lambda entry: entry.name):
                path, is_folder = folder / entry.name, _is_folder(entry)
                if is_passed_over(entry.name):
                    if _is_worth_a_note(path, is_folder):
                        contents.hidden.append(path)
                elif is_folder and entry.is_symlink():
                    links.append(path)
                elif is_folder:
                    inner.append((path, os.path.join(real, entry.name)))
                elif not is_picture(path):
                    contents.others.append(path)
                else:
                    (linked_pictures if entry.is_symlink() else contents.pictures).append(path)
        waiting += reversed(inner)


def _add_links(links: Sequence[Path], entered: Mapping[str, Path], contents: Contents) -> None:
    """Takes in links to pictures, each picture once: a link to one in the tree is only another name of it."""
    if not links:
        return
    real = {folder: place for place, folder in entered.items()}
    places = {os.path.join(real[path.parent], path.name): path for path in contents.pictures}
    for link in links:
        place = places.setdefault(os.path.realpath(link), link)
        if place == link:
            contents.pictures.append(link)
        else:
            contents.left_out.append((link, place))


def _holds(folder: str, inner: str) -> bool:
    return f"{inner}{os.sep}".startswith(folder.rstrip(os.sep) + os.sep)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _is_worth_a_note(path: Path, is_folder: bool) -> bool:
    """Whether somebody could miss it: a picture, or a folder with one among its first files."""
    if not is_folder:
        # The Mac keeps what it knows of 1.jpg in ._1.jpg, where a disk has no better place.
        return not path.name.startswith("._") and _is_named_as_picture(path)
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return any(_is_named_as_picture(file) for file in islice(files, _MOST_LOOKED_AT))


def _is_named_as_picture(path: Path) -> bool:
    return bool(path.suffix) and not path.name.startswith("._") and is_picture(path)
