"""An architecture made into one torch module: its layers, first weights and cost."""

from taskgraft.network._cost import Cost, cost
from taskgraft.network._initialise import initialise, stream_generator
from taskgraft.network._network import Network, carry
from taskgraft.network._timm_trunk import TimmBackbone, pretrained_config, timm_normalisation
from taskgraft.network._timm_weights import HUB, begin_timm_trunks, weights_digest
from taskgraft.network._trunk import num_stages
from taskgraft.network._twin import MEASURES, Measure, is_matched, parse_twin, twin, twin_name
from taskgraft.network._whiten import whiten_stems

__all__ = [
    "HUB",
    "MEASURES",
    "Cost",
    "Measure",
    "Network",
    "TimmBackbone",
    "begin_timm_trunks",
    "carry",
    "cost",
    "initialise",
    "is_matched",
    "num_stages",
    "parse_twin",
    "pretrained_config",
    "stream_generator",
    "timm_normalisation",
    "twin",
    "twin_name",
    "weights_digest",
    "whiten_stems",
]
