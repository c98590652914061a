"""An architecture made into one torch module: stages x lanes, mixers, heads, first weights and cost."""

import taskgraft.network._attention
import taskgraft.network._cross_stitch
import taskgraft.network._dselect
import taskgraft.network._gates
import taskgraft.network._nddr
import taskgraft.network._sluice
import taskgraft.network._timm_family
import taskgraft.network._trunk_families  # noqa: F401 (registers mixers and families)
from taskgraft.network._branch import Branch
from taskgraft.network._cost import Cost, cost, reading_macs
from taskgraft.network._declared import (
    Group,
    Init,
    InitOfParts,
    Part,
    as_trunk,
    declare,
    declared,
    parameter_groups,
)
from taskgraft.network._depthwise import depthwise_share
from taskgraft.network._draws import glorot_uniform, handing_on, lecun_uniform, stream_generator
from taskgraft.network._initialise import initialise, whiten_stems
from taskgraft.network._layers import Chain, batch_norm_1d, batch_norm_2d, batch_norms
from taskgraft.network._lookalikes import lookalikes
from taskgraft.network._mac_count import MacCount
from taskgraft.network._mixer import MIXERS, Mixer, MixerPlace
from taskgraft.network._network import Network, carry
from taskgraft.network._timm_backbone import has_drop_path, pretrained_config
from taskgraft.network._timm_weights import HUB, weights_digest
from taskgraft.network._trunk_family import TRUNK_FAMILIES, IndivisibleError, Lane, TrunkFamily, trunk_family
from taskgraft.network._twin import is_matched, twin
from taskgraft.network._whole_batch import WholeBatch

__all__ = [
    "HUB",
    "MIXERS",
    "TRUNK_FAMILIES",
    "Branch",
    "Chain",
    "Cost",
    "Group",
    "IndivisibleError",
    "Init",
    "InitOfParts",
    "Lane",
    "MacCount",
    "Mixer",
    "MixerPlace",
    "Network",
    "Part",
    "TrunkFamily",
    "WholeBatch",
    "as_trunk",
    "batch_norm_1d",
    "batch_norm_2d",
    "batch_norms",
    "carry",
    "cost",
    "declare",
    "declared",
    "depthwise_share",
    "glorot_uniform",
    "handing_on",
    "has_drop_path",
    "initialise",
    "is_matched",
    "lecun_uniform",
    "lookalikes",
    "parameter_groups",
    "pretrained_config",
    "reading_macs",
    "stream_generator",
    "trunk_family",
    "twin",
    "weights_digest",
    "whiten_stems",
]
