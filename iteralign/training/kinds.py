"""The objectives by name, each with its own settings. Nothing here loads torch, so that a configuration can be checked.

Another package brings one by an entry point of the group `iteralign.objectives` that names an `ObjectiveKind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard, cast

from iteralign.core.kind_settings import kind_settings, maker
from iteralign.core.registry import Registry
from iteralign.core.settings import Settings, TrainingSettings

if TYPE_CHECKING:
    from iteralign.training.objective import Objective


@dataclass(frozen=True)
class ObjectiveKind:
    """One way to learn from training pairs.

    `settings` is the class of its settings, and `makes` names, as "module:attribute", what makes the objective of them;
    it is imported when a candidate is trained.
    """

    settings: type[Settings]
    makes: str


def _is_kind(kind: object) -> TypeGuard[ObjectiveKind]:
    return isinstance(kind, ObjectiveKind)


OBJECTIVES: Registry[ObjectiveKind] = Registry(
    "training objective",
    "iteralign.objectives",
    {"supervised": ObjectiveKind(Settings, "iteralign.training.supervised:SupervisedObjective")},
    _is_kind,
)


def objective_settings(training: TrainingSettings) -> Settings:
    """The settings of the objective that a training names. Raises ConfigError for a name or a setting there is not."""
    kind = OBJECTIVES.load(training.objective)
    return kind_settings(OBJECTIVES, training.objective, kind.settings, training.objective_settings)


def objective_of(training: TrainingSettings) -> Objective:
    """The objective that a training names. Raises ConfigError as `objective_settings`, and where it can't be made."""
    make = maker(OBJECTIVES, training.objective, OBJECTIVES.load(training.objective).makes)
    return cast("Objective", make(objective_settings(training)))
