"""A model card: what a model is for, what it was trained on, what it scores, how to use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from taskgraft.evaluation import accuracies_of
from taskgraft.inference import Model, read_model, versions_of
from taskgraft.legible import visible
from taskgraft.network import cost
from taskgraft.report import class_changes, new_classes, old_class_rows, old_classes_title
from taskgraft.sharing._test_split import TestSplit

_MOST_CLASSES = 40
_CHANGES = {
    "trained": "training",
    "adapted": "training that went on from the tree before",
    "remapped": "a change without training",
}
_PROMISES = (0.8, 0.9, 0.95, 0.99)
# What the example of use demands, if the model can keep it.
_USUAL = 0.95


def model_card(file: Path, name: str | None = None) -> str:
    """The card of a model, as Markdown with a header that the hub reads.

    Args:
        file: The model's. Scores stand on the card where it lies in its study.
        name: What the card calls the model; unless given, the variant.

    Raises:
        ModelFileError: If the file is no model.

    Example:
        >>> print(model_card(Path("study/runs/shared-seed0/model.safetensors")))  # doctest: +SKIP
    """
    model = read_model(file)
    split = TestSplit.beside(file, model)
    title = name or model.description.origin.variant
    parts = [
        _HEADER,
        f"# {_words(title)}",
        "\n".join(_about(model)),
        "## Intended use",
        _USE.format(sure=", and how far down that is sure" if model.description.promise else ""),
        "## Data",
        "\n".join(_data(model, split)),
        "## Versions of the tree",
        "\n".join(_versions(model)),
        "## Scores",
        "\n".join(_scores(model, split)),
        *_old_classes(split),
        "## Sure down to here",
        "\n".join(_sure(model, split)),
        "## Cost",
        "\n".join(_cost(model, split)),
        "## To be careful about",
        "\n".join(_cautions(model, split)),
        "## How to use it",
        _how(title if name else str(file.name), model),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_HEADER = """---
library_name: taskgraft
pipeline_tag: image-classification
tags:
- taskgraft
- hierarchical-classification
---"""

_PREDICT = "```\ntaskgraft predict {where} photo.jpg\n```"
_PREDICT_SURE = "```\ntaskgraft predict {where} photo.jpg --target-accuracy {promised}\n```"
_USE = """\
It says which path of its tree a picture shows{sure}. It is meant for pictures like
those it was trained on. It always names a class of its tree: a picture of anything else is given one, too. It
has not been looked at for fairness between groups of people, and is not meant for decisions about them."""


def _about(model: Model) -> Iterator[str]:
    used = model.description
    yield "| | |"
    yield "|---|---|"
    for level in model.taxonomy.levels:
        names = ", ".join(level.classes[:_MOST_CLASSES])
        more = f" and {level.num_classes - _MOST_CLASSES:,} more" if level.num_classes > _MOST_CLASSES else ""
        yield f"| {_cell(level.name)} | {level.num_classes:,} classes: {_cell(names)}{more} |"
    size, architecture = used.preprocessing, used.network.architecture
    channels = f"{size.channels} channel{'s' * (size.channels > 1)}"
    num_parameters = sum(weights.numel() for weights in model.network.parameters())
    yield f"| pictures | {size.width} x {size.height} pixels, {channels} |"
    yield f"| architecture | {_cell(architecture.name)}, of {num_parameters:,} parameters |"
    yield f"| decoding | {used.decoding} |"
    yield f"| tree | digest `{used.taxonomy.digest}` |"
    yield f"| made by | taskgraft {_cell(used.version)}, {_cell(used.origin.created)} |"


def _data(model: Model, split: TestSplit | None) -> Iterator[str]:
    origin = model.description.origin
    yield f"Trained on {_words(origin.data)}" + (f", seed {origin.seed}." if origin.seed is not None else ".")
    if origin.data_digest:
        yield f"Its images, labels and splits have the SHA-256 `{origin.data_digest}`."
    if split is not None:
        numbers = ", ".join(f"{number:,} {name}" for name, number in split.num_images.items())
        yield f"Images: {numbers}. The split is {_words(split.how_split)}."


def _versions(model: Model) -> Iterator[str]:
    yield "| digest | since | by |"
    yield "|---|---|---|"
    for each in versions_of(model.description):
        yield f"| `{_cell(each.digest)}` | {_cell(each.date)} | {_CHANGES[each.change]} |"
    if model.description.remap is not None:
        yield ""
        yield (
            "The weights are those of the last training: probabilities of the classes that the network was "
            "trained on are summed into those of this tree."
        )


def _scores(model: Model, split: TestSplit | None) -> Iterator[str]:
    if split is None:
        yield "Not known: the file lies by itself. `taskgraft evaluate` measures them on labelled pictures."
        return
    yield (
        f"On the {len(split.targets):,} test images of its study, read once after training, as the model "
        "decides; 95 % intervals over images, for this one model:"
    )
    yield ""
    yield "| | accuracy, % | 95 % interval |"
    yield "|---|---|---|"
    for name, one in accuracies_of(split.answers.preds, split.targets, model.taxonomy).items():
        interval = f"{100 * one.low:.1f} to {100 * one.high:.1f}"
        yield f"| {_cell(name)} | {100 * one.estimate:.1f} | {interval} |"


def _old_classes(split: TestSplit | None) -> Iterator[str]:
    """Whether the classes of the model that it went on from suffered."""
    record = split.adaptation if split else None
    if record is None:
        return
    yield "## The classes it had before"
    changes = class_changes(record.added, record.retired, record.renamed)
    yield "\n".join(f"- {_words(line)}" for line in changes)
    if record.older:
        yield f"{old_classes_title(record)}, of the runs of its study:"
        rows = (f"| {' | '.join(map(_cell, row))} |" for row in old_class_rows(record))
        yield "\n".join(["| | before | after | difference, points |", "|---|---|---|---|", *rows])
    yield _words(new_classes(record))


def _sure(model: Model, split: TestSplit | None) -> Iterator[str]:
    promise = model.description.promise
    if promise is None:
        yield (
            "The model makes no promise: it has no tree, there were no validation images labelled at every "
            "level, or its tree was remapped since."
        )
        return
    yield (
        "With a target accuracy the model says only as much of a path as keeps a promise: with a confidence "
        f"of 95 % over draws of the {promise.num_images:,} validation images, at least that share of all "
        "answers on such pictures is right. To say nothing is not wrong."
    )
    yield ""
    yield "| target accuracy, % | threshold |" + (
        " right on test, % | levels said on test |" if split else ""
    )
    yield "|---|---|" + ("---|---|" if split else "")
    for target in _PROMISES:
        threshold = promise.promise().threshold(target)
        if threshold is None:
            yield f"| {100 * target:.0f} | not promised |" + (" | |" if split else "")
            continue
        row = f"| {100 * target:.0f} | {threshold:.3f} |"
        if split is not None:
            right, depth = split.kept(threshold)
            row += f" {100 * right:.1f} | {depth:.2f} |"
        yield row


def _cost(model: Model, split: TestSplit | None) -> Iterator[str]:
    network = model.description.network
    macs = cost(network.architecture, network.spec, network.num_classes, network.image_shape).macs
    yield f"A prediction takes {macs / 1e6:,.1f} million multiply-accumulates a picture."
    if split is not None:
        spent = split.cost
        yield (
            f"The training took {spent.train_pflop:.4g} PFLOP, {spent.train_seconds:,.0f} seconds on the "
            f"machine of its study, and {spent.peak_memory_bytes / 1e9:.2f} GB at most."
        )


def _cautions(model: Model, split: TestSplit | None) -> Iterator[str]:
    yield "- Pictures from elsewhere (another shop, another camera) break intervals and promises alike."
    yield "- The scores are of one run; another seed of the same training gives others."
    if model.description.preprocessing.fit is None:
        yield "- Its training images came as pixels: how others should be resized is not known."
    for line in split.cautions if split is not None else ():
        yield f"- {_words(line)}"


def _how(place: str, model: Model) -> str:
    where = f"hf:{place}" if "/" in place else place
    promised = _highest_promise(model)
    wish, command = "", _PREDICT
    if promised:
        wish, command = f", target_accuracy={promised}", _PREDICT_SURE
    return (
        "```python\nimport taskgraft as tg\n\n"
        f'model = tg.load_model("{where}")\n'
        f'model.predict("photo.jpg"{wish})[0].sure\n```\n\n' + command.format(where=where, promised=promised)
    )


def _highest_promise(model: Model) -> float | None:
    """The highest target of the card, up to 95 %, that the model can keep; None for none."""
    kept = model.description.promise
    if kept is None:
        return None
    usual = [target for target in _PROMISES if target <= _USUAL]
    return max((each for each in usual if kept.promise().threshold(each) is not None), default=None)


def _words(text: str) -> str:
    """Text that is no markup, whatever names stand in it: they come from anywhere."""
    return visible(text).replace("\n", " ").replace("<", "&lt;").replace("](", "]\\(").replace("`", "'")


def _cell(text: str) -> str:
    return _words(text).replace("|", "\\|")
