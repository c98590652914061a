"""No file imports itself by way of others: import-linter holds the packages, this test the files."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


def ordered(imports: dict[str, set[str]]) -> list[str]:
    """Modules, each after all that it imports; raises `CycleError` with the modules of a cycle."""
    return list(TopologicalSorter(imports).static_order())


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("taskgraft", "benchmarks", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 300
    assert ordered(imports).index("taskgraft.errors") < ordered(imports).index("taskgraft.cli.main")


def test_a_cycle_is_named() -> None:
    with pytest.raises(CycleError) as error:
        ordered({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert set(error.value.args[1]) == {"a", "b", "c"}
