"""Words that a parameter may take, where what they stand for is heavy to import."""

from __future__ import annotations

from typing import Literal

Measure = Literal["macs", "parameters"]
Format = Literal["tree", "parquet"]

DATASETS = ("cifar100", "fashion-mnist", "shapes")
POOLED = "pooled"
DECODINGS = ("independent", "summed", "joint", "top-down", "crm")
FORMATS: tuple[Format, ...] = ("tree", "parquet")
LOGS = ("csv", "mlflow", "tensorboard")
ENGINES = ("local", "ray")
DEVICES = ("auto", "cpu", "cuda", "mps")
# Whose images a batch norm sees where several processes make a run: those of all of them, or of one each.
SYNCHRONISED = "synchronised"
BATCH_NORMS = (SYNCHRONISED, "each")
