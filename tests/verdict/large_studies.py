"""Studies of many runs, from records alone: `python tests/verdict/large_studies.py 40-variants DIRECTORY`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from drawn_study import drawn_study

from taskgraft.architecture import catalogue
from taskgraft.recipe import changed, recipe
from taskgraft.study import Study
from taskgraft.taxonomy import Taxonomy

RATES = tuple(0.01 * number for number in range(1, 9))


def hundred_classes() -> Taxonomy:
    """A tree like that of CIFAR-100: 20 groups of five classes."""
    return Taxonomy.from_names(["coarse", "fine"], [(f"group {k // 5}", f"class {k}") for k in range(100)])


def five_levels() -> Taxonomy:
    """The same classes with three levels more above their groups: of 10, 5 and 2 classes."""
    sizes = (60, 20, 10, 5, 1)
    paths = [tuple(f"{size} from {k // size}" for size in sizes) for k in range(100)]
    return Taxonomy.from_names([f"of {size}" for size in sizes], paths)


def many_variants(directory: Path, num_rates: int = 8, taxonomy: Taxonomy | None = None) -> Study:
    """Five architectures at some learning rates, three seeds each, of 100 classes; flows are measured."""
    taxonomy = taxonomy or hundred_classes()
    architectures = list(catalogue(taxonomy.level_names).values())[:5]
    recipes = {
        f"+learning_rate={rate:g}": changed(recipe("quick"), {"optimizer.learning_rate": rate})
        for rate in RATES[:num_rates]
    }
    flows = {f"{a.name}{added}": 0.1 for a in architectures if a.flows for added in recipes}
    return drawn_study(
        directory,
        architectures=architectures,
        recipes=recipes,
        seeds=range(3),
        taxonomy=taxonomy,
        flow_worth=flows,
        side=32,
    )


def many_seeds(directory: Path) -> Study:
    """The six of 25 seeds."""
    return drawn_study(directory, seeds=range(25), side=32)


def many_levels(directory: Path) -> Study:
    """Forty variants of five levels."""
    return many_variants(directory, taxonomy=five_levels())


KINDS: dict[str, Callable[[Path], Study]] = {
    "40-variants": many_variants,
    "five-levels": many_levels,
    "25-seeds": many_seeds,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](Path(sys.argv[2]))
