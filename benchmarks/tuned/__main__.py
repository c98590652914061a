"""`python -m benchmarks.tuned OUT`: the seven as the recipe has them, and each tuned with the same budget.

Two studies of the same variants, seeds and data. In the second a learning rate and a weight of the finest
level were searched for each variant, on val, with equal operations. The page says which verdicts change.
Both studies resume.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import taskgraft as tg
from benchmarks.command import run_main
from benchmarks.tuned.page import Facts, page
from taskgraft.architecture import FLAT, NAMES
from taskgraft.file_writing import write_text
from taskgraft.printing import say
from taskgraft.verdict import conclude_two

SEVEN = (FLAT, *NAMES)
RECIPE = "quick"
PAGE = Path("docs/results/tuned.md")


def main(
    out: Path,
    data: str = "cifar100",
    data_dir: Path | None = None,
    epochs: float = 4,
    seeds: int = 5,
    trials: int = 6,
    jobs: int | None = None,
    page_file: Path = PAGE,
) -> None:
    """Train what is not trained yet, and write the page.

    Args:
        out: A folder for both studies.
        data: What is trained on.
        data_dir: Where it is, if taskgraft does not look for it there.
        epochs: Of a run.
        seeds: Of each variant.
        trials: Whole trials of the costliest variant, whose operations every variant has.
        jobs: Runs at once.
        page_file: Where the page goes.
    """
    given = {"data_dir": data_dir, "jobs": jobs}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    common = {"architectures": SEVEN, "recipe": RECIPE, "seeds": seeds, "epochs": epochs, **options}
    untuned = tg.compare(data, **common, out=out / "untuned")
    tuned = tg.compare(data, **common, tune=trials, out=out / "tuned")
    shown = {"data": data, "epochs": epochs, "seeds": seeds, "trials": trials}
    text = page(Facts.of(untuned, tuned, _command(shown)), *conclude_two(untuned, tuned))
    write_text(page_file, text)
    say(f"Wrote {page_file}.")


def _command(values: dict[str, Any]) -> str:
    """What a reader types; where the data are is theirs to say."""
    options = [f"--{name} {value:g}" for name, value in values.items() if isinstance(value, int | float)]
    return " ".join(["python -m benchmarks.tuned OUT", f"--data {values['data']}", *options])


if __name__ == "__main__":
    run_main(main)
