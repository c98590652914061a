"""Runs on the machines of a Ray cluster, an extra: `pip install taskgraft[ray]`."""

from taskgraft.execution.engines.cluster._engine import RayEngine

__all__ = ["RayEngine"]
