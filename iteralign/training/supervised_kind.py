"""Supervised fine-tuning as the objective: the kind `supervised`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from iteralign.training.kinds import ObjectiveKind

if TYPE_CHECKING:
    from iteralign.training.objective import Objective


class SupervisedKind(ObjectiveKind):
    """The network learns to write the accepted answers. It has no settings of its own."""

    kind: Literal["supervised"] = "supervised"

    def build(self) -> Objective:
        from iteralign.training.supervised import SupervisedObjective  # with torch

        return SupervisedObjective()
