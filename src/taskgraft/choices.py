"""Words that a parameter may take, where what they stand for is heavy to import."""

from __future__ import annotations

from typing import Literal

Measure = Literal["macs", "parameters"]

DATASETS = ("cifar100", "fashion-mnist", "shapes")
DECODINGS = ("independent", "summed", "joint", "top-down", "crm")
DEVICES = ("auto", "cpu", "cuda", "mps")
