"""Pictures of many requests in batches: whose answer is whose, and what happens when one fails."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskgraft.serve._batches import Batches


def pixels(value: int, number: int = 1) -> Any:
    return np.full((number, 1, 2, 2), value, np.uint8)


class Recorder:
    """Predicts the first pixel of each picture, and notes each batch; held until it is let go."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[int]]] = []
        self.may_go = threading.Event()
        self.may_go.set()

    def __call__(self, model: str, batch: Any) -> Any:
        self.may_go.wait(10)
        self.batches.append((model, batch[:, 0, 0, 0].tolist()))
        return batch[:, 0, 0, 0]


@settings(deadline=None, max_examples=40)
@given(
    sizes=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5)), min_size=1, max_size=20),
    batch_size=st.integers(1, 8),
)
def test_everybody_gets_the_answer_to_their_pictures(sizes: list[tuple[str, int]], batch_size: int) -> None:
    recorder = Recorder()
    batches: Batches[str, Any] = Batches(recorder, batch_size, 0.0)

    async def one(place: int, model: str, number: int) -> None:
        answer, part = await batches.predict(model, pixels(place, number))
        assert answer[part].tolist() == [place] * number

    async def all_of_them() -> None:
        await asyncio.gather(*(one(i, model, number) for i, (model, number) in enumerate(sizes)))

    asyncio.run(all_of_them())
    assert sum(len(batch) for _, batch in recorder.batches) == sum(number for _, number in sizes)
    for model, batch in recorder.batches:
        # Of one model, and no larger than wanted unless one request is.
        assert len(batch) <= batch_size or len(set(batch)) == 1
        assert {sizes[place][0] for place in batch} == {model}


def test_what_comes_meanwhile_is_predicted_together() -> None:
    recorder = Recorder()
    batches: Batches[str, Any] = Batches(recorder, 4, 0.0)

    async def run() -> None:
        recorder.may_go.clear()
        first = asyncio.create_task(batches.predict("m", pixels(0)))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(batches.predict("m", pixels(i))) for i in range(1, 7)]
        await asyncio.sleep(0.05)
        recorder.may_go.set()
        await asyncio.gather(first, *rest)

    asyncio.run(run())
    assert recorder.batches == [("m", [0]), ("m", [1, 2, 3, 4]), ("m", [5, 6])]


def test_the_first_waits_for_others_if_it_is_to() -> None:
    recorder = Recorder()
    batches: Batches[str, Any] = Batches(recorder, 3, 5.0)

    async def run() -> None:
        async def later(value: int) -> None:
            await asyncio.sleep(0.02 * value)
            await batches.predict("m", pixels(value))

        # A full batch waits no longer.
        await asyncio.wait_for(asyncio.gather(*map(later, range(3))), 2)

    asyncio.run(run())
    assert recorder.batches == [("m", [0, 1, 2])]


def test_a_fault_is_everybodys_in_the_batch_and_nobodys_after_it() -> None:
    def predict(model: str, batch: Any) -> Any:
        if (batch == 13).any():
            raise ValueError("unlucky")
        return batch[:, 0, 0, 0]

    batches: Batches[str, Any] = Batches(predict, 8, 0.01)

    async def run() -> None:
        both = await asyncio.gather(
            batches.predict("m", pixels(13)), batches.predict("m", pixels(1)), return_exceptions=True
        )
        assert [str(each) for each in both] == ["unlucky", "unlucky"]
        answer, part = await batches.predict("m", pixels(2))
        assert answer[part].tolist() == [2]

    asyncio.run(run())


def test_who_has_given_up_is_not_predicted() -> None:
    recorder = Recorder()
    batches: Batches[str, Any] = Batches(recorder, 1, 0.0)

    async def run() -> None:
        recorder.may_go.clear()
        first = asyncio.create_task(batches.predict("m", pixels(0)))
        await asyncio.sleep(0.05)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await batches.predict("m", pixels(1))
        last = asyncio.create_task(batches.predict("m", pixels(2)))
        await asyncio.sleep(0)
        recorder.may_go.set()
        await asyncio.gather(first, last)

    asyncio.run(run())
    assert recorder.batches == [("m", [0]), ("m", [2])]


def test_it_works_in_one_loop_after_another() -> None:
    batches: Batches[str, Any] = Batches(Recorder(), 4, 0.001)
    for value in range(3):
        answer, part = asyncio.run(batches.predict("m", pixels(value)))
        assert answer[part].tolist() == [value]
