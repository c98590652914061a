"""The door for scikit-learn's users: an extra, `pip install taskgraft[sklearn]`."""

from taskgraft.errors import RequestError

try:
    from taskgraft.estimator import TaskgraftClassifier
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "sklearn":
        raise
    raise RequestError.expected(
        "TaskgraftClassifier", "used with scikit-learn installed", "none", "pip install taskgraft[sklearn]."
    ) from None

__all__ = ["TaskgraftClassifier"]
