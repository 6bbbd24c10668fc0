"""What an objective can be: a base class for all kinds, and the table of those that ship with this program.

A new kind is one file with a subclass of `ObjectiveKind`, and one line in the table. Another package brings one by an
entry point of the group `iteralign.objectives`. Nothing here loads torch, so that a configuration can be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from iteralign.core.kinds import KindSettings, registry_of
from iteralign.core.registry import Registry

if TYPE_CHECKING:
    from iteralign.training.objective import Objective


class ObjectiveKind(KindSettings):
    """What a candidate learns from its training pairs."""

    kind: str = Field(
        "supervised",
        description="what is learned from training pairs: `supervised`, to write their answers; `anchored`, to "
        "write the revisions and to predict what the base does on harmless prompts; `preference`, to prefer them to "
        "the answers that they replace; or a kind that another package brings",
    )

    @classmethod
    def registry(cls) -> Registry[type[ObjectiveKind]]:
        return OBJECTIVES

    needs_base: ClassVar[bool] = False
    """Whether it needs the base's weights under those that are trained, and so `training.weights: lora`."""

    def check(self) -> None:
        """Raise ConfigError, before anything large is loaded, where what it takes is not installed."""

    def build(self) -> Objective:
        """The objective. It is built for each candidate."""
        raise NotImplementedError


OBJECTIVES = registry_of(
    ObjectiveKind,
    "training objective",
    "iteralign.objectives",
    {
        "supervised": "iteralign.training.supervised_kind:SupervisedKind",
        "anchored": "iteralign.training.anchored_kind:AnchoredKind",
        "preference": "iteralign.training.preference_kind:PreferenceKind",
    },
)


def default_objective() -> ObjectiveKind:
    """The objective where none is named."""
    return OBJECTIVES.load(ObjectiveKind.model_fields["kind"].default)()
