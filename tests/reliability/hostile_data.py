"""Hostile cases in what data comes as: archives, tables, taxonomies, hub datasets, architecture files."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow
from hostile_place import Case, Expected, Place
from PIL import Image
from pyarrow import parquet

from taskgraft.architecture import read_architectures
from taskgraft.data.sources import load, read_taxonomy

_FOLDER = "cifar-100-binary"


def _records(num_records: int) -> bytes:
    records = np.zeros((num_records, 3074), np.uint8)
    records[:, 1] = np.arange(num_records) % 6
    records[:, 0] = records[:, 1] // 2
    return records.tobytes()


def _whole() -> list[tuple[str, bytes]]:
    """What the real archive holds, small."""
    return [
        (f"{_FOLDER}/coarse_label_names.txt", b"fish\nflowers\ntrees\n"),
        (f"{_FOLDER}/fine_label_names.txt", b"ray\nshark\norchid\nrose\nmaple\noak\n"),
        (f"{_FOLDER}/train.bin", _records(120)),
        (f"{_FOLDER}/test.bin", _records(60)),
    ]


def _member(name: str, size: int = 0, **fields: Any) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    for field, value in fields.items():
        setattr(member, field, value)
    return member


def _archive(change: Callable[[tarfile.TarFile, Place], None], expected: Expected = "done") -> Case:
    """An archive with the four files, and something before them."""

    def make(place: Place) -> Callable[[], object]:
        path = place.inside / f"{_FOLDER}.tar.gz"
        with tarfile.open(path, "w:gz", compresslevel=1) as tar:
            change(tar, place)
            for name, content in _whole():
                tar.addfile(_member(name, len(content)), io.BytesIO(content))
        return lambda: load("cifar100", data_dir=path)

    return Case(make, expected)


def _in_place_of_train(**fields: Any) -> Case:
    """An archive whose records are something else than a file."""

    def make(place: Place) -> Callable[[], object]:
        path = place.inside / f"{_FOLDER}.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            for name, content in _whole():
                if name.endswith("train.bin"):
                    told = {key: value(place) if callable(value) else value for key, value in fields.items()}
                    tar.addfile(_member(name, **told))
                else:
                    tar.addfile(_member(name, len(content)), io.BytesIO(content))
        return lambda: load("cifar100", data_dir=path)

    return Case(make)


def _raw_archive(content: Callable[[Place], bytes]) -> Case:
    def make(place: Place) -> Callable[[], object]:
        path = place.inside / f"{_FOLDER}.tar.gz"
        path.write_bytes(content(place))
        return lambda: load("cifar100", data_dir=path)

    return Case(make)


def _header_that_announces(kind: bytes) -> bytes:
    """A header whose name, or whose extended header, is two gigabytes of zeros, packed small."""
    header = bytearray(_member("x", 2 << 30, type=kind).tobuf(tarfile.GNU_FORMAT))
    one = gzip.compress(bytes(64 << 20), 1)
    return gzip.compress(bytes(header)) + one * 32


def _bomb(tar: tarfile.TarFile, place: Place) -> None:
    """A member that says it is of a terabyte."""
    tar.fileobj.write(_member("bomb", 1 << 40).tobuf(tarfile.GNU_FORMAT))  # type: ignore[union-attr]


def _add(name: str, content: bytes = b"x", **fields: Any) -> Callable[[tarfile.TarFile, Place], None]:
    def change(tar: tarfile.TarFile, place: Place) -> None:
        told = {key: value(place) if callable(value) else value for key, value in fields.items()}
        tar.addfile(_member(name, 0 if told else len(content), **told), io.BytesIO(content))

    return change


def _file(
    name: str,
    content: bytes | Callable[[Place], bytes],
    read: Callable[[Path], object],
    expected: Expected = "refused",
) -> Case:
    """One file, read by one reader."""

    def make(place: Place) -> Callable[[], object]:
        path = place.inside / name
        path.write_bytes(content if isinstance(content, bytes) else content(place))
        return lambda: read(path)

    return Case(make, expected)


def _taxonomy(name: str, text: str | bytes, expected: Expected = "refused") -> Case:
    content = text if isinstance(text, bytes) else text.encode()
    return _file(name, content, read_taxonomy, expected)


def _table(text: str | bytes, expected: Expected = "refused", columns: tuple[str, ...] = ("a",)) -> Case:
    content = text if isinstance(text, bytes) else text.encode()
    return _file("t.csv", content, lambda path: load(path, label_columns=list(columns)), expected)


def _architectures(
    name: str, text: str | bytes | Callable[[Place], bytes], expected: Expected = "refused"
) -> Case:
    content = text.encode() if isinstance(text, str) else text
    return _file(name, content, lambda path: read_architectures(path, ("coarse", "fine")), expected)


def _png(colour: int = 0) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((16, 16, 3), colour, np.uint8)).save(stream, format="PNG")
    return stream.getvalue()


def _parquet(rows: Callable[[Place], dict[str, list[Any]]]) -> Case:
    def make(place: Place) -> Callable[[], object]:
        path = place.inside / "t.parquet"
        parquet.write_table(pyarrow.table(rows(place)), path)
        return lambda: load(path, label_columns=["a"])

    return Case(make)


def _many_rows(place: Place) -> Callable[[], object]:
    """A few kilobytes that stand for thirty million rows."""
    path = place.inside / "t.parquet"
    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array(np.zeros(30_000_000, np.int8)), ["x"])
    parquet.write_table(pyarrow.table({"image": column, "a": column}), path)
    return lambda: load(path, label_columns=["a"])


def _hub(make_files: Callable[[Place, Path], None], expected: Expected = "refused") -> Case:
    """A dataset on disk in the hub's layout."""

    def make(place: Place) -> Callable[[], object]:
        folder = place.inside / "dataset"
        folder.mkdir()
        os.environ["HF_DATASETS_CACHE"] = str(place.inside / "cache")
        datasets.config.HF_DATASETS_CACHE = place.inside / "cache"
        datasets.config.HF_HUB_OFFLINE = True
        make_files(place, folder)
        return lambda: load(f"hub:{folder}")

    return Case(make, expected)


def _script(place: Place, folder: Path) -> None:
    (folder / "dataset.py").write_text(f"import os; os.system('touch {place.canary}')\n")


def _features() -> Any:
    return datasets.Features({"img": datasets.Image(), "label": datasets.ClassLabel(names=["a", "b"])})


def _names_outside(place: Place, folder: Path) -> None:
    # Written as Arrow, so that the path stays a path.
    table = pyarrow.table(
        {"img": [{"bytes": None, "path": str(place.outside / "secret.txt")}] * 20, "label": [0, 1] * 10}
    )
    datasets.Dataset(table.cast(_features().arrow_schema)).save_to_disk(folder)


def _state(place: Place, folder: Path) -> None:
    _names_outside(place, folder)
    path = folder / "state.json"
    state = json.loads(path.read_bytes())
    state["_data_files"] = [{"filename": "../../outside/secret.txt"}]
    path.write_text(json.dumps(state))


def _readme(files: str) -> Callable[[Place, Path], None]:
    def make(place: Place, folder: Path) -> None:
        told = files.format(outside=place.outside)
        (folder / "README.md").write_text(
            f"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: {told}\n---\n"
        )
        (folder / "x.csv").write_text("img,label\na,b\n")

    return make


def _pickled_hub(name: str) -> Callable[[Place, Path], None]:
    return lambda place, folder: (folder / name).write_bytes(place.pickled()) and None


def _pictures(
    change: Callable[[Place, Path], None], expected: Expected, *, may_read_links: bool = False
) -> Case:
    """A folder of pictures, two classes, with something of its own."""

    def make(place: Place) -> Callable[[], object]:
        root = place.inside / "pictures"
        for number, name in enumerate(("a", "b")):
            (root / name).mkdir(parents=True)
            for i in range(12):
                (root / name / f"{i}.png").write_bytes(_png(20 * i + number))
        change(place, root)
        return lambda: load(root)

    return Case(make, expected, may_read_links=may_read_links)


def _unnamed_python(place: Place) -> Callable[[], object]:
    """Python files beside a file that is read: only one that is named is run."""
    for name in ("architectures.py", "sitecustomize.py", "conftest.py", "mine.py"):
        (place.inside / name).write_text(f"import os; os.system('touch {place.canary}')\n")
    path = place.inside / "mine.toml"
    path.write_text('[[architecture]]\nname = "mine"\nfork = 1\n')
    return lambda: read_architectures(path, ("coarse", "fine"))


_LEVELS = {"levels": [{"name": "a", "classes": ["x", "y"]}, {"name": "b", "classes": ["p", "q"]}]}

DATA: dict[str, Case] = {
    "archive with a file outside": _archive(_add("../../outside/evil")),
    "archive with an absolute file": _archive(_add("/tmp/evil")),
    "archive with records named ../": _archive(_add(f"../{_FOLDER}/train.bin"), "done"),
    "archive with a link outside": _archive(_add("x", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "archive with a device": _archive(_add("x", type=tarfile.CHRTYPE, devmajor=1, devminor=5)),
    "archive with an escape in a name": _archive(_add("\x1b]0;x\x07.txt")),
    "archive with records twice": _archive(_add(f"{_FOLDER}/train.bin", _records(6)), "refused"),
    "archive with a member of a terabyte": _archive(_bomb, "refused"),
    "archive of 20,000 members": _archive(
        lambda tar, _: [tar.addfile(_member(f"{i}")) for i in range(20_000)] and None, "refused"
    ),
    "records that are a link outside": _in_place_of_train(
        type=tarfile.SYMTYPE, linkname=lambda place: str(place.outside / "secret.txt")
    ),
    "records that are a hard link outside": _in_place_of_train(type=tarfile.LNKTYPE, linkname="../../x"),
    "records that are a device": _in_place_of_train(type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    "records that are a pipe": _in_place_of_train(type=tarfile.FIFOTYPE),
    "records that are sparse": _in_place_of_train(type=tarfile.GNUTYPE_SPARSE),
    "archive that is a pickle": _raw_archive(lambda place: place.pickled()),
    "archive that is a packed pickle": _raw_archive(lambda place: gzip.compress(place.pickled())),
    "archive with a name of two gigabytes": _raw_archive(
        lambda _: _header_that_announces(tarfile.GNUTYPE_LONGNAME)
    ),
    "archive with a header of two gigabytes": _raw_archive(lambda _: _header_that_announces(tarfile.XHDTYPE)),
    "archive of zeros": _raw_archive(lambda _: gzip.compress(bytes(1 << 20))),
    "taxonomy nested a million deep": _taxonomy("t.json", '{"a":' * 1_000_000),
    "taxonomy of lists in lists": _taxonomy("t.json", '{"a": ' + "[" * 900 + "]" * 900 + "}"),
    "taxonomy nested nine hundred deep": _taxonomy("t.json", '{"a":' * 900 + "1" + "}" * 900),
    "taxonomy with an endless number": _taxonomy(
        "t.json", json.dumps(_LEVELS)[:-1] + ', "parents": [[1e999, 0]]}'
    ),
    "taxonomy with a number of 10,000 digits": _taxonomy("t.json", '{"a": ' + "9" * 10_000 + "}"),
    "taxonomy that is no number": _taxonomy("t.json", json.dumps(_LEVELS)[:-1] + ', "parents": [[NaN, 0]]}'),
    "taxonomy of 17 MB": _taxonomy("t.json", " " * (17 << 20)),
    "taxonomy that is a pickle": _file("t.json", lambda place: place.pickled(), read_taxonomy),
    "taxonomy of a pickle as CSV": _file("t.csv", lambda place: place.pickled(), read_taxonomy),
    "taxonomy with a class of 200,000 letters": _taxonomy("t.csv", "a,b\n" + "x" * 200_000 + ",y\n"),
    "taxonomy in a circle": _taxonomy("t.csv", "child,parent\na,b\nb,c\nc,a\n"),
    "taxonomy of a long chain": _taxonomy(
        "t.csv", "child,parent\n" + "".join(f"{i},{i + 1}\n" for i in range(5_000))
    ),
    "taxonomy with a NUL": _taxonomy("t.csv", "a,b\nx\0,\0\n"),
    "table with paths outside": _table("image,a\n../outside/secret.txt,x\n"),
    "table with absolute paths": _table("image,a\n/etc/passwd,x\n"),
    "table with a NUL in a path": _table("image,a\na\0b.png,x\nc\0.png,y\n"),
    "table with a path of a drive": _table("image,a\nC:\\Windows\\x.png,x\n\\\\host\\x.png,y\n"),
    "table with a cell of 200,000 letters": _table("image,a\nx.png," + "y" * 200_000 + "\n"),
    "table with a quote that stays open": _table('image,a\n"x.png,y\n'),
    "table with 100,000 columns": _table(",".join(map(str, range(100_000))) + "\n"),
    "table of two times the same name": _table("image,a,a\nx.png,y,y\n"),
    "table that is a pickle": _file("t.csv", lambda p: p.pickled(), lambda p: load(p, label_columns=["a"])),
    "Parquet that is a pickle": _file(
        "t.parquet", lambda p: p.pickled(), lambda p: load(p, label_columns=["a"])
    ),
    "Parquet with pictures that are pickles": _parquet(
        lambda place: {"image": [place.pickled()] * 20, "a": ["x", "y"] * 10}
    ),
    "Parquet with paths outside": _parquet(
        lambda place: {"image": [str(place.outside / "secret.txt")] * 20, "a": ["x", "y"] * 10}
    ),
    "Parquet of thirty million rows": Case(_many_rows),
    "hub dataset with a script": _hub(_script),
    "hub dataset of a pickle": _hub(_pickled_hub("train.pkl")),
    "hub dataset of a pickle as Parquet": _hub(_pickled_hub("train.parquet")),
    "hub dataset of a pickle as state": _hub(_pickled_hub("state.json")),
    "hub dataset of pictures outside": _hub(_names_outside),
    "hub dataset of files outside": _hub(_state),
    "hub README with files outside": _hub(_readme("{outside}/secret.txt")),
    "hub README with files above": _hub(_readme("../outside/*.csv")),
    "hub README with files of the network": _hub(_readme("https://evil.invalid/x.csv")),
    "picture that is a pickle": _pictures(
        lambda place, root: (root / "a" / "0.png").write_bytes(place.pickled()) and None, "refused"
    ),
    "picture that is a link to a secret": _pictures(
        lambda place, root: (root / "a" / "l.png").symlink_to(place.outside / "secret.txt"),
        "refused",
        may_read_links=True,
    ),
    "taxonomy beside pictures that is a link": _pictures(
        lambda place, root: (root / "taxonomy.json").symlink_to(place.outside / "secret.txt"), "refused"
    ),
    "taxonomy beside pictures that is a pickle": _pictures(
        lambda place, root: (root / "taxonomy.json").write_bytes(place.pickled()) and None, "refused"
    ),
    "TOML that is Python": _architectures("a.toml", "import os\nos.system('touch canary')\n"),
    "TOML that is a pickle": _architectures("a.toml", lambda place: place.pickled()),
    "TOML of brackets": _architectures("a.toml", "a = " + "[" * 100_000),
    "TOML of dots": _architectures("a.toml", "[[architecture]]\nname = 'x'\nfork" + ".a" * 20_000 + " = 1\n"),
    "TOML of tables in tables": _architectures("a.toml", "[" + ".".join("a" * 20_000) + "]\n"),
    "TOML of 2 MB": _architectures("a.toml", "#" * 2_000_000),
    "TOML with a path for a name": _architectures("a.toml", '[[architecture]]\nname = "../../x"\n'),
    "TOML with an escape for a name": _architectures("a.toml", '[[architecture]]\nname = "\\u001b[31m"\n'),
    "TOML with a fork of 10^18": _architectures(
        "a.toml", f'[[architecture]]\nname = "x"\nfork = {10**18}\n', "either"
    ),
    "architectures as JSON": _architectures("a.json", "{}"),
    "architectures as a pickle": _architectures("a.pkl", lambda place: place.pickled()),
    "Python files that nobody named": Case(_unnamed_python, "done"),
}
