"""Learning the revisions while all else that is said stays as it was, as the objective: the kind `anchored`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from iteralign.core.registry import attribute
from iteralign.training.kinds import ObjectiveKind

if TYPE_CHECKING:
    from iteralign.training.objective import Objective


class AnchoredKind(ObjectiveKind):
    """The network learns to write the revisions, and on replayed harmless prompts to predict what its base predicts.

    It needs the base's weights under the ones that are trained: `training.weights: lora`.
    """

    kind: Literal["anchored"] = "anchored"
    anchor_weight: float = Field(
        1.0,
        gt=0,
        description="weight of a replayed token against a revision's: the larger, the more is answered as before, "
        "attacks too",
    )

    needs_base: ClassVar[bool] = True

    def build(self) -> Objective:
        of = attribute("iteralign.training.anchored:AnchoredObjective")  # with torch
        objective: Objective = of(self.anchor_weight)
        return objective
