"""Descriptions of models spoilt at random, under seals that hold: a model that answers, or one line."""

from __future__ import annotations

import copy
import random
import resource
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_samples import Parts, samples
from spoil_description import spoil_description

from taskgraft.errors import TaskgraftError
from taskgraft.export._description import PromiseMade, as_text, describe
from taskgraft.inference import Model, ModelDescription, ModelFileError, read_model
from trained_model import put_together

SEED = 2_027
_MOST_SECONDS, _MOST_BYTES = 5.0, 300_000_000
_LONGEST_LINE = 1_000
# Of samples by number, how often each is spoilt: the two before the last are large networks.
_SHARES = (6, 6, 6, 6, 6, 6, 6, 1, 1, 6)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Parts]]:
    with samples(tmp_path_factory.mktemp("models")) as taken:
        yield taken


def test_the_samples_have_every_field_of_a_description(models: list[Parts]) -> None:
    """A field that is added has to be spoilt, too."""
    schema = ModelDescription.model_json_schema()
    records = [schema, *schema["$defs"].values()]
    fields = {name for record in records for name in record.get("properties", {})}
    filled = {name for description, _ in models for name in names_in(description)}
    assert fields - filled == set()


def names_in(value: Any) -> Iterator[str]:
    """Every name of a mapping that holds something, whatever it stands in."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner not in (None, [], {}):
                yield name
            yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


def test_spoilt_descriptions_are_models_that_answer_or_one_line(models: list[Parts], tmp_path: Path) -> None:
    print(fuzz(models, tmp_path, 500))


@pytest.mark.torture
@pytest.mark.parametrize("part", range(10))
def test_a_hundred_thousand_of_them(part: int, models: list[Parts], tmp_path: Path) -> None:
    """In parts, which several processes can share."""
    print(fuzz(models, tmp_path, 10_000, SEED + 1 + part))


def fuzz(models: list[Parts], folder: Path, num_records: int, seed: int = SEED) -> str:
    """Reads and uses so many spoilt descriptions; gives the figures."""
    rng, path = random.Random(seed), folder / "spoilt"
    num_read = num_refused = 0
    longest, before = 0.0, peak_bytes()
    for number in range(num_records):
        description, tensors = rng.choices(models, _SHARES)[0]
        spoilt = spoil_description(copy.deepcopy(description), rng)
        try:
            put_together(path, spoilt, tensors)
        except (UnicodeEncodeError, ValueError):
            # No file can hold that.
            continue
        started = time.process_time()
        try:
            is_refused = used_or_refused(path)
        except BaseException as error:
            raise AssertionError(f"record {number}: {type(error).__name__}: {error!s:.300}") from error
        longest = max(longest, time.process_time() - started)
        num_read, num_refused = num_read + 1, num_refused + is_refused
    grown = peak_bytes() - before
    assert longest < _MOST_SECONDS
    assert grown < _MOST_BYTES
    # A spoiler that spoils nothing, or all, would find no fault.
    assert 0.02 * num_read < num_read - num_refused < 0.5 * num_read
    return (
        f"torture: model descriptions: {num_read:,} spoilt under seals that hold, {num_refused:,} refused "
        f"with one line, the others used; {longest:.2f} CPU s at most, {grown / 1e6:.0f} MB more at most"
    )


def used_or_refused(path: Path) -> bool:
    """Reads a model and uses it; whether it was refused."""
    try:
        model = read_model(path)
    except ModelFileError as error:
        check_one_line(str(error))
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use(model)
    return False


def use(model: Model) -> None:
    """Everything that a description decides, but for the training of another model."""
    images = np.zeros((2, *model.image_shape), np.uint8)
    try:
        predictions = model.predict(images)
        assert len(model.named(predictions.preds)[0]) == model.taxonomy.num_levels
        for probs in predictions.probs:
            np.testing.assert_allclose(probs.sum(axis=1), 1)
        assert ((predictions.certainties >= 0) & (predictions.certainties <= 1)).all()
        as_text(describe(model, "onnx", "f32", PromiseMade(), ()))
        "".join((repr(model), model._repr_html_(), predictions._repr_html_())).encode()
        model.predict(images, target_accuracy=0.5, num_alternatives=int(model.taxonomy.is_tree))
    except TaskgraftError as error:
        check_one_line(str(error))


def check_one_line(line: str) -> None:
    assert "\n" not in line
    assert len(line) < _LONGEST_LINE


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
