"""64 clients at twice what the server can do: only 200 and 503, quick answers, flat memory, nothing lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
from running import Running, resident_bytes

from benchmarks.load import Outcome, load, loaded, picture_request
from benchmarks.rivals import pictures
from benchmarks.serving import write_untrained_model

pytestmark = pytest.mark.torture

NUM_CLIENTS, NUM_SLICES = 64, 6
# An hour by hand: TASKGRAFT_TORTURE_SECONDS=3600.
SECONDS = float(os.environ.get("TASKGRAFT_TORTURE_SECONDS", "60"))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of a network that takes milliseconds a picture, with a queue for short waits."""
    place = tmp_path_factory.mktemp("busy") / "model.safetensors"
    write_untrained_model(place, "fast")
    words = ["--batch-size", "4", "--queue-size", "6", "--num-pictures", "4", "--num-connections", "128"]
    with Running([str(place), *words]) as server:
        yield server
        server.stop()


def requests() -> list[bytes]:
    return [picture_request(file) for file in pictures(32, 32)]


def test_twice_its_capacity(busy: Running) -> None:
    files, slice_seconds = requests(), SECONDS / NUM_SLICES
    load(busy.port, files, 4, 5)  # every batch size once
    # As many clients as fill its queue.
    capacity = load(busy.port, files, 6, max(5, slice_seconds / 2)).rate
    pid = busy.process._process.pid or 0
    load(busy.port, files, NUM_CLIENTS, 5, rate=2 * capacity)
    before = resident_bytes(pid)
    alone, crowded = Outcome(), Outcome()
    # In alternation: the machine may be busy with something else.
    for _ in range(NUM_SLICES):
        alone.add(load(busy.port, files, 1, slice_seconds / 2))
        crowded.add(load(busy.port, files, NUM_CLIENTS, slice_seconds, rate=2 * capacity))
    growth = resident_bytes(pid) - before
    p99, unloaded = crowded.percentile(99), alone.percentile(99)
    print(
        f"\nalone: {alone.rate:.0f}/s, p50 {1e3 * alone.percentile(50):.1f} ms, p99 {1e3 * unloaded:.1f} ms; "
        f"capacity {capacity:.0f}/s; offered {2 * capacity:.0f}/s for {SECONDS:g} s: {crowded}; "
        f"answered {crowded.rate:.0f}/s, p50 {1e3 * crowded.percentile(50):.1f} ms, p99 {1e3 * p99:.1f} ms "
        f"({p99 / unloaded:.2f} times); memory {before >> 20} MB, growth {growth / 2**20:.1f} MB"
    )
    assert set(crowded.latencies) == {200, 503}
    assert (crowded.num_cut, crowded.num_unanswered, crowded.num_refused) == (0, 0, 0)
    assert p99 < 4 * unloaded
    assert growth < 20 * 2**20
    assert crowded.rate > 0.7 * capacity
    assert busy.lines == []


def test_nothing_is_lost_when_it_stops_under_load(busy: Running) -> None:
    async def stopped() -> Outcome:
        under_load = asyncio.create_task(loaded(busy.port, requests(), NUM_CLIENTS, 6, rate=600))
        await asyncio.sleep(2)
        busy.process.send_signal(signal.SIGTERM)
        return await under_load

    outcome = asyncio.run(stopped())
    print(f"\nstopped under load: {outcome}")
    assert busy.end() == 0
    assert set(outcome.latencies) <= {200, 503}
    assert outcome.num_refused > 0
    assert (outcome.num_cut, outcome.num_unanswered) == (0, 0), outcome
