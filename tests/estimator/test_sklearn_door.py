from __future__ import annotations

import subprocess
import sys

from taskgraft.estimator import TaskgraftClassifier as Inside
from taskgraft.sklearn import TaskgraftClassifier


def test_the_door_opens_on_the_estimator() -> None:
    assert TaskgraftClassifier is Inside


def test_without_scikit_learn_the_error_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from taskgraft.errors import RequestError\n"
        "try:\n    import taskgraft.sklearn\n"
        "except RequestError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "Expected TaskgraftClassifier to be used with scikit-learn installed, but got 'none'. "
        "pip install taskgraft[sklearn].\n"
    )
