"""Supervised fine-tuning as the objective: the kind `supervised`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from iteralign.core.registry import attribute
from iteralign.training.kinds import ObjectiveKind

if TYPE_CHECKING:
    from iteralign.training.objective import Objective


class SupervisedKind(ObjectiveKind):
    """The network learns to write the accepted answers. It has no settings of its own."""

    kind: Literal["supervised"] = "supervised"

    def build(self) -> Objective:
        objective: Objective = attribute("iteralign.training.supervised:SupervisedObjective")()  # with torch
        return objective
