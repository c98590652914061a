"""From a place that somebody names to a trained model, ready to predict."""

from __future__ import annotations

from pathlib import Path

from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.inference import Model, read_model
from taskgraft.kinds import NAME, NONE, PATH, WHOLE_NUMBER, check_kinds
from taskgraft.models._hub import fetched, is_on_hub
from taskgraft.parameter import Parameter
from taskgraft.study import MODEL, STUDY, RunRecord, Study, run_directory
from taskgraft.verdict import conclude


def load_model(place: Path | str, *, variant: str | None = None, seed: int | None = None) -> Model:
    """Reads a trained model from a file, a run or a study.

    Args:
        place: A `model.safetensors`, a run's directory, that of a study, or `hf:USER/NAME` on the hub.
        variant: Which one of a study; unless given, the only one, or the one that its verdict recommends.
        seed: Of which run; unless given, of the one that scores highest on the validation images.

    Raises:
        RequestError: If there is nothing at the place, or no such variant or seed, or nothing is recommended.
        ModelFileError: If the model's file is damaged.
        StudyError: If the study is.

    Example:
        >>> model = load_model("study")  # doctest: +SKIP
        >>> model.predict("photo.jpg")[0].sure  # doctest: +SKIP
    """
    return read_model(model_file(place, variant=variant, seed=seed))


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
    if (path / STUDY).exists():
        study = Study.open(path)
        run = _run_of(study, variant, seed)
        return run_directory(path, run.variant, run.seed) / MODEL
    _check_no_study(variant, seed)
    if path.is_dir() and not (path / MODEL).exists():
        raise RequestError.expected(
            str(path),
            "a study, one of its runs or a model's file",
            Phrase("another folder"),
            "Check the path.",
        )
    if not path.exists():
        raise RequestError.expected(
            str(path),
            "a study, one of its runs or a model's file",
            Phrase("no such place"),
            "Check the path.",
        )
    return path / MODEL if path.is_dir() else path


def _check_no_study(variant: str | None, seed: int | None) -> None:
    for name, value in {"variant": variant, "seed": seed}.items():
        if value is not None:
            raise RequestError.expected(
                Parameter(name),
                "left out where the model is no study's",
                value,
                "Name the study's directory.",
            )


def _run_of(study: Study, variant: str | None, seed: int | None) -> RunRecord:
    """The finished run that is wanted."""
    names = list(dict.fromkeys(run.variant for run in study.runs))
    if variant is not None and variant not in names:
        raise unknown_name(Parameter("variant"), variant, names)
    if variant is None:
        variant = names[0] if len(names) == 1 else _recommended(study)
    runs = {run.seed: run for run in study.runs if run.variant == variant}
    if seed is None:
        return max(runs.values(), key=lambda run: _merit(run, study.taxonomy.level_names[-1]))
    if seed not in runs:
        raise RequestError.expected(
            Parameter("seed"), f"one of the finished runs of {variant}", seed, f"They are {_listed(runs)}."
        )
    return runs[seed]


def _recommended(study: Study) -> str:
    recommendation = conclude(study).recommendation
    if recommendation is None:
        raise RequestError.expected(
            Parameter("variant"),
            "given where a study recommends none",
            Phrase("none"),
            f"They are {', '.join(dict.fromkeys(run.variant for run in study.runs))}.",
        )
    return recommendation.variant


def _merit(run: RunRecord, finest: str) -> float:
    """What chooses between seeds: validation images, never the test split; of equals the first is taken."""
    scores = run.val_scores
    return scores.get("full_path_accuracy", scores.get(f"accuracy.{finest}", 0.0)) or 0.0


def _listed(seeds: dict[int, RunRecord]) -> str:
    return ", ".join(map(str, sorted(seeds)))
