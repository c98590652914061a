"""What moves the weights, as numbers: one record a kind of optimizer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from taskgraft.recipe._spec import Spec


class Sgd(Spec):
    """Stochastic gradient descent with Nesterov momentum; decay applies to weights of two axes or more."""

    kind: Literal["sgd"] = Field("sgd", description="Stochastic gradient descent with Nesterov momentum.")
    learning_rate: PositiveFloat = Field(description="Highest rate of the schedule.")
    momentum: float = Field(ge=0, lt=1, description="Nesterov momentum.")
    weight_decay: float = Field(
        0.0, ge=0, description="Decay of weights of two axes or more; biases and batch norms have none."
    )


class Adam(Spec):
    """Adam (Kingma and Ba, 2015) with Keras' epsilon."""

    kind: Literal["adam"] = Field("adam", description="Adam (Kingma and Ba, 2015).")
    learning_rate: PositiveFloat = Field(description="Highest rate of the schedule.")
    epsilon: PositiveFloat = Field(1e-7, description="What is added to the denominator of a step.")


class AdamW(Spec):
    """Adam with decay apart from the gradient (Loshchilov and Hutter, 2019)."""

    kind: Literal["adamw"] = Field("adamw", description="Adam with decay apart from the gradient.")
    learning_rate: PositiveFloat = Field(description="Highest rate of the schedule.")
    weight_decay: float = Field(
        0.0,
        ge=0,
        description="Decay of weights of two axes or more, times the rate; biases and norms have none.",
    )
    epsilon: PositiveFloat = Field(1e-8, description="What is added to the denominator of a step.")


class Muon(Spec):
    """Muon (Jordan et al., 2024) for convolutions and hidden dense layers, SGD for the rest."""

    kind: Literal["muon"] = Field(
        "muon", description="Muon (Jordan et al., 2024) for convolutions and hidden dense layers."
    )
    learning_rate: PositiveFloat = Field(
        description="Length of a step, as a share of the length of the weights; the highest of the schedule."
    )
    momentum: float = Field(ge=0, lt=1, description="Nesterov momentum.")
    num_iterations: PositiveInt = Field(
        3, description="Newton-Schulz iterations that make a step orthogonal."
    )
    rest: Sgd = Field(description="The optimizer of biases, batch norms and heads.")
