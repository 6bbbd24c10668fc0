"""What can be set of the loop and of a training: two groups of a configuration, each declared once.

Other groups stand beside what they set: `RevisionSettings`, `ConstitutionSettings`, and those of each kind.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Settings(BaseModel):
    """Settings that belong together: frozen, each within its range, and none that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LoopSettings(Settings):
    """When a round counts and when the run ends. Counts are of rounds, tries or violations."""

    max_rounds: int = Field(8, ge=1, description="rounds at most")
    patience: int = Field(2, ge=1, description="skipped rounds in a row that end the run")
    clean_batches: int = Field(2, ge=1, description="batches in a row without a violation that mean convergence")
    gate_retries: int = Field(2, ge=0, description="gentler tries after a rejected candidate")
    min_evidence: int = Field(
        3, ge=1, description="violations that a principle must rest on, and revisions that are worth training on"
    )
    principles_per_round: int = Field(2, ge=1, description="principles adopted a round, at most")
    revision_tries: int = Field(3, ge=1, description="revisions tried for a prompt before it is given up")
    min_revised: float = Field(
        0.3, ge=0, le=1, description="share of violations that revision must mend for a round to train"
    )
    max_unscored: float = Field(0.5, gt=0, le=1, description="share of unscored verdicts above which the run stops")


class TrainingSettings(Settings):
    """How a candidate is fine-tuned. Rates are AdamW's; `rank` and `alpha` are LoRA's and unused by `full`."""

    weights: Literal["lora", "full"] = Field("lora", description="which weights are trained: LoRA's, or all")
    learning_rate: float = Field(2e-4, gt=0, lt=1, description="AdamW's peak rate")
    epochs: float = Field(2.0, gt=0, description="passes over the round's training pairs")
    batch_size: int = Field(8, ge=1, description="training pairs a step")
    rank: int = Field(8, ge=1, description="LoRA's rank")
    alpha: int = Field(16, ge=1, description="LoRA's alpha")
    max_steps: int | None = Field(None, ge=1, description="steps at most; null: no limit")
    strengths: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (1.0,),
        min_length=1,
        description="shares of the steps after which a candidate is saved, rising to 1: the gate tries each, and the "
        "strongest that it lets through is taken",
    )
    replayed_revisions: int = Field(60, ge=0, description="training pairs of earlier rounds mixed in, at most")
    replayed_harmless: int = Field(60, ge=0, description="harmless prompts with the model's own answers mixed in")
    replayed_tokens: int | None = Field(
        None,
        ge=1,
        description="tokens of a harmless prompt's answer that are written and learned, at most: whether it helps "
        "stands at its beginning; null: as long as answers may be",
    )
    replayed_twins: int = Field(60, ge=0, description="twins of the principles in force mixed in, at most")
    retry_scale: float = Field(0.5, gt=0, lt=1, description="factor on rate and steps at each retry")

    @field_validator("strengths")
    @classmethod
    def _rises_to_all(cls, strengths: tuple[float, ...]) -> tuple[float, ...]:
        if strengths[-1] != 1.0 or any(later <= earlier for earlier, later in pairwise(strengths)):
            raise ValueError("must rise from one share to the next, and end with 1: what is trained beyond is lost")
        return strengths

    def saved_after(self, pairs: int) -> list[int]:
        """The step after which each strength's candidate is saved, no two after the same unless there are too few."""
        steps = self.steps(pairs)
        return [max(1, round(share * steps)) for share in self.strengths]

    def steps(self, pairs: int) -> int:
        """Optimiser steps that `pairs` training pairs take: `epochs` passes over them, `max_steps` at most."""
        steps = math.ceil(math.ceil(pairs / self.batch_size) * self.epochs)
        return min(steps, self.max_steps) if self.max_steps else steps

    def scaled(self, factor: float) -> TrainingSettings:
        """The same training with rate and length scaled by `factor` (at most 1), and more replay in turn."""
        return self.model_copy(
            update={
                "learning_rate": self.learning_rate * factor,
                "epochs": self.epochs * factor,
                "max_steps": max(1, round(self.max_steps * factor)) if self.max_steps else None,
                "replayed_revisions": round(self.replayed_revisions / factor),
                "replayed_harmless": round(self.replayed_harmless / factor),
            }
        )
