import os
import socket
import subprocess
import sys

import pytest

from taskgraft.lock_holder import Holder


def test_this_process_is_read_back_and_alive() -> None:
    holder = Holder.this_process()
    assert Holder.of(holder.record.encode()) == holder
    assert (holder.is_here, holder.is_dead) == (True, False)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"12\n",
        b"12\nhost",
        b"x\nhost\n",
        b"0\nhost\n",
        b"12\nhost\nsoon\n",
        b"12\nhost\n1\n2\n",
        b"-1\nhost\n",
        b"99999999999\nhost\n",
        bytes(100),
    ],
)
def test_what_is_no_record_names_nobody(record: bytes) -> None:
    assert Holder.of(record) is None


def test_a_process_that_ended_is_dead_even_if_nobody_asked_how() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Holder(child.pid, socket.gethostname(), None).is_dead
    assert Holder(child.pid, socket.gethostname(), None).is_dead


def test_a_number_that_another_process_has_by_now_is_dead() -> None:
    holder = Holder.this_process()
    assert holder.start is not None
    assert Holder(holder.process, holder.machine, holder.start - 1).is_dead
    assert not Holder(holder.process, holder.machine, None).is_dead


@pytest.mark.parametrize("machine", ["elsewhere", f"{socket.gethostname()}?pidns-1"])
def test_nothing_is_known_of_other_machines(machine: str) -> None:
    holder = Holder(2**31 - 1, machine, 1)
    assert (holder.is_here, holder.is_dead) == (False, False)
