from __future__ import annotations

import json
from pathlib import Path

import pytest

from taskgraft.data.sources._taxonomy_file import read_taxonomy, read_taxonomy_file
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
        ("t.csv", "id,child,parent\n1,cat,pet\n2,dog,pet\n3,van,car\n4,bus,car\n"),
        ("t.csv", "\ufeffParent,Child\npet,cat\npet,dog\ncar,van\ncar,bus\n"),
        ("t.csv", "child,parent\npet,thing\ncar,thing\ncat,pet\ndog,pet\nvan,car\nbus,car\n"),
        ("t.csv", "level_1,level_2\npet,cat\npet,dog\ncar,van\ncar,bus\n"),
        ("t.json", '{"pet": ["cat", "dog"], "car": {"van": {}, "bus": null}}'),
        ("t.json", '{"thing": {"pet": ["cat", "dog"], "car": ["van", "bus"]}}'),
        ("t.json", json.dumps(TREE.to_dict())),
    ],
)
def test_every_form_gives_the_same_tree(tmp_path: Path, name: str, text: str) -> None:
    outcome = read_taxonomy(written(tmp_path, name, text))
    assert outcome.level_names == TREE.level_names
    parents = {
        name: outcome.levels[0].classes[k]
        for name, k in zip(outcome.levels[1].classes, outcome.parents[0], strict=True)
    }
    assert parents == {"cat": "pet", "dog": "pet", "van": "car", "bus": "car"}


def test_a_class_that_ends_early_goes_on_as_itself(tmp_path: Path) -> None:
    text = '{"fruit": {"apple": null, "citrus": ["lemon", "lime"]}, "bread": null}'
    outcome = read_taxonomy(written(tmp_path, "t.json", text), ["kind", "family", "sort"])
    assert outcome.level_names == ("kind", "family", "sort")
    assert [level.classes for level in outcome.levels] == [
        ("fruit", "bread"),
        ("apple", "citrus", "bread"),
        ("apple", "lemon", "lime", "bread"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "t.csv",
            "child,parent\na,b\nb,a\n",
            "a tree of classes, but got 'no leaf'",
        ),
        ("t.csv", "child,parent\nx,a\na,b\nb,a\n", "free of cycles, but got 'x under a under b under a'"),
        ("t.csv", "child,parent\na,b\na,c\n", "class 'a' of"),
        (
            "t.csv",
            "name,parent\na,b\nc,b\n",
            "child and parent, or the names of levels, but got 'name,parent'",
        ),
        ("t.csv", "child,parent\na\n", "line 2 of"),
        ("t.csv", "child,parent\n,b\n", "a child and its parent, but got ',b'"),
        ("t.json", "{", "a readable taxonomy file"),
        ("t.json", "[" * 100_000, "a readable taxonomy file"),
        ("t.json", "{}", "a tree of classes"),
        (
            "t.json",
            '{"a":' * 19 + "{}" + "}" * 19,
            "at most 16 levels deep",
        ),
        (
            "t.json",
            '{"pet": ["cat"], "car": ["van"], "pet": ["dog"]}',
            "written once under its parent, but got",
        ),
        ("t.json", '{"pet": [null]}', "every class of"),
        ("t.json", '{"pet": [1.5, "cat"]}', "to be a name, but got 1.5. Write it as a text."),
        ("t.json", '{"pet": ["\\ud800"]}', "which is no Unicode"),
        ("t.csv", "", "a header of level names and a line per leaf, but got 'an empty file'"),
        ("t.csv", "a,b\nx,1\ny\n", "line 3 of"),
        ("t.json", "[1, 2]", "a taxonomy to be {levels: [{name, classes}], parents: [[int]]}"),
        ("t.json", '{"levels": [{"name": "a"}], "parents": []}', "KeyError('classes')"),
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


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_a_spreadsheet_may_begin_with_a_mark_and_hold_blank_lines(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"taxonomy{suffix}"
    path.write_text("animal,breed\ncat,siamese\ndog,poodle\n\ndog,boxer\n", encoding="utf-8-sig")
    assert read_taxonomy(path).parents == ((0, 1, 1),)


def test_white_space_at_the_ends_of_names_is_dropped_in_every_form(tmp_path: Path) -> None:
    for name, text in (
        ("a.csv", " kind ,thing\nfood ,pear\nfood, plum\ntool,saw\n"),
        ("b.csv", "child,parent\npear,food \n plum,food\nsaw,tool\n"),
        ("c.json", '{"food ": [" pear", "plum "], "tool": ["saw"]}'),
    ):
        taxonomy = read_taxonomy(written(tmp_path, name, text))
        assert [level.classes for level in taxonomy.levels] == [("food", "tool"), ("pear", "plum", "saw")]


def test_a_name_under_two_parents_is_two_classes(tmp_path: Path) -> None:
    for name, text in (
        ("a.csv", "kingdom,genus\nanimals,morus\nanimals,canis\nplants,morus\n"),
        ("b.json", '{"animals": ["morus", "canis"], "plants": ["morus"]}'),
    ):
        taxonomy = read_taxonomy(written(tmp_path, name, text))
        assert taxonomy.levels[1].classes == ("animals/morus", "canis", "plants/morus")


def test_a_line_may_end_early_or_skip_a_rank(tmp_path: Path) -> None:
    text = "order,family,genus\na,f,g\na,f,h\nb,,k\nc,,\n"
    taxonomy = read_taxonomy(written(tmp_path, "t.csv", text))
    assert [level.classes for level in taxonomy.levels] == [
        ("a", "b", "c"),
        ("f", "b", "c"),
        ("g", "h", "k", "c"),
    ]


def test_signs_that_only_python_takes_for_line_ends_stay_in_a_name(tmp_path: Path) -> None:
    text = 'kind,thing\nx,"a\u2028b"\nx,"c\x0bd"\ny,"e\nf"\n'
    taxonomy = read_taxonomy(written(tmp_path, "t.csv", text))
    assert taxonomy.levels[1].classes == ("a\u2028b", "c\x0bd", "e\nf")


def test_a_long_chain_is_refused_at_once(tmp_path: Path) -> None:
    text = "child,parent\n" + "".join(f"c{i},c{i + 1}\n" for i in range(200_000))
    with pytest.raises(TaxonomyError, match="at most 16 levels deep, but got 'c0 under c1"):
        read_taxonomy(written(tmp_path, "t.csv", text))


def test_the_plain_data_of_a_taxonomy_is_read_back(tmp_path: Path) -> None:
    assert read_taxonomy(str(written(tmp_path, "t.json", json.dumps(TREE.to_dict())))) == TREE


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text", ["child,parent\ncafé,pet\ndog,wild\n", "level_1,level_2\npet,café\nwild,dog\n"]
)
def test_text_of_any_separator_and_unicode_is_read(
    tmp_path: Path, text: str, encoding: str, separator: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text.replace(",", separator), encoding=encoding)
    assert [level.classes for level in read_taxonomy(path).levels] == [("pet", "wild"), ("café", "dog")]


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("child,parent\n\ncafé,pet\n".encode("cp1252"))
    with pytest.raises(TaxonomyError, match="0xe9 in line 3, as Windows-1252"):
        read_taxonomy(path)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", 'a,b\n\n"x\ny",1\n\nz\n')
    with pytest.raises(TaxonomyError, match="line 6 of"):
        read_taxonomy(path)


def test_one_column_is_a_level(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", "kind\npet; cat\ncar\n")
    assert read_taxonomy(path).levels[0].classes == ("pet; cat", "car")


def test_white_space_in_the_file_is_said(tmp_path: Path) -> None:
    text = "kind,thing\nfood ,pear\nfood,plum\ntool,saw\n"
    file = read_taxonomy_file(written(tmp_path, "t.csv", text))
    assert file.notes == (
        "White space at the ends of names in t.csv was dropped. One class: 'food ' and 'food'.",
    )


def test_a_tree_as_published_with_making_better_mistakes_is_read(tmp_path: Path) -> None:
    # The form of its *_isa.txt: parent and child a line, one root.
    path = tmp_path / "inaturalist19_isa.txt"
    path.write_text("root node_A\nroot node_B\nnode_A nat0000\nnode_A nat0001\n\nnode_B nat0002\n")
    taxonomy = read_taxonomy(path, "kingdom,species")
    assert taxonomy.paths(1) == [("node_A", "nat0000"), ("node_A", "nat0001"), ("node_B", "nat0002")]
    assert taxonomy.level_names == ("kingdom", "species")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("root a\nb\n", "Expected line 2 of .* to be a parent and its child, parted by a blank, but got 'b'"),
        ("root a b\n", "Expected line 1 of .* but got 'root,a,b'"),
        ("r a\nr b\na c\nb c\n", "Expected class 'c' of .* to be under one parent"),
        ("r a\na b\nb r\n", "no leaf|free of cycles"),
        ("", "to be a tree of classes, but got 'no leaf'"),
    ],
)
def test_a_tree_of_pairs_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "tree_isa.txt"
    path.write_text(text)
    with pytest.raises(TaxonomyError, match=message):
        read_taxonomy(path)
