"""The page in a real browser: a picture in, the path that `predict` gives out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from running import Running

from taskgraft.data import Dataset
from taskgraft.inference import Model, write_model
from taskgraft.recipe import Recipe
from taskgraft.taxonomy import Level, Taxonomy
from trained_model import trained_model

DESKTOP, PHONE = (1280, 900), (390, 844)
TOKEN = "a-token-of-many-signs"
HOSTILE, ODD_NAME = "<img src=x onerror=alert(1)>", "<i>odd"
Opened = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def hostile_model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    """One whose names mean harm."""
    fine = (HOSTILE, "\"'", "&amp;", "\u202e</script><script>alert(2)</script>")
    levels = (Level("<b>level", ("w" * 200, "</style>x")), Level("fine", fine))
    data = replace(tiny_data, taxonomy=Taxonomy(levels, tiny_data.taxonomy.parents))
    return trained_model(data, tiny_recipe)


@pytest.fixture(scope="module")
def page_server(
    model_file: Path, hostile_model: Model, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    hostile = tmp_path_factory.mktemp("page") / "hostile.safetensors"
    write_model(hostile, hostile_model.network, hostile_model.description)
    with Running([f"one={model_file}", f"{ODD_NAME}={hostile}"]) as server:
        yield server
        server.stop()


@pytest.fixture
def opened(browser: Browser, page_server: Running) -> Opened:
    """Opens the page; at its end nothing was wrong, and nothing but the server was asked."""

    @contextmanager
    def open_page(
        size: tuple[int, int] = DESKTOP, scheme: Any = "light", server: Running = page_server
    ) -> Iterator[Page]:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
        )
        page, address = context.new_page(), f"http://127.0.0.1:{server.port}/"
        troubles: list[str] = []
        requests: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on(
            "console",
            lambda message: troubles.append(message.text) if "status of 4" not in message.text else None,
        )
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        yield page
        assert troubles == []
        foreign = [url for url in requests if not url.startswith((address, "blob:", "data:"))]
        assert foreign == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        context.close()

    return open_page


def upload(page: Page, file: bytes, name: str = "mine.png") -> None:
    expect(page.locator("#about")).not_to_be_empty()
    page.locator("#file").set_input_files({"name": name, "mimeType": "image/png", "buffer": file})
    page.locator("#tree li").first.wait_for()
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")


def chosen(page: Page) -> list[str]:
    """The names along the path, as the tree shows it."""
    return page.locator("#tree .line.on .name").all_inner_texts()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_picture_shows_the_path_that_predict_gives(
    opened: Opened, files: list[bytes], model: Model, size: tuple[int, int]
) -> None:
    with opened(size) as page:
        for file in files[:4]:
            (prediction,) = model.predict(file)
            upload(page, file)
            assert chosen(page) == [node.name for node in prediction.path]
            said = page.locator("#say strong").inner_text()
            assert said == " › ".join(node.name for node in prediction.path)
            shown = page.locator("#tree .line.on .prob").all_inner_texts()
            for text, node in zip(shown, prediction.path, strict=True):
                assert float(text.strip("<> %")) == pytest.approx(100 * node.prob, abs=0.6)


def test_siblings_stand_beside_the_path_and_alternatives_below(
    opened: Opened, files: list[bytes], model: Model
) -> None:
    with opened() as page:
        upload(page, files[0])
        names = page.locator("#tree .name").all_inner_texts()
        (prediction,) = model.predict(files[0], num_alternatives=5)
        parent = model.taxonomy.levels[0].classes.index(prediction.path[0].name)
        under = [
            name
            for name, up in zip(model.taxonomy.levels[1].classes, model.taxonomy.parents[0], strict=True)
            if up == parent
        ]
        assert sorted(names) == sorted([*model.taxonomy.levels[0].classes, *under])
        paths = page.locator("#paths li .line > .name").all_inner_texts()
        assert paths == [" › ".join(node.name for node in path) for path in prediction.alternatives]


def test_the_slider_cuts_the_path_where_the_server_would(
    opened: Opened, files: list[bytes], model: Model
) -> None:
    with opened() as page:
        slider = page.get_by_label("How often must an answer be right?")
        depths = set()
        for file in files[:6]:
            upload(page, file)
            for place in range(int(slider.get_attribute("max") or 0) + 1):
                slider.fill(str(place))
                text = slider.get_attribute("aria-valuetext") or ""
                sure = page.locator("#tree .line.sure").count()
                if place == 0:
                    assert text == "Every level is answered, sure or not."
                    assert sure == model.taxonomy.num_levels
                    continue
                target = float(text.removeprefix("At least ").partition(" %")[0]) / 100
                (prediction,) = model.predict(file, target_accuracy=target)
                assert sure == prediction.depth
                depths.add(prediction.depth)
                if prediction.depth == 0:
                    assert page.locator("#say strong").inner_text() == "Not sure of anything."
                if prediction.reason:
                    assert page.locator("#why").inner_text().startswith("It stops before ")
        assert len(depths) > 1


def test_a_keyboard_is_enough(opened: Opened, files: list[bytes]) -> None:
    with opened() as page:
        upload(page, files[0])
        page.locator("#target").focus()
        before = page.locator("#promise").inner_text()
        page.keyboard.press("ArrowRight")
        assert page.locator("#promise").inner_text() != before
        reached = set()
        page.locator("body").click(position={"x": 2, "y": 2})
        for _ in range(6):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id"))
        assert {"file", "target", "model"} <= reached


def test_a_picture_may_be_dropped_or_pasted(opened: Opened, files: list[bytes], model: Model) -> None:
    make = """async ([kind, numbers]) => {
      const file = new File([new Uint8Array(numbers)], "dropped.png", {type: "image/png"});
      const data = new DataTransfer();
      data.items.add(file);
      const options = {bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data};
      const event = kind === "drop" ? new DragEvent(kind, options) : new ClipboardEvent(kind, options);
      document.body.dispatchEvent(event);
    }"""
    with opened() as page:
        expect(page.locator("#about")).not_to_be_empty()
        for kind, file in (("drop", files[0]), ("paste", files[1])):
            page.evaluate(make, [kind, list(file)])
            expected = [node.name for node in model.predict(file)[0].path]
            expect(page.locator("#tree .line.on .name")).to_have_text(expected)


def test_what_is_no_picture_is_said_and_the_next_one_is_answered(opened: Opened, files: list[bytes]) -> None:
    with opened() as page:
        expect(page.locator("#about")).not_to_be_empty()
        page.locator("#file").set_input_files(
            {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
        )
        fault = page.get_by_role("alert")
        expect(fault).to_contain_text("Expected the picture to be readable, but got not a JPEG")
        assert page.locator("#say").inner_text() == "Nothing yet."
        upload(page, files[0])
        expect(fault).to_be_hidden()


def test_names_that_mean_harm_are_only_names(
    opened: Opened, files: list[bytes], hostile_model: Model
) -> None:
    with opened(PHONE) as page:
        upload(page, files[0], name=f"{HOSTILE}.png")
        page.get_by_label("Model").select_option(label=ODD_NAME)
        expected = [node.name for node in hostile_model.predict(files[0])[0].path]
        expect(page.locator("#tree .line.on .name")).to_have_text(expected)
        assert page.locator("main img").count() == 1
        assert page.locator("script").count() == 1
        assert page.locator("#about").inner_text().startswith(ODD_NAME)


def test_a_token_is_asked_for_where_there_is_one(
    opened: Opened, files: list[bytes], model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKGRAFT_TOKEN", TOKEN)
    with Running([str(model_file)]) as server, opened(server=server) as page:
        field = page.get_by_label("This server needs a token")
        field.fill("another-token-than-it")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Expected the header Authorization")
        field.fill(TOKEN)
        field.press("Enter")
        expect(field).to_be_hidden()
        upload(page, files[0])
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert page.context.cookies() == []


def test_a_policy_lets_its_script_and_its_style_in_and_nothing_else(page_server: Running) -> None:
    raw = page_server.exchange(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").decode()
    policy = next(
        line for line in raw.splitlines() if line.lower().startswith("content-security-policy")
    ).partition(": ")[2]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert (
        rules["default-src"]
        == rules["base-uri"]
        == rules["form-action"]
        == rules["frame-ancestors"]
        == "'none'"
    )
    assert rules["connect-src"] == "'self'"
    assert rules["script-src"].startswith("'sha256-")
    assert rules["style-src"].startswith("'sha256-")
    assert "unsafe" not in policy
    assert "http:" not in raw.partition("\n\n")[2].replace("http://www.w3.org", "")
    assert "https:" not in raw


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE)]
)
def test_axe_finds_nothing_serious_on_the_page(
    opened: Opened, files: list[bytes], scheme: str, size: tuple[int, int]
) -> None:
    with opened(size, scheme) as page:
        expect(page.locator("#about")).not_to_be_empty()
        for step in ("empty", "answered", "cut"):
            if step == "answered":
                upload(page, files[0])
            if step == "cut":
                page.locator("#target").fill(page.locator("#target").get_attribute("max") or "0")
            serious = [
                (step, one["id"], [node["html"][:200] for node in one["nodes"][:3]])
                for one in Axe().run(page).response["violations"]
                if one["impact"] in ("serious", "critical")
            ]
            assert serious == []
