"""Hostile tables of labels: the product against a plain reference that was written independently."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import typed_tables
from label_cells import Refused, Unclear
from label_reference import Expected, expected
from label_tables import Table, draw_table
from named_tables import carriers, draw_named, numbered_by_the_hub
from numbered import as_taxonomy, labelled, outcomes
from split_reference import as_parts, check_labelled, splits_of, splits_of_words
from typed_tables import draw_typed

import taskgraft as tg
from five_sources import Named, Pictures, load_from
from taskgraft.data import Dataset
from taskgraft.errors import TaskgraftError
from taskgraft.taxonomy import Taxonomy

_FEW, _MANY = 150, 10_000
_FEW_LOADED, _MANY_LOADED = 12, 400
_MOST_UNCLEAR = 0.05
_LONGEST_LINE = 4500


def test_labels_are_as_the_reference_says() -> None:
    assert_as_the_reference(range(_FEW))


@pytest.mark.torture
def test_labels_of_many_tables_are_as_the_reference_says() -> None:
    counts = assert_as_the_reference(range(_MANY))
    print(f"torture: {_MANY:,} hostile tables of labels agree with the reference: {dict(counts)}")


def test_sources_are_as_the_reference_says(pictures: Pictures, tmp_path: Path) -> None:
    assert_sources_are_as_the_reference(range(_FEW_LOADED), tmp_path, pictures)


@pytest.mark.torture
def test_many_tables_through_all_sources(pictures: Pictures, tmp_path: Path) -> None:
    counts = assert_sources_are_as_the_reference(range(_MANY_LOADED), tmp_path, pictures)
    print(f"torture: {_MANY_LOADED:,} hostile tables through their sources: {dict(counts)}")


def test_columns_with_types_are_as_the_reference_says(pictures: Pictures, tmp_path: Path) -> None:
    assert_types_are_as_the_reference(range(_FEW_LOADED), tmp_path, pictures)


@pytest.mark.torture
def test_many_columns_with_types_are_as_the_reference_says(pictures: Pictures, tmp_path: Path) -> None:
    counts = assert_types_are_as_the_reference(range(_MANY_LOADED), tmp_path, pictures)
    print(f"torture: {_MANY_LOADED:,} tables of typed columns, each through five ways: {dict(counts)}")


def test_indices_are_as_the_reference_says() -> None:
    assert_indices_are_as_the_reference(range(200))


@pytest.mark.torture
def test_many_indices_are_as_the_reference_says() -> None:
    assert_indices_are_as_the_reference(range(10_000))


def test_no_hash_decides() -> None:
    """Numbers, names, notes and refusals are the same in processes whose sets have other orders."""
    here, num_tables = Path(__file__).parent, 500
    running = [
        subprocess.Popen(
            [sys.executable, str(here / "numbered.py"), str(num_tables)],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([*sys.path, str(here.parent)]),
            },
        )
        for seed in ("0", "1")
    ]
    # This process has hashes of its own.
    outputs = [outcomes(num_tables), *(each.communicate()[0].split() for each in running)]
    assert outputs[0] == outputs[1] == outputs[2]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pictures]:
    folder = tmp_path_factory.mktemp("labels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASKGRAFT_CACHE", str(folder / "cache"))
        patch.setenv("HF_DATASETS_CACHE", str(folder / "hub"))
        yield Pictures(folder / "pictures")


# Labels alone.


def assert_as_the_reference(seeds: range) -> Counter[str]:
    """Draws a table for each seed, and compares what becomes of it."""
    faults, counts = [], Counter[str]()
    for seed in seeds:
        table = draw_table(seed)
        outcome, fault = compared(table)
        counts[outcome] += 1
        if fault:
            faults.append(f"{fault}\n    {table}")
    assert not faults, f"{len(faults)} of {len(seeds)} differ:\n" + "\n".join(faults[:10])
    assert counts["unclear"] <= _MOST_UNCLEAR * len(seeds)
    return counts


def compared(table: Table) -> tuple[str, str]:
    """What the rules say of a table, and how the product differs, if it does."""
    try:
        right = expected(
            table.columns,
            has_tree=table.has_tree,
            is_text=table.is_text,
            taxonomy=table.taxonomy,
            order=table.order,
        )
    except (Refused, Unclear) as why:
        outcome = type(why).__name__.lower()
        return outcome, fault_of_refusal(table, must_refuse=isinstance(why, Refused), why=str(why))
    try:
        found = labelled(table)
    except TaskgraftError as error:
        return "labelled", f"refused: {error}; expected {right}"
    return "labelled", difference(right, found.taxonomy, found.labels) or missing_note(right, found.notes)


def fault_of_refusal(table: Table, *, must_refuse: bool, why: str) -> str:
    """What is wrong with how a table is refused."""
    try:
        found = labelled(table)
    except TaskgraftError as error:
        message = str(error)
        return "" if "\n" not in message and len(message) < _LONGEST_LINE else f"no line: {message!r}"
    return f"taken as {found.taxonomy}, though refused for {why}" if must_refuse else ""


def difference(right: Expected, taxonomy: Taxonomy, labels: np.ndarray) -> str:
    """How a taxonomy and labels differ from what is right."""
    if taxonomy != as_taxonomy(right.tree):
        return f"{taxonomy}, not {as_taxonomy(right.tree)}"
    if labels.tolist() != right.labels:
        return f"the labels {labels.tolist()}, not {right.labels}"
    return ""


def missing_note(right: Expected, notes: tuple[str, ...]) -> str:
    """What should be noted, but is not; a note that names many may leave some of them out."""
    for fact, name in sorted(right.facts):
        shown = name.isprintable() and not set(name) & set("\\'\"") and len(name) < 40
        if shown and not any(name in note or " more" in note for note in notes):
            return f"no note that {name!r} is {fact}, but {notes}"
    return ""


# Through all sources.


def assert_sources_are_as_the_reference(seeds: range, folder: Path, pictures: Pictures) -> Counter[str]:
    """Draws a table for each seed, and compares what becomes of it by way of each source that carries it."""
    faults, counts = [], Counter[str]()
    for seed in seeds:
        table = draw_named(seed)
        digests: dict[str, set[str]] = {}
        ways = [(source, table) for source in carriers(table)] + [("hub", numbered_by_the_hub(table, seed))]
        for i, (source, given) in enumerate(ways):
            place = folder / f"{seed} {i}"
            place.mkdir()
            outcome, fault = compared_loaded(source, given, place, pictures, digests)
            counts[f"{source} {outcome}"] += 1
            faults += [f"{source}, seed {seed}: {fault}\n    {given}"] if fault else []
            shutil.rmtree(place)
        if any(len(each) > 1 for each in digests.values()):
            faults.append(f"several digests, seed {seed}: {table}")
    assert not faults, f"{len(faults)} differ:\n" + "\n".join(faults[:10])
    return counts


def compared_loaded(
    source: str, table: Named, folder: Path, pictures: Pictures, digests: dict[str, set[str]]
) -> tuple[str, str]:
    """What the rules say of a table by way of a source, and how the product differs, if it does."""
    data, message = loaded(source, table, folder, pictures)
    try:
        right = expected(table.columns, is_text=source == "csv", order=table.order)
        parts = splits_of_words(table.words)
        check_labelled(parts, right.labels)
    except Refused as why:
        return "refused", "" if data is None else f"taken, though refused for {why}"
    except Unclear:
        return "unclear", ""
    if data is None:
        return "loaded", f"refused: {message}"
    digests.setdefault(repr((right.tree, right.labels)), set()).add(data.digest())
    if as_parts(data.indices) != parts:
        return "loaded", f"the splits {data.indices}, not {parts}"
    return "loaded", difference(right, data.taxonomy, data.labels)


def loaded(source: str, table: Named, folder: Path, pictures: Pictures) -> tuple[Dataset | None, str]:
    try:
        return load_from(source, table, folder, pictures), ""
    except TaskgraftError as error:
        return None, str(error)


# Columns with types.


def assert_types_are_as_the_reference(seeds: range, folder: Path, pictures: Pictures) -> Counter[str]:
    """Draws a table for each seed, and compares what becomes of it by way of each reader and container."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        columns = draw_typed(seed)
        cells = {level: column.to_pylist() for level, column in columns.items()}
        for way, load in typed_tables.LOADERS.items():
            place = folder / f"{seed} {way}"
            place.mkdir()
            case = f"{way}, seed {seed}: {[str(column.type) for column in columns.values()]}, {cells}"
            try:
                right = expected(cells, has_tree=False)
                check_labelled(splits_of_words(typed_tables.PARTS), right.labels)
            except Refused:
                with pytest.raises(TaskgraftError):
                    load(columns, place, pictures)
                counts["refused"] += 1
                continue
            data = load(columns, place, pictures)
            assert not difference(right, data.taxonomy, data.labels), case
            counts["loaded"] += 1
            shutil.rmtree(place)
    return counts


# Indices of splits.

_NUM_IMAGES = 12
_PIXELS = np.arange(_NUM_IMAGES * 256, dtype=np.uint8).reshape(_NUM_IMAGES, 16, 16)


def assert_indices_are_as_the_reference(seeds: range) -> None:
    counts: Counter[bool] = Counter()
    for seed in seeds:
        rng = random.Random(f"indices {seed}")
        test, val = draw_indices(rng), draw_indices(rng)
        try:
            right = splits_of(test, val, _NUM_IMAGES)
            check_labelled(right, [[0]] * _NUM_IMAGES)
        except Refused:
            with pytest.raises(TaskgraftError):
                tg.from_arrays(_PIXELS, {"kind": list("ab" * 6)}, test=test, val=val)
            counts[False] += 1
            continue
        data = tg.from_arrays(_PIXELS, {"kind": list("ab" * 6)}, test=test, val=val)
        assert as_parts(data.indices) == right, f"test={test!r}, val={val!r}"
        counts[True] += 1
    assert min(counts.values()) > len(seeds) // 10


def draw_indices(rng: random.Random) -> Any:
    """Indices or a mask in one of the forms that people have, sometimes with something wrong in it."""
    numbers: list[Any] = rng.sample(range(_NUM_IMAGES), rng.randint(1, 4))
    if rng.random() < 0.25:
        numbers.append(
            rng.choice([-1, _NUM_IMAGES, 10**30, numbers[0], 1.0, 0.5, "1", None, True, [1, 2], float("nan")])
        )
        return rng.choice([list, tuple])(numbers)
    if rng.random() < 0.4:
        length = _NUM_IMAGES if rng.random() < 0.8 else rng.choice([1, _NUM_IMAGES - 1, _NUM_IMAGES + 1])
        mask = [i in numbers for i in range(length)]
        return rng.choice([mask, np.array(mask), torch.tensor(mask), pd.Series(mask), tuple(mask)])
    array = np.array(numbers)
    forms = [
        numbers,
        array,
        array.astype(np.uint8),
        torch.tensor(numbers),
        pd.Series(numbers),
        tuple(numbers),
        range(min(numbers), min(numbers) + 2),
        array.astype(float),
        [str(i) for i in numbers],
        array - 6,
    ]
    return rng.choice(forms)
