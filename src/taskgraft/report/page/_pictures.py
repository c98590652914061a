"""From the images a study kept, and what its verdict says of them, to the pictures of its gallery."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.report.page._gallery import Gallery, Picture
from taskgraft.study import DamagedFileError, Study, read_gallery, read_run_names, run_directory
from taskgraft.verdict import Opinions, Verdict


def read_pictures(study: Study, verdict: Verdict) -> Gallery | None:
    """The study's gallery; None where no images were kept, or others than the verdict speaks of."""
    kept = read_gallery(study.directory)
    positions = {kind: images.positions.tolist() for kind, images in kept.items()}
    if not kept or positions != {
        kind: [o.position for o in of_kind] for kind, of_kind in verdict.opinions.items()
    }:
        return None
    names = _names(study)
    pictures = {
        kind: tuple(
            Picture(
                image,
                _path(study, opinions.true),
                tuple((name, _path(study, path)) for name, path in opinions.predicted.items()),
                opinions.confidence,
                study.taxonomy.is_tree,
                _name(names, opinions),
            )
            for opinions, image in zip(verdict.opinions[kind], images.images, strict=True)
        )
        for kind, images in kept.items()
    }
    return Gallery(pictures["worst"], pictures["disagreements"])


def _names(study: Study) -> Sequence[str]:
    """What the source calls each test image; empty where that is not on record, or damaged."""
    data, run = study.record.request.data, study.shown_runs[0]
    directory = run_directory(study.directory, run.variant, run.seed)
    try:
        names = read_run_names(study.directory, data.digest, directory, "test")
    except (FileNotFoundError, DamagedFileError):
        return ()
    is_of_run = study.record.request.resplits is not None
    return names if is_of_run or len(names) == data.num_images["test"] else ()


def _name(names: Sequence[str], opinions: Opinions) -> str | None:
    return names[opinions.position] if opinions.position < len(names) else None


def _path(study: Study, classes: Sequence[int]) -> tuple[str | None, ...]:
    """Names of classes, None where there is no label."""
    levels = zip(study.taxonomy.levels, classes, strict=True)
    return tuple(level.classes[number] if number >= 0 else None for level, number in levels)
