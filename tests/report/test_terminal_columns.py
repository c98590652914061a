"""Tables of a terminal: names fold, figures never do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from taskgraft.report._columns import WIDTH, is_narrow, table

INTERVAL = "+10.25 (−12.5 to +33.0)*"
names = st.text("abc-+=幹木", min_size=1, max_size=60)


@given(names=st.lists(names, min_size=1, max_size=4), titles=st.lists(names, min_size=1, max_size=4))
def test_what_is_narrow_enough_keeps_every_figure_and_title_in_one_line(
    names: list[str], titles: list[str]
) -> None:
    rows = [[name, *[INTERVAL] * len(titles)] for name in names]
    if not is_narrow("B less A, points", titles, rows):
        return
    lines = table("B less A, points", titles, rows)
    assert max(map(cell_len, lines)) <= WIDTH
    assert sum(line.count(INTERVAL) for line in lines) == len(names) * len(titles)
    assert all(title in lines[0] or title in "".join(lines) for title in titles)


def test_a_name_folds_before_a_figure_does() -> None:
    rows = [["a-name-that-is-as-long-as-" + "so-many-words-" * 3, INTERVAL, INTERVAL]]
    lines = table("", ["species", "full path"], rows)
    assert max(map(cell_len, lines)) <= WIDTH
    assert lines[2].count(INTERVAL) == 2
    assert len(lines) > 3


def test_names_of_wide_letters_are_measured_by_their_width() -> None:
    titles = ["幹" * 15, "木" * 15]
    assert not is_narrow("variant", titles, [["x" * 20, "1.0", "2.0"]])
    assert is_narrow("variant", ["x" * 15, "y" * 15], [["x" * 20, "1.0", "2.0"]])
