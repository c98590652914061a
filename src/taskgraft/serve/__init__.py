"""Trained models over HTTP: an extra, `pip install taskgraft[serve]`."""

from taskgraft.serve._app import create_app
from taskgraft.serve._run import run

__all__ = ["create_app", "run"]
