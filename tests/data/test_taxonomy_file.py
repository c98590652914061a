from __future__ import annotations

import json
from pathlib import Path

import pytest

from taskgraft.data.taxonomy_file import read_taxonomy
from taskgraft.errors import TaxonomyError
from taskgraft.taxonomy import Taxonomy

TREE = Taxonomy.from_names(
    ["level_1", "level_2"], [("pet", "cat"), ("pet", "dog"), ("car", "van"), ("car", "bus")]
)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "child,parent\ncat,pet\ndog,pet\nvan,car\nbus,car\npet,\ncar,\n"),
        ("t.csv", "\ufeffParent,Child\npet,cat\npet,dog\ncar,van\ncar,bus\n"),
        ("t.csv", "child,parent\npet,thing\ncar,thing\ncat,pet\ndog,pet\nvan,car\nbus,car\n"),
        ("t.csv", "level_1,level_2\npet,cat\npet,dog\ncar,van\ncar,bus\n"),
        ("t.json", '{"pet": ["cat", "dog"], "car": {"van": {}, "bus": null}}'),
        ("t.json", '{"thing": {"pet": ["cat", "dog"], "car": ["van", "bus"]}}'),
        ("t.json", json.dumps(TREE.to_dict())),
    ],
)
def test_every_form_gives_the_same_tree(tmp_path: Path, name: str, text: str) -> None:
    found = read_taxonomy(written(tmp_path, name, text))
    assert found.level_names == TREE.level_names
    parents = {
        name: found.levels[0].classes[k]
        for name, k in zip(found.levels[1].classes, found.parents[0], strict=True)
    }
    assert parents == {"cat": "pet", "dog": "pet", "van": "car", "bus": "car"}


def test_a_class_that_ends_early_goes_on_as_itself(tmp_path: Path) -> None:
    text = '{"fruit": {"apple": null, "citrus": ["lemon", "lime"]}, "bread": null}'
    found = read_taxonomy(written(tmp_path, "t.json", text), ["kind", "family", "sort"])
    assert found.level_names == ("kind", "family", "sort")
    assert [level.classes for level in found.levels] == [
        ("fruit", "bread"), ("apple", "citrus", "bread"), ("apple", "lemon", "lime", "bread"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "t.csv",
            "child,parent\na,b\nb,a\n",
            'a tree of classes, but got "no class that is',
        ),
        ("t.csv", "child,parent\nx,a\na,b\nb,a\n", "free of cycles, but got 'x under a under b under a'"),
        ("t.csv", "child,parent\na,b\na,c\n", "class 'a' of"),
        ("t.csv", "child,parent\na\n", "line 2 of"),
        ("t.csv", "child,parent\n,b\n", "a child and its parent, but got ',b'"),
        ("t.json", "{", "a readable taxonomy file"),
        ("t.json", "[" * 100_000, "a readable taxonomy file"),
        ("t.json", "{}", "a tree of classes"),
        (
            "t.json",
            '{"a":' * 11 + "{}" + "}" * 11,
            "at most 8 levels deep",
        ),
        ("t.json", '{"pet": ["cat"], "car": ["cat"]}', "class 'cat' to be under one parent"),
    ],
)
def test_what_is_no_tree_is_refused_in_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        read_taxonomy(written(tmp_path, name, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_level_names_must_be_as_many_as_the_levels(tmp_path: Path) -> None:
    path = written(tmp_path, "t.json", '{"pet": ["cat", "dog"], "car": ["van"]}')
    with pytest.raises(TaxonomyError, match="the level names to be 2, one for each level"):
        read_taxonomy(path, ["a", "b", "c"])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"none\.csv to be a readable taxonomy file"):
        read_taxonomy(tmp_path / "none.csv")
