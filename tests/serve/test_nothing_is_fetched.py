"""No address is ever fetched: not by the server, whatever a request names, nor for a model on the disk."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from heard import asked_for_addresses, used_locally

from forked import Forked


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_server_fetches_no_address_that_a_request_names(
    scheme: str, model_file: Path, files: list[bytes], tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(files[0])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        place = (
            f"127.0.0.1:{listening.getsockname()[1]}/a.png" if scheme == "http" else f"{tmp_path}/secret.png"
        )
        statuses, deeds = Forked(asked_for_addresses, model_file, files[0], f"{scheme}://{place}").result()
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert deeds == []
    # Those that hold a picture, too, are answered; all others are refused.
    assert statuses.count(200) == 3
    assert set(statuses) <= {200, 400, 404, 413, 415, 422}


def test_a_models_file_and_pictures_on_the_disk_need_no_network(
    model_file: Path, files: list[bytes], tmp_path: Path
) -> None:
    for number, file in enumerate(files[:3]):
        (tmp_path / f"{number}.png").write_bytes(file)
    codes, deeds = Forked(used_locally, model_file, tmp_path).result()
    assert codes == [0, 0]
    assert deeds == []
