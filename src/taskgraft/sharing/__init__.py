"""A trained model for others: its card, and its way onto the hub."""

from taskgraft.sharing._card import model_card
from taskgraft.sharing._push import push_model

__all__ = ["model_card", "push_model"]
