from __future__ import annotations

import threading
import warnings

import pytest

from taskgraft.pictures import quiet_pillow


def warn_as(module: str) -> None:
    warnings.warn_explicit("odd", UserWarning, f"{module}.py", 1, module=module, registry={})


def test_only_pillow_is_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet_pillow():
            warn_as("PIL.TiffImagePlugin")
            with pytest.raises(UserWarning):
                warn_as("PILGRIM")
        with pytest.raises(UserWarning):
            warn_as("PIL.TiffImagePlugin")


def test_threads_that_overlap_leave_the_filters_as_they_were() -> None:
    before = list(warnings.filters)
    both_in, may_leave = threading.Barrier(2), threading.Event()

    def stay() -> None:
        with quiet_pillow():
            both_in.wait()
            may_leave.wait()

    thread = threading.Thread(target=stay)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet_pillow():
            thread.start()
            both_in.wait()
        warn_as("PIL.Image")  # one is still in
        may_leave.set()
        thread.join()
        with pytest.raises(UserWarning):
            warn_as("PIL.Image")
    assert list(warnings.filters) == before
