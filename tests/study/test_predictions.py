"""Whose prediction is this: names, labels and predictions belong to one picture, whatever its source."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image
from scipy.special import softmax

from oracle_study import logits_of, oracle_study, picture_of
from taskgraft.data import Dataset, Split
from taskgraft.data.sources import from_arrays, load
from taskgraft.errors import RequestError, StudyError
from taskgraft.inference import read_model
from taskgraft.recipe import Recipe
from taskgraft.scores import along_path, most_probable_paths, tree_probs
from taskgraft.study import MODEL, RunRecord, Study, read_split, run_directory
from taskgraft.taxonomy import Level, Taxonomy

LEAVES = (("food", "apple"), ("food", "pear"), ("tool", "saw"), ("tool", "axe"))
LEVELS = ("kind", "thing")
LEVELS_OF_COLOURS = ("group", "colour")
HOSTILE = ("", ",", '"', "\n", "\r", "=1+1", " x", "é", "\u2028", "'", "@", "\t", ";")
SOURCES = ("csv", "folder", "folder with splits", "parquet", "hub", "arrays")


@dataclass(frozen=True)
class Item:
    """A picture of a source: which one, its labels, its split, whether it can be read."""

    identity: int
    labels: tuple[str | None, ...]
    split: Split
    is_readable: bool

    @property
    def encoded(self) -> bytes:
        if not self.is_readable:
            return b"nothing %d" % self.identity
        stream = io.BytesIO()
        Image.fromarray(picture_of(self.identity).transpose(1, 2, 0)).save(stream, "PNG")
        return stream.getvalue()


def draw(seed: int, has_gaps: bool, has_bad: bool) -> list[Item]:
    """Some 70 pictures in a random order, their splits in no order either."""
    rng = np.random.default_rng(seed)
    found = []
    for identity in rng.permutation(200)[:70].tolist():
        kind, thing = LEAVES[int(rng.integers(len(LEAVES)))]
        split: Split = rng.choice(["train", "train", "val", "test"])
        labels = (kind, None if has_gaps and rng.random() < 0.2 else thing)
        found.append(Item(identity, labels, split, not has_bad or rng.random() > 0.15))
    return found


def written(source: str, items: list[Item], folder: Path) -> tuple[Any, dict[str, Any], dict[str, Item]]:
    """Writes pictures as a source has them: what to load, with which options, and each by its name."""
    rng = np.random.default_rng(len(items))
    by_name: dict[str, Item] = {}
    rows = []
    for item in items:
        name = f"{item.identity:03}{HOSTILE[int(rng.integers(len(HOSTILE)))]}.png"
        if "folder" in source:
            name = "/".join([*(label for label in item.labels if label), name])
            name = f"{item.split}/{name}" if "splits" in source else name
        by_name[name] = item
        rows.append([name, *(label or "" for label in item.labels), item.split])
    if source in ("csv", "folder", "folder with splits"):
        for name, item in by_name.items():
            (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "in" / name).write_bytes(item.encoded)
    columns = {"label_columns": LEVELS}
    if source == "csv":
        with (folder / "in" / "t.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["path", *LEVELS, "split"], *rows])
        return folder / "in" / "t.csv", columns, by_name
    if "folder" in source:
        return folder / "in", {"levels": LEVELS}, by_name
    if source == "parquet":
        table = {"image": [item.encoded for item in items], "split": [item.split for item in items]}
        table |= {level: [item.labels[i] for item in items] for i, level in enumerate(LEVELS)}
        pyarrow.parquet.write_table(pyarrow.table(table), folder / "t.parquet")
        return (
            folder / "t.parquet",
            columns,
            {f"row {i + 1} of t.parquet": one for i, one in enumerate(items)},
        )
    return (
        _hub(items, folder),
        columns,
        {
            f"{part} {row}": item
            for part in HUB_PARTS
            for row, item in enumerate([one for one in items if HUB_PARTS[part] == one.split])
        },
    )


HUB_PARTS: dict[str, Split] = {"test": "test", "validation": "val", "train": "train"}


def _hub(items: list[Item], folder: Path) -> str:
    features = datasets.Features({"img": datasets.Image(), **{k: datasets.Value("string") for k in LEVELS}})
    parts = {}
    for part, split in HUB_PARTS.items():
        of_part = [item for item in items if item.split == split]
        if not of_part:
            continue
        cells: dict[str, list[Any]] = {"img": [{"bytes": one.encoded, "path": None} for one in of_part]}
        cells |= {level: [one.labels[i] for one in of_part] for i, level in enumerate(LEVELS)}
        parts[part] = datasets.Dataset.from_dict(cells, features=features)
    datasets.DatasetDict(parts).save_to_disk(str(folder / "hub"))
    return f"hub:{folder / 'hub'}"


def loaded(source: str, items: list[Item], folder: Path, **options: Any) -> tuple[Dataset, dict[str, Item]]:
    if source == "arrays":
        images = np.stack([picture_of(item.identity) for item in items])
        columns = {level: [item.labels[i] for item in items] for i, level in enumerate(LEVELS)}
        test = [i for i, item in enumerate(items) if item.split == "test"]
        data = from_arrays(images, columns, test=test, limit=options.get("limit"))
        return data, {str(i): item for i, item in enumerate(items)}
    place, more, by_name = written(source, items, folder)
    return load(place, on_bad_image="skip", **more, **options), by_name


def check(study: Study, data: Dataset, by_name: dict[str, Item], split: Split) -> None:
    """Each row of the CSV tells of the one picture that bears its name."""
    rows = list(csv.DictReader(io.StringIO(study.predictions(split=split).as_csv().decode(), newline="")))
    assert len(rows) == len({row["name"] for row in rows}) == data.num_images[split]
    for row in rows:
        item = by_name[row["name"]]
        assert item.is_readable
        assert row["split"] == split
        for i, level in enumerate(study.taxonomy.levels):
            logits = logits_of(np.array([item.identity]), i, level.num_classes)[0]
            chosen = int(logits.argmax())
            assert row[f"true.{level.name}"] == (item.labels[i] or "")
            assert row[f"predicted.{level.name}"] == level.classes[chosen]
            assert float(row[f"probability.{level.name}"]) == softmax(logits.astype(np.float64))[chosen]
            right = str(int(item.labels[i] == level.classes[chosen])) if item.labels[i] else ""
            assert row[f"right.{level.name}"] == right


def survives(source: str, seed: int, folder: Path, recipe: Recipe) -> None:
    has_splits = source not in ("folder", "arrays")
    items = draw(seed, has_gaps=seed % 2 > 0, has_bad=source != "arrays" and seed % 3 > 0)
    if seed % 5 > 2:
        # Without a val split, one is carved from train.
        items = [replace(item, split="train") if item.split == "val" else item for item in items]
    folder.mkdir()
    data, by_name = loaded(source, items, folder, limit=12 if seed % 4 == 2 else None)
    study = oracle_study(data, recipe, folder / "study")
    for split in ("val", "test"):
        check(study, data, by_name, split)
    if has_splits and seed % 4 != 2:
        expected = {name for name, item in by_name.items() if item.is_readable and item.split == "test"}
        assert set(study.predictions().names) == expected


@pytest.mark.parametrize(
    ("source", "seed"), [*((source, seed) for source in SOURCES for seed in (1, 2)), ("csv", 3), ("hub", 3)]
)
def test_names_labels_and_predictions_stay_together(
    source: str, seed: int, tmp_path: Path, tiny_recipe: Recipe
) -> None:
    survives(source, seed, tmp_path / "x", tiny_recipe)


@pytest.mark.torture
@pytest.mark.parametrize("source", SOURCES)
def test_names_labels_and_predictions_stay_together_in_many_draws(
    source: str, tmp_path: Path, tiny_recipe: Recipe
) -> None:
    for seed in range(4, 100):
        survives(source, seed, tmp_path / str(seed), tiny_recipe)


@pytest.mark.parametrize("has_gaps", [False, True])
def test_joined_with_the_source_table_the_accuracy_is_the_study_s(
    tmp_path: Path, tiny_recipe: Recipe, has_gaps: bool
) -> None:
    data, _ = loaded("csv", draw(7, has_gaps, has_bad=True), tmp_path)
    study = oracle_study(data, tiny_recipe, tmp_path / "study")
    study.predictions("shared-seed0").write_csv(tmp_path / "out.csv")
    with (tmp_path / "in" / "t.csv").open(newline="", encoding="utf-8") as file:
        table = {row["path"]: row for row in csv.DictReader(file)}
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        joined = [(table[row["name"]], row) for row in csv.DictReader(file)]
    for level in LEVELS:
        right = [row[level] == found[f"predicted.{level}"] for row, found in joined if row[level]]
        accuracy = study.runs[0].scores[f"accuracy.{level}"]
        # Of images without a label the study makes a ratio of two means, which may be rounded otherwise.
        assert np.mean(right) == (pytest.approx(accuracy, rel=1e-15) if has_gaps else accuracy)


def test_names_that_are_not_utf8_stand_in_the_csv_as_on_the_disk(tmp_path: Path, tiny_recipe: Recipe) -> None:
    items = [replace(item, split="train") for item in draw(0, has_gaps=False, has_bad=False)]
    for item in items:
        place = tmp_path / "in" / "/".join(map(str, item.labels)) / f"{item.identity}-\udcff,\udce9.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(item.encoded)
    data = load(tmp_path / "in")
    found = oracle_study(data, tiny_recipe, tmp_path / "study").predictions()
    assert found.names == tuple(data.names_of("test"))
    assert "\udcff,\udce9.png" in found.names[0]
    text = found.as_csv()
    assert b"-\xff,\xe9.png" in text
    rows = csv.DictReader(io.StringIO(text.decode("utf-8", "surrogateescape"), newline=""))
    assert [row["name"] for row in rows] == list(found.names)
    assert all((tmp_path / "in" / name).is_file() for name in found.names)


def test_another_decoding_chooses_other_classes_and_gives_their_probabilities(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    study = oracle_study(tiny_data, tiny_recipe, tmp_path)
    plain, joint = study.predictions(), study.predictions(decoding="joint")
    assert (plain.preds != joint.preds).any()
    assert (study.taxonomy.ancestors(0)[joint.preds[:, 1]] == joint.preds[:, 0]).all()
    for found in (plain, joint):
        for i, level in enumerate(("group", "colour")):
            chosen = found.probs[level][np.arange(len(found.names)), found.preds[:, i]]
            assert found.columns()[f"probability.{level}"] == chosen.tolist()
    pooled = study.predictions(decoding="pooled")
    directory = run_directory(study.directory, "shared", 0)
    logits, _ = read_split(directory, study.taxonomy.level_names, "test")
    weights = read_model(directory / MODEL).description.pool_weights
    assert weights is not None
    probs = tree_probs(logits, np.array([weights[name] for name in LEVELS_OF_COLOURS]), study.taxonomy)
    assert pooled.preds.tolist() == most_probable_paths(probs, study.taxonomy).tolist()
    for level, expected in zip(LEVELS_OF_COLOURS, along_path(probs, pooled.preds).T, strict=True):
        assert pooled.columns()[f"probability.{level}"] == pytest.approx(expected)
    assert found.columns()["name"] == found.names == tuple(map(str, tiny_data.indices["test"]))


def test_what_cannot_be_had_is_one_line(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    study = oracle_study(tiny_data, tiny_recipe, tmp_path / "two", names="independent,shared")
    for wanted, said in (
        ({"run": "share"}, r"Expected run to be one of independent-seed0, shared-seed0, but got 'share'"),
        ({}, r"Expected run to be given, one of the 2 finished runs, .* independent-seed0, shared-seed0\."),
        ({"run": "shared-seed0", "split": "train"}, "Expected split to be one of val, test, but got 'train'"),
        ({"run": "shared-seed0", "decoding": "magic"}, "Expected decoding to be one of independent, summed"),
    ):
        with pytest.raises(RequestError, match=said):
            study.predictions(**wanted)  # type: ignore[arg-type]
    apart = Taxonomy.without_tree([Level("a", ("x", "y")), Level("b", tuple("rgby"))])
    single = oracle_study(replace(tiny_data, taxonomy=apart), tiny_recipe, tmp_path / "apart")
    assert single.predictions(single.runs[0]).preds.shape == (60, 2)
    with pytest.raises(RequestError, match="Expected decoding to be independent where there is no tree"):
        single.predictions(decoding="crm")
    with pytest.raises(RequestError, match="one of shared-seed0, but got 'gone-seed3'"):
        single.predictions(RunRecord.model_construct(variant="gone", seed=3))


def test_names_of_another_study_are_not_believed(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    study = oracle_study(tiny_data, tiny_recipe, tmp_path / "one")
    other = oracle_study(tiny_data.with_val_fraction(0.1), tiny_recipe, tmp_path / "other")
    (study.directory / "images.jsonl").write_bytes((other.directory / "images.jsonl").read_bytes())
    with pytest.raises(StudyError, match=r"images\.jsonl to be undamaged, but got that of other data"):
        study.predictions()
    assert Study.open(study.directory).damaged == ("images.jsonl is that of other data",)
    (study.directory / "images.jsonl").unlink()
    with pytest.raises(StudyError, match="Run the command of the study again: it writes the names"):
        study.predictions()
