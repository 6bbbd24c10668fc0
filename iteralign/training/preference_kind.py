"""Preferring an answer to the one that it replaces, as the objective: the kind `preference`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from harness_base.errors import ConfigError
from iteralign.core.registry import attribute
from iteralign.training.kinds import ObjectiveKind

if TYPE_CHECKING:
    from iteralign.training.objective import Objective


class PreferenceKind(ObjectiveKind):
    """The network learns to find the accepted answers more probable than the rejected ones: DPO, by TRL.

    TRL comes with the extra `preference`.
    """

    kind: Literal["preference"] = "preference"
    beta: float = Field(
        0.1, gt=0, description="DPO's beta: the larger, the nearer the candidate stays to the accepted model"
    )
    nll_weight: float = Field(
        1.0,
        ge=0,
        description="weight of the loss that `supervised` has, on the chosen answers, beside DPO's; 0: DPO alone, "
        "which may make chosen and rejected answers improbable alike",
    )

    def check(self) -> None:
        """See `ObjectiveKind`."""
        if find_spec("trl") is None:
            raise _missing("there is no module trl")

    def build(self) -> Objective:
        try:
            of = attribute("iteralign.training.preference:PreferenceObjective")  # with torch and TRL
        except ImportError as error:
            raise _missing(str(error).partition("\n")[0]) from error
        objective: Objective = of(self.beta, self.nll_weight)
        return objective


def _missing(why: str) -> ConfigError:
    return ConfigError(
        f"objective.kind preference needs TRL, which can't be imported ({why}): "
        "pip install 'iteralign-harness[preference]', or choose objective.kind supervised."
    )
