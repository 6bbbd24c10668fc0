"""The one validated configuration of a run: what can be set, its default, its range and what it means.

The groups of settings are declared where they are used, in iteralign, and here where only the harness uses them.
`harness.config.load` merges where values come from: defaults < recipe < file (--config) < environment (HARNESS_…) <
flags.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SerializeAsAny

from harness.config.choices import one_of, quoted
from harness.red_team.sources import PUBLIC_SETS
from iteralign.constitution.settings import ConstitutionSettings
from iteralign.core.settings import LoopSettings, Settings, TrainingSettings
from iteralign.generation.kinds import GeneratorKind, default_generator
from iteralign.loading.references import ModelName
from iteralign.model.settings import ModelSettings
from iteralign.oracle.kinds import OracleKind, default_oracle
from iteralign.oracle.roles import judging, proposing
from iteralign.red_team.templates import TEMPLATES
from iteralign.revision.reviser import RevisionSettings
from iteralign.sandbox import PRACTICE_MODEL, PRACTICE_MODEL_DIR
from iteralign.training.kinds import ObjectiveKind, default_objective


def _run_name(name: str) -> str:
    if name == "latest" or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ValueError("must be 1 to 64 letters, digits, dots, dashes or underscores, and not `latest`")
    return name


class ModelConfig(ModelSettings):
    """The model under alignment: a folder, a name on the hub, or the practice model by its name."""

    path: Annotated[str, ModelName()] = Field(
        PRACTICE_MODEL,
        description="folder of a Hugging Face model, ORG/NAME[@REVISION] on the hub, or `sandbox`, the practice one",
    )

    @property
    def folder(self) -> Path:
        return PRACTICE_MODEL_DIR if self.path == PRACTICE_MODEL else super().folder


class RedTeamConfig(Settings):
    """The prompts that attack."""

    sources: tuple[str, ...] = Field(
        (PRACTICE_MODEL,),
        description=f"files, `sandbox` for the practice prompts, or the sets {quoted(PUBLIC_SETS)}",
    )
    all_harmful: bool = Field(
        False,
        description="say that every prompt in your own files asks for something harmful, as the judges `form` and "
        "`cascade` need it",
    )
    column: str | None = Field(
        None,
        min_length=1,
        description="column of the prompts in these files, `a.b` for one inside another; null: found",
    )
    harmless: tuple[str, ...] | None = Field(
        None,
        description="harmless prompts for replay: files, `everyday` for our own, or `sandbox` for the practice ones; "
        "null: `everyday`, and for the practice model `sandbox`",
    )
    templates: tuple[Annotated[str, one_of(TEMPLATES)], ...] = Field(
        ("standard",), min_length=1, description=f"attack templates, taken in turn ({quoted(TEMPLATES)})"
    )
    batch_size: int = Field(80, ge=1, description="prompts drawn a round")


class GateConfig(Settings):
    """What a candidate is measured on, and what decides."""

    tasks: tuple[str, ...] | None = Field(
        None, min_length=1, description="tasks of each decision; null: those that fit the model"
    )
    final_tasks: tuple[str, ...] | None = Field(
        None, description="tasks for base and result only; null: those that fit the model"
    )
    enabled: bool = Field(True, description="false accepts every candidate unmeasured, as published with the paper")
    policy: str = Field(PRACTICE_MODEL, min_length=1, description="name of a shipped policy, or the path of one")
    guards: tuple[str, ...] = Field(
        (), description="more tasks, ours or lm-eval's own, whose first metric is protected"
    )
    guard_margin: float = Field(0.05, ge=0, le=1, description="how much worse a guard's metric may get, in its unit")
    limit: int | None = Field(None, ge=1, description="items of each task, at most; null: all")
    answer_tokens: int | None = Field(
        None,
        ge=1,
        description="tokens of an answer that our tasks have written, at most; null: as each task says, and 96 under "
        "the judge `form`",
    )
    batch_size: int = Field(
        128, ge=1, description="requests scored at once where the shared-prefix scorer can't be used"
    )
    early_stopping: bool = Field(
        True, description="ask items in blocks and stop once the decision stands (docs/statistics.md); false asks all"
    )
    reuse: bool = Field(True, description="take scores that the store already holds for the very same content")


class RunConfig(Settings):
    """Everything that one `align-and-eval` depends on."""

    name: Annotated[str, AfterValidator(_run_name)] | None = Field(
        None, description="name of the run; null: one is made"
    )
    mode: Literal["iteralign", "paper"] = Field(
        "iteralign", description="the method of this program, or the paper's as it was published (docs/paper.md)"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of every random choice")
    runs_dir: Path = Field(Path("runs"), description="folder of the store and of what each run writes")
    allow_practice: bool = Field(False, description="allow the practice parts with any model")
    strict: bool = Field(False, description="make it an error when what would be trained on is measured by a task")
    data_dir: Path | None = Field(
        None, description="folder with the data of the real tasks; null: the cache, or the hub"
    )
    cache_dir: Path | None = Field(None, description="folder of fetched data; null: the user's cache")
    model: ModelConfig = ModelConfig()
    generator: SerializeAsAny[GeneratorKind] = Field(default_factory=default_generator)
    oracle: SerializeAsAny[OracleKind] = Field(default_factory=default_oracle)
    red_team: RedTeamConfig = RedTeamConfig()
    loop: LoopSettings = LoopSettings()
    constitution: ConstitutionSettings = ConstitutionSettings()
    revision: RevisionSettings = RevisionSettings()
    objective: SerializeAsAny[ObjectiveKind] = Field(default_factory=default_objective)
    training: TrainingSettings = TrainingSettings()
    gate: GateConfig = GateConfig()

    @property
    def judge(self) -> OracleKind:
        """Who judges: the oracle, unless `oracle.judge` names another."""
        return judging(self.oracle)

    @property
    def proposer(self) -> OracleKind:
        """Who proposes principles: the oracle, unless `oracle.proposer` names another."""
        return proposing(self.oracle)

    @property
    def store_path(self) -> Path:
        """The SQLite file that all runs of this folder share."""
        return self.runs_dir / "harness.db"


class EvalConfig(Settings):
    """Everything that one `harness eval` depends on."""

    model: ModelConfig
    generator: SerializeAsAny[GeneratorKind] = Field(default_factory=default_generator)
    oracle: SerializeAsAny[OracleKind] = Field(default_factory=default_oracle)
    adapter: Path | None = None
    tasks: tuple[str, ...]
    data_dir: Path | None = None
    cache_dir: Path | None = None
    limit: int | None = None
    answer_tokens: int | None = None
    batch_size: int = 128
    reuse: bool = True
    seed: int = 0
    store: Path | None = None
    allow_practice: bool = False

    @property
    def judge(self) -> OracleKind:
        """Who judges: the oracle, unless `oracle.judge` names another."""
        return judging(self.oracle)
