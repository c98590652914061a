"""Random taxonomies for hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from taskgraft.taxonomy import Level, Taxonomy


@st.composite
def taxonomies(draw: st.DrawFn, min_levels: int = 1) -> Taxonomy:
    """Up to four levels, each a few classes finer than the one above, children in no order."""
    num_levels = draw(st.integers(min_levels, 4))
    steps = draw(st.lists(st.integers(1, 4), min_size=num_levels, max_size=num_levels))
    num_classes = (np.cumsum(steps) + 1).tolist()
    parents = []
    for coarser, finer in zip(num_classes, num_classes[1:], strict=False):
        extra = draw(
            st.lists(st.integers(0, coarser - 1), min_size=finer - coarser, max_size=finer - coarser)
        )
        parents.append(tuple(draw(st.permutations([*range(coarser), *extra]))))
    levels = tuple(Level(f"level {i}", tuple(map(str, range(k)))) for i, k in enumerate(num_classes))
    return Taxonomy(levels, tuple(parents))
