"""Who may come in: the token, the name by which the server is called, and headers within limits."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from taskgraft.errors import RequestError
from taskgraft.inference import Model
from taskgraft.serve import create_app

TOKEN = "a-token-of-many-signs"


@pytest.fixture(scope="module")
def guarded(model: Model) -> TestClient:
    return TestClient(create_app(model, token=TOKEN), base_url="http://localhost")


@pytest.mark.parametrize("path", ["/taxonomy", "/metrics", "/openapi.json", "/nowhere"])
@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer \xe9", "Bearer " + "x" * 9999],
)
def test_without_the_token_nobody_comes_in(guarded: TestClient, path: str, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header.encode("latin-1")}
    response = guarded.get(path, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["error"].startswith("Expected the header Authorization to be Bearer and the token")
    assert TOKEN not in response.text


def test_with_the_token_everybody_does(guarded: TestClient, files: list[bytes]) -> None:
    headers = {"authorization": f"bearer {TOKEN}", "content-type": "image/png"}
    assert guarded.post("/predict", content=files[0], headers=headers).status_code == 200
    assert guarded.get("/taxonomy", headers=headers).status_code == 200


def test_health_and_page_need_no_token_and_say_nothing_of_the_models(guarded: TestClient) -> None:
    assert guarded.get("/health").json() == {"status": "ok"}
    assert guarded.get("/").status_code == 200
    assert guarded.get("/health", headers={"authorization": f"Bearer {TOKEN}"}).json()["models"]


@pytest.mark.parametrize("token", ["", "short", "with a line\nend in it", "signs of any kind \xe9"])
def test_a_token_is_long_and_fits_into_a_header(model: Model, token: str) -> None:
    with pytest.raises(RequestError, match="Expected the token to be 16 signs of ASCII or more") as error:
        create_app(model, token=token)
    assert not token or token not in str(error.value)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "10.1.2.3", "a.localhost:1", "LOCALHOST"]
)
def test_addresses_and_localhost_are_names_of_the_server(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "", "127.0.0.1.evil.example"]
)
def test_a_name_that_anybody_may_point_here_is_none(client: TestClient, host: str) -> None:
    response = client.get("/health", headers={"host": host})
    assert response.status_code == 421
    assert "with that name among its hosts" in response.json()["error"]


def test_a_name_may_be_allowed_and_with_a_token_any_is(model: Model, guarded: TestClient) -> None:
    client = TestClient(create_app(model, allow_hosts=["Pictures.example"]), base_url="http://localhost")
    assert client.get("/health", headers={"host": "pictures.example:80"}).status_code == 200
    assert client.get("/health", headers={"host": "other.example"}).status_code == 421
    assert guarded.get("/health", headers={"host": "other.example"}).status_code == 200


def test_headers_are_few_and_small(model: Model) -> None:
    client = TestClient(create_app(model, num_headers=20, header_bytes=2000), base_url="http://localhost")
    assert client.get("/health").status_code == 200
    for headers in ({f"x-{i}": "1" for i in range(40)}, {"x": "y" * 3000}):
        response = client.get("/health", headers=headers)
        assert response.status_code == 431
        assert response.json()["error"].startswith("Expected the headers to be at most 20 of 2,000 bytes")


def test_web_sockets_are_closed(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/predict"):
        pass
