"""OpenVINO, an extra, imported and kept from what it gets wrong: `pip install taskgraft[openvino]`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

import numpy as np


def has_openvino() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("openvino") is not None


def import_openvino(name: str) -> Any:
    """Imports a part of OpenVINO, which without further ado would report that to its maker."""
    # OpenVINO's way out: without a telemetry package it takes an empty one.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return importlib.import_module(name)


def keep_pools_before_activations(model: Any) -> None:
    """Sees that each max-pool is computed before the activation behind it.

    In f32, OpenVINO's CPU plugin (seen in 2026.4) moves an activation from behind the pool into the
    convolution before it. For one that never falls, such as ReLU, that is the same. SiLU, GELU and their kin
    fall first: of -5 and -1 the pool has to keep -1, and keeps what is larger after SiLU, that of -5. A
    maximum with the lowest number changes nothing, and nothing is moved across it.

    Args:
        model: OpenVINO's, which is changed.
    """
    operators = import_openvino("openvino.opset13")
    lowest = np.float32(np.finfo(np.float32).min)
    for pool in model.get_ordered_ops():
        if pool.get_type_name() != "MaxPool":
            continue
        users = list(pool.output(0).get_target_inputs())
        kept = operators.maximum(pool.output(0), operators.constant(lowest))
        for user in users:
            user.replace_source_output(kept.output(0))
