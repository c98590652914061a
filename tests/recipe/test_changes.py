"""Other values by key path: what they change, and what each mistake is answered with."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe import (
    RECIPES,
    Adam,
    Affine,
    CompactSpec,
    Muon,
    Recipe,
    Sgd,
    TimmTrunkSpec,
    all_keys,
    assignment,
    changed,
    keys_of,
    recipe,
)
from taskgraft.recipe._recipes import fast, original
from taskgraft.recipe._spec import Spec


def test_a_recipe_with_other_values_is_that_recipe_in_all_else() -> None:
    mine = changed(fast(), {"name": "mine", "epochs": 12, "optimizer.rest.learning_rate": 0.1})
    assert isinstance(mine.optimizer, Muon)
    assert mine.optimizer.rest.learning_rate == 0.1
    assert changed(mine, {"name": "fast", "epochs": 9.25, "optimizer": fast().optimizer}) == fast()
    assert fast() == recipe("fast")


def test_tables_and_key_paths_say_the_same() -> None:
    by_path = changed(fast(), {"optimizer.rest.momentum": 0.5, "batch_size": 64})
    assert changed(fast(), {"optimizer": {"rest": {"momentum": 0.5}}, "batch_size": 64}) == by_path
    assert changed(fast(), {"optimizer.rest": {"momentum": 0.5}, "batch_size": 64}) == by_path


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("batch_size=64", "batch_size", 64),
        ("optimizer.learning_rate = 1e-3", "optimizer.learning_rate", 1e-3),
        ("test_time_flip=true", "test_time_flip", True),
        ("growth=[0.5, 1.0]", "growth", (0.5, 1.0)),
        ("growth=0.5,1", "growth", (0.5, 1.0)),
        ("network.trunk.stages.0.entry_kernel=2", "network.trunk.stages.0.entry_kernel", 2),
        ("network.trunk.stages.0.inner_kernels=3,1", "network.trunk.stages.0.inner_kernels", (3, 1)),
        ("name=64", "name", "64"),
        ("growth=[]", "growth", ()),
        ("augmentation=none", "augmentation", None),
        ("balance=none", "balance", "none"),
        ("network.trunk.stem_width=12", "network.trunk.stem_width", 12),
        ("network.trunk.stages.1.inner_width=96", "network.trunk.stages.1.inner_width", 96),
        ("name=a=b", "name", "a=b"),
        ("early_stop={patience = 3, min_delta = 0.5}", "early_stop.min_delta", 0.5),
    ],
)
def test_text_stands_for_the_value_that_it_says(text: str, path: str, value: Any) -> None:
    after = changed(fast(), dict([assignment(text)]))
    assert {key.path: key.value for key in keys_of(after)}[path] == value


@pytest.mark.parametrize("name", RECIPES)
def test_every_value_can_be_reached_by_its_path(name: str) -> None:
    for key in keys_of(recipe(name)):
        assert changed(recipe(name), {key.path: key.value}) == recipe(name), key.path


def test_every_field_says_what_it_means() -> None:
    def fields(spec: type[Spec]) -> None:
        for name, field in spec.model_fields.items():
            assert field.description, f"{spec.__name__}.{name}"
            assert field.description.endswith("."), f"{spec.__name__}.{name}"

    for spec in (Recipe, *_descendants(Spec)):
        fields(spec)


def _descendants(spec: type[Spec]) -> list[type[Spec]]:
    return [each for child in spec.__subclasses__() for each in (child, *_descendants(child))]


def test_another_kind_has_its_defaults_and_nothing_of_the_one_before() -> None:
    adam = changed(fast(), {"optimizer.kind": "adam", "optimizer.learning_rate": 1e-3}).optimizer
    assert adam == Adam(learning_rate=1e-3)
    sgd = changed(fast(), {"optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.5}}).optimizer
    assert sgd == Sgd(learning_rate=0.1, momentum=0.5)
    affine = {"kind": "affine", "rotation_degrees": 9, "shift_ratio": 0, "shear_degrees": 0}
    turned = changed(fast(), {"augmentation": {**affine, "zoom_range": (1, 1)}})
    assert isinstance(turned.augmentation, Affine)
    timm = {"network.trunk.family": "timm", "network.trunk.backbone": "resnet18"}
    trunk = changed(original(), timm).network.trunk
    assert trunk == TimmTrunkSpec(backbone="resnet18")
    widths = {"stem_width": "whitened", "stage_widths": [8, 16]}
    compact = changed(fast(), {"network.trunk": {"family": "compact", **widths}}).network.trunk
    assert compact == CompactSpec(stem_width="whitened", stage_widths=(8, 16))


def test_the_same_kind_once_more_changes_nothing_else() -> None:
    assert changed(fast(), {"optimizer.kind": "muon", "optimizer.momentum": 0.6}) == fast()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"optimizer.learning_rat": 1},
            "got 'optimizer.learning_rat'. Did you mean optimizer.learning_rate?",
        ),
        ({"optimizer": {"learning_rat": 1}}, "Did you mean optimizer.learning_rate?"),
        ({"learning_rate": 1}, "got 'learning_rate'. Did you mean optimizer.learning_rate?"),
        ({"learning_rate": 1, "optimizer.kind": "sgd"}, "Did you mean optimizer.learning_rate?"),
        (
            {"stage_depth": 3},
            "Did you mean network.trunk.stage_depth? It belongs to network.trunk.family=compact, and this "
            "recipe has network.trunk.family=residual.",
        ),
        ({"network.trunk.stage_width": 3}, "Did you mean network.trunk.stage_widths?"),
        ({"trunk.stage_width": 3}, "Did you mean network.trunk.stage_widths?"),
        (
            {"epsilom": 3},
            "Did you mean optimizer.epsilon? It belongs to optimizer.kind=adam|adamw, and this recipe has",
        ),
        ({"epoch": 3}, "Expected each key to be one of the recipe's, but got 'epoch'. Did you mean epochs?"),
        ({"zzz": 3}, "Choose one of name, network, epochs, batch_size"),
        ({"base": "quick"}, "one of the recipe's, but got 'base'"),
        ({"batch_size.more": 3}, "Did you mean batch_size?"),
        (
            {"optimizer.epsilon": 1},
            "got 'optimizer.epsilon'. It belongs to optimizer.kind=adam|adamw, and this recipe has ",
        ),
        ({"network.trunk.stages.0.width": 3}, "Did you mean network.trunk.stages.0.inner_width?"),
        ({"network.trunk.stages.7.inner_width": 3}, "stages.N.NAME with N from 0 to 2"),
        ({"optimizer.kind": "adams"}, "one of sgd, adam, adamw, muon, but got 'adams'. Did you mean 'adam'?"),
        ({"optimizer.kind": "adam"}, "optimizer.learning_rate to be a number above 0, but got none for "),
        ({"early_stop.patience": 3}, "early_stop.min_delta to be a number of at least 0, but got none."),
        (
            {"batch_size": 64, "optimizer": {}, "epochs": -1},
            "Expected epochs to be a number above 0 and at most",
        ),
        (
            {"batch_size": "many"},
            "batch_size to be a whole number of at least 1, but got 'many', a text. Leave it out for 1024.",
        ),
        (
            {"batch_size": 0.5},
            "batch_size to be a whole number of at least 1, but got 0.5. Leave it out for 1024",
        ),
        ({"optimizer.learning_rate": float("inf")}, "learning_rate to be a number above 0, but got inf."),
        ({"growth": (0.5, 2)}, "growth to be a list, each a number above 0 and at most 1, but got [0.5, 2]."),
        ({"test_time_flip": "maybe"}, "test_time_flip to be true or false, but got 'maybe', a text."),
        ({"schedule": "sine"}, "schedule to be constant, triangular or cosine, but got 'sine'."),
        (
            {"augmentation": "off"},
            "to be a table of kind flip-shift, affine or crop, or none, but got 'off'.",
        ),
        ({"balance_levels": ["fine"]}, "but got balance_levels=[fine]. Levels to balance need a balance"),
        (
            {"network.trunk.family": "timm", "network.trunk.backbone": "resnet18"},
            "got network.trunk.family=timm. Muon needs a batch norm behind every hidden matrix, which tim",
        ),
        (
            {"network.trunk.family": "compact"},
            "stem_width to be a whole number of at least 1 or whitened, but got none for network.trunk.fam",
        ),
        (
            {"augmentation.flip": False},
            "augmentation to be of values that fit together, but got augmentation.flip=false. Flips that alt",
        ),
        ({"optimizer": {"momentum": 0.5}, "optimizer.momentum": 0.6}, "to be set once, but got 0.5 and 0.6."),
    ],
)
def test_a_mistake_is_one_line_with_the_key_path(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=re.escape(message)) as caught:
        changed(fast(), changes)
    assert "\n" not in str(caught.value)


def test_a_refusal_names_only_what_it_is_about() -> None:
    changes = {"epochs": 1, "network.trunk.stage_widths": [8]}
    with pytest.raises(RequestError, match=r"but got network\.trunk\.stage_widths=\[8\]\. `stages` needs"):
        changed(fast(), changes)
    muon = {"epochs": 1, "optimizer.kind": "muon", "optimizer.learning_rate": 0.1, "optimizer.momentum": 0.5}
    muon |= {"optimizer.rest": {"learning_rate": 0.1, "momentum": 0.5}}
    with pytest.raises(RequestError, match=r"that fit together, but got optimizer\.kind=muon\. Muon needs"):
        changed(changed(original(), {"network.trunk": {"family": "timm", "backbone": "resnet18"}}), muon)


def test_a_key_is_called_what_its_setter_calls_it() -> None:
    names = {"batch_size": str(Parameter("batch")), "growth": "growth of mine"}
    with pytest.raises(RequestError, match=r"^Expected batch to be a whole number") as caught:
        changed(fast(), {"batch_size": 0}, names)
    assert caught.value.subjects == {"batch_size"}
    assert caught.value.spelled(lambda name, _: f"--{name}").startswith("Expected --batch to be")
    with pytest.raises(RequestError, match=r"but got growth of mine=\[0\.5\]\. Growing images"):
        changed(original(), {"growth": [0.5]}, names)


@given(value=some.booleans() | some.text())
def test_no_text_and_no_truth_value_passes_as_a_number(value: Any) -> None:
    numbers = [
        key.path for key in keys_of(fast()) if isinstance(key.value, int | float) and key.value is not False
    ]
    for path in numbers:
        if path != "augmentation.flip" and path != "augmentation.alternate":
            with pytest.raises(RequestError):
                changed(fast(), {path: value})


def test_numbers_of_numpy_are_numbers() -> None:
    values = {"batch_size": np.int64(64), "label_smoothing": np.float32(0.5)}
    assert changed(fast(), values) == changed(fast(), {"batch_size": 64, "label_smoothing": 0.5})


def test_a_table_that_is_left_out_needs_its_kind() -> None:
    still = changed(fast(), {"augmentation": "none"})
    assert still.augmentation is None
    with pytest.raises(
        RequestError, match=r"augmentation.kind to be set together with augmentation.max_shift"
    ):
        changed(still, {"augmentation.max_shift": 3})


@pytest.mark.parametrize("text", ["batch_size", "=3", "batch_size=", "", "="])
def test_an_assignment_has_a_key_and_a_value(text: str) -> None:
    with pytest.raises(RequestError, match="to be KEY=VALUE, but got"):
        assignment(text)


@given(
    path=some.sampled_from([*all_keys(), "", ".", "a.b", "optimizer", "network.trunk.stages"]) | some.text(),
    value=some.text()
    | some.integers()
    | some.floats()
    | some.lists(some.integers())
    | some.booleans()
    | some.none(),
)
def test_whatever_is_set_gives_a_recipe_or_one_line(path: str, value: Any) -> None:
    with contextlib.suppress(RequestError):
        assert isinstance(changed(fast(), {path: value}), Recipe)
