"""The pages: links lead somewhere, the README is short and says what its sources say, its example runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CODE = re.compile(r"^ *```.*?^ *```|^(?: {4}|\t)[^\n]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
MOST_WORDS = 900


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    # The log names pages as they were called in its day.
    names = [] if page.name in ("LOG.md", "CHANGELOG.md") else re.findall(r"`(docs/[\w./-]+\.md)`", text)
    broken = [link for link in links(text) if not leads_somewhere(page, link)]
    assert broken == []
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")],
    ids=lambda page: page.name,
)
def test_files_and_benches_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text()
    files = re.findall(r"\b(?:tests|tools|examples|benchmarks)/[\w./-]+\.(?:py|ipynb)\b", text)
    benches = [f"benchmarks/{name}" for name in re.findall(r"python -m benchmarks\.(\w+)", text)]
    tests = [f"tests/**/{name}" for name in re.findall(r"`(test_\w+\.py)`", text)]
    places = [*files, *(f"{bench}*" for bench in benches), *tests]
    assert [place for place in places if not any(ROOT.glob(place))] == []


def links(text: str) -> list[str]:
    return re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", CODE.sub("", text))


def leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith(("https://", "mailto:")):
        return True
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    return target.exists() and (not anchor or anchor in set(anchors(target)))


def anchors(page: Path) -> Iterator[str]:
    for title in re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_a_broken_link_is_noticed() -> None:
    page = ROOT / "README.md"
    assert not leads_somewhere(page, "docs/no-such-page.md")
    assert not leads_somewhere(page, "docs/statistics.md#no-such-section")
    assert leads_somewhere(page, "docs/statistics.md#the-exact-test")
    assert links("[a](b.md), `[c](d.md)` and ![e](f.png)") == ["b.md", "f.png"]


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= MOST_WORDS


def test_every_number_of_the_readmes_results_stands_on_their_page() -> None:
    [section] = re.findall(r"^## Results on CIFAR-100\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    rows = [line for line in section.splitlines() if line.startswith(("| independent", "| shared"))]
    sentences = [line for line in section.splitlines() if line.startswith(("-", "  "))]
    page = (ROOT / "docs/results/cifar100-fast.md").read_text()
    on_page = set(numbers(page))
    assert len(rows) == 2
    assert [number for line in rows + sentences for number in numbers(line) if number not in on_page] == []


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text)


def test_the_readmes_example_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a small study in place of its own."""
    [example] = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    small = {
        '"cifar100"': 'tg.load("shapes", num_train=160, num_test=40)',
        '"all"': '"independent,shared"',
        "seeds=3": 'seeds=1, epochs=1, recipe="quick"',
        '"runs/x"': repr(str(tmp_path / "x")),
    }
    for words, replacement in small.items():
        assert example.count(words) == 1
        example = example.replace(words, replacement)
    exec(example, {})
    assert len(capsys.readouterr().out.splitlines()) >= 2
    assert (tmp_path / "x/report.html").exists()


def test_each_part_of_the_package_has_a_line_in_contributing() -> None:
    [table] = re.findall(r"^\| package .*?(?=\n\n)", (ROOT / "CONTRIBUTING.md").read_text(), re.M | re.S)
    first_column = [line.split("|")[1] for line in table.splitlines()[2:]]
    named = {name for cell in first_column for name in re.findall(r"`([\w./]+)`", cell)}
    package = ROOT / "src/taskgraft"
    parts = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    parts |= {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    assert sorted(named ^ {*parts, "benchmarks/", "examples/"}) == []


def test_decisions_are_numbered_in_order_and_listed() -> None:
    folder = ROOT / "docs/decisions"
    pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    titles = [re.fullmatch(r"# (\d+)\. (.+)", page.read_text().splitlines()[0]) for page in pages]
    lines = [
        f"| {title[1]} | [{title[2]}]({page.name}) |"
        for title, page in zip(titles, pages, strict=True)
        if title
    ]
    listed = re.findall(r"^\| \d+ \|.*$", (folder / "README.md").read_text(), re.MULTILINE)
    assert [page.name for title, page in zip(titles, pages, strict=True) if not title] == []
    assert [title[1].zfill(4) for title in titles if title] == [page.name[:4] for page in pages]
    assert len({page.name[:4] for page in pages}) == len(pages)
    assert listed == lines


def test_decisions_that_are_named_exist() -> None:
    sources = [*PAGES, *ROOT.glob("src/**/*.py")]
    named = {number for path in sources for number in re.findall(r"decisions/(\d{4})", path.read_text())}
    named |= {
        number.zfill(4) for page in PAGES for number in re.findall(r"\bdecision (\d+)\b", page.read_text())
    }
    assert sorted(n for n in named if not list((ROOT / "docs/decisions").glob(f"{n}-*.md"))) == []
