"""What the server counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from taskgraft.serve._backlog import Backlog

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_PICTURES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The figures of one app; several apps of a process count for themselves.

    Args:
        backlog: What is under way.

    Example:
        >>> from taskgraft.request import ServeLimits
        >>> metrics = Metrics(Backlog(ServeLimits()))
        >>> metrics.request("/predict", 200, 0.01)
        >>> b'taskgraft_requests_total{path="/predict",status="200"} 1.0' in metrics.text()
        True
    """

    def __init__(self, backlog: Backlog) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._requests = Counter(
            "taskgraft_requests", "Requests answered.", ["path", "status"], registry=registry
        )
        self._seconds = Histogram(
            "taskgraft_request_seconds",
            "From a request's headers to its answer.",
            ["path"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._pictures = Counter(
            "taskgraft_pictures", "Pictures by what became of them.", ["outcome"], registry=registry
        )
        self._batch = Histogram(
            "taskgraft_batch_pictures", "Pictures in a batch.", buckets=_PICTURES, registry=registry
        )
        self._predict = Histogram(
            "taskgraft_predict_seconds", "To predict a batch.", buckets=_SECONDS, registry=registry
        )
        self._loads = Counter(
            "taskgraft_model_loads", "Models taken over or refused.", ["model", "outcome"], registry=registry
        )
        queue = Gauge("taskgraft_queue_pictures", "Pictures under way.", registry=registry)
        queue.set_function(lambda: backlog.num_pictures)
        held = Gauge("taskgraft_held_bytes", "Bytes of requests under way.", registry=registry)
        held.set_function(lambda: backlog.num_bytes)

    def request(self, path: str, status: int, seconds: float) -> None:
        """Counts a request, answered or refused."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def pictures(self, num_answered: int, num_bad: int) -> None:
        """Counts the pictures of an answer."""
        self._pictures.labels("answered").inc(num_answered)
        self._pictures.labels("bad").inc(num_bad)

    def batch(self, num_pictures: int, seconds: float) -> None:
        """Counts a batch."""
        self._batch.observe(num_pictures)
        self._predict.observe(seconds)

    def load(self, model: str, *, is_taken: bool) -> None:
        """Counts a model's file that was replaced."""
        self._loads.labels(model, "taken" if is_taken else "refused").inc()

    def text(self) -> bytes:
        """All figures, in the text format of Prometheus."""
        return generate_latest(self._registry)
