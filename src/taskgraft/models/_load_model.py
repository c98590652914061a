"""From a place that somebody names to a trained model, ready to predict."""

from __future__ import annotations

import os
from pathlib import Path

from taskgraft.errors import Phrase, RequestError
from taskgraft.inference import Model, read_model
from taskgraft.kinds import NAME, NONE, PATH, WHOLE_NUMBER, check_kinds
from taskgraft.models._hub import fetched, is_on_hub
from taskgraft.models._taxonomy_digest import check_taxonomy_digest
from taskgraft.parameter import Parameter


def load_model(
    place: Path | str,
    *,
    variant: str | None = None,
    seed: int | None = None,
    taxonomy_digest: str | None = None,
) -> Model:
    """Reads a trained model from a file, a run or a study.

    Args:
        place: A `model.safetensors`, a run's directory, that of a study, or `hf:USER/NAME` on the hub.
        variant: Which one of a study; unless given, the only one, or the one that its report recommends.
        seed: Of which run; unless given, of the one that scores highest on the validation images.
        taxonomy_digest: `Taxonomy.digest` of the tree that the model has to predict; any unless given.

    Raises:
        RequestError: If there is nothing at the place, or no such variant or seed, or nothing is recommended,
            or the model's tree is another one.
        ModelFileError: If the model's file is damaged.
        StudyError: If the study is.

    Example:
        >>> model = load_model("study")  # doctest: +SKIP
        >>> model.predict("photo.jpg")[0].sure  # doctest: +SKIP
    """
    check_kinds({"taxonomy_digest": taxonomy_digest}, {"taxonomy_digest": NAME | NONE})
    model = read_model(model_file(place, variant=variant, seed=seed))
    check_taxonomy_digest(model, taxonomy_digest)
    return model


def model_file(place: Path | str, *, variant: str | None = None, seed: int | None = None) -> Path:
    """The file of the model that `load_model` reads.

    Raises:
        RequestError: As `load_model` does.
        StudyError: Likewise.
    """
    check_kinds(
        {"place": place, "variant": variant, "seed": seed},
        {"place": PATH, "variant": NAME | NONE, "seed": WHOLE_NUMBER | NONE},
    )
    if isinstance(place, str) and is_on_hub(place):
        _check_no_study(variant, seed)
        return fetched(place)
    path = Path(place)
    if not os.path.isdir(path):
        _check_no_study(variant, seed)
        if not os.path.exists(path):
            raise _no_model(path, "no such place")
        return path
    # What reads a study takes a while to load, and a file needs none of it.
    from taskgraft.models._of_study import file_of_study  # noqa: PLC0415
    from taskgraft.study import MODEL, STUDY  # noqa: PLC0415

    if os.path.lexists(path / STUDY):
        return file_of_study(path, variant, seed)
    _check_no_study(variant, seed)
    if not os.path.lexists(path / MODEL):
        raise _no_model(path, "another folder")
    return path / MODEL


def _no_model(path: Path, got: str) -> RequestError:
    return RequestError.expected(
        str(path), "a study, one of its runs or a model's file", Phrase(got), "Check the path."
    )


def _check_no_study(variant: str | None, seed: int | None) -> None:
    for name, value in {"variant": variant, "seed": seed}.items():
        if value is not None:
            raise RequestError.expected(
                Parameter(name),
                "left out where the model is no study's",
                value,
                "Name the study's directory.",
            )
