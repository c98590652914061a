"""An environment that no machine has, for records that are made by hand."""

from taskgraft.study._environment import Environment

ENVIRONMENT = Environment(
    versions={"python": "3.11.9"},
    platform="Linux",
    processor="Imagined CPU",
    num_cores=2,
    device="cpu",
    precision="f32",
    channels_last=False,
    num_threads=1,
    keeps_freed_memory=False,
    cpu_capability="AVX2",
)
