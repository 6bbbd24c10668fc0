"""The model under alignment, from its configuration."""

from __future__ import annotations

from pathlib import Path

from harness.config.schema import ModelConfig
from iteralign.constitution.selection import InContext
from iteralign.generation.generator import Generator, Subject
from iteralign.generation.kinds import BuildGenerator, GeneratorKind, default_generator
from iteralign.loading.models import check_folder
from iteralign.model.causal import CausalModel
from iteralign.training.kinds import ObjectiveKind


def check_model(config: ModelConfig) -> None:
    """Miss the model before anything is fetched for it. Raises ModelError."""
    check_folder(config.folder)


def load_model(
    config: ModelConfig,
    adapters_dir: Path,
    in_context: InContext | None = None,
    generator: GeneratorKind | None = None,
    objective: ObjectiveKind | None = None,
) -> CausalModel:
    """Load the model under alignment, with what writes its answers and what its candidates learn.

    Raises ModelError, or ConfigError for a generator of another package that can't be built.
    """
    return CausalModel.load(
        config,
        adapters_dir,
        _builder(generator or default_generator()),
        objective,
        in_context=in_context,
    )


def _builder(generator: GeneratorKind) -> BuildGenerator:
    def build(subject: Subject) -> Generator:
        with generator.building():
            return generator.build(subject)

    return build
