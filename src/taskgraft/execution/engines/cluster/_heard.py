"""The events of a run that was begun again elsewhere: what was said before is not said twice."""

from __future__ import annotations

from taskgraft.events import EpochDone, RunEvent, StepDone, TrainingResumed, TrainingStarted
from taskgraft.execution._events import EngineEvent, RunBegan, RunProgress


class OnceEach:
    """Of all attempts at one run lets each event pass once.

    Example:
        >>> once = OnceEach()
        >>> step = RunProgress("shared", 0, StepDone(7))
        >>> once.passes(RunBegan("shared", 0)), once.passes(step)
        (True, True)
        >>> once.begin_again()
        >>> once.passes(RunBegan("shared", 0)), once.passes(step)
        (False, False)
        >>> once.passes(RunProgress("shared", 0, StepDone(8)))
        True
    """

    def __init__(self) -> None:
        self._has_begun = self._is_again = False
        self._num_steps = 0
        self._step = self._epoch_step = 0

    def begin_again(self) -> None:
        """What comes now is of the next attempt."""
        self._is_again = True

    def passes(self, event: EngineEvent) -> bool:
        """Whether an event is new."""
        if isinstance(event, RunBegan):
            is_first, self._has_begun = not self._has_begun, True
            return is_first
        return not isinstance(event, RunProgress) or self._is_new(event.event)

    def _is_new(self, event: RunEvent) -> bool:
        match event:
            case TrainingStarted():
                is_same = self._is_again and event.num_steps == self._num_steps
                if not is_same:
                    self._num_steps, self._step, self._epoch_step = event.num_steps, 0, 0
                return not is_same
            case TrainingResumed():
                return not self._is_again
            case StepDone():
                is_new = event.step > self._step
                self._step = max(self._step, event.step)
                return is_new
            case EpochDone():
                is_new = event.row.step > self._epoch_step
                self._epoch_step = max(self._epoch_step, event.row.step)
                self._step = max(self._step, event.row.step)
                return is_new
        return True
