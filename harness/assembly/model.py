"""The model under alignment, from its configuration."""

from __future__ import annotations

from pathlib import Path

from harness.config.schema import ModelConfig
from iteralign.encoding.answers import USUAL_MARKS, Thinking
from iteralign.generation.generator import Generator, Subject
from iteralign.generation.kinds import BuildGenerator, GeneratorKind, default_generator
from iteralign.loading.models import check_folder
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL, PRACTICE_MODEL_DIR
from iteralign.training.kinds import ObjectiveKind


def model_folder(config: ModelConfig) -> Path:
    """Where the model's files are."""
    return PRACTICE_MODEL_DIR if config.path == PRACTICE_MODEL else Path(config.path)


def check_model(config: ModelConfig) -> None:
    """Miss the model before anything is fetched for it. Raises ModelError."""
    check_folder(model_folder(config))


def thinking(config: ModelConfig) -> Thinking:
    """How this model's thoughts are told from its answers."""
    return Thinking(config.thinking_marks or USUAL_MARKS, config.thinking_tokens)


def load_model(
    config: ModelConfig,
    adapters_dir: Path,
    constitution_tokens: int | None = None,
    generator: GeneratorKind | None = None,
    objective: ObjectiveKind | None = None,
) -> CausalModel:
    """Load the model under alignment, with what writes its answers and what its candidates learn.

    Raises ModelError, or ConfigError for a generator of another package that can't be built.
    """
    settings = ModelSettings(
        path=model_folder(config),
        dtype=config.dtype,
        device=config.device,
        max_length=config.max_length,
        max_new_tokens=config.max_new_tokens,
        constitution_tokens=constitution_tokens,
        thinking=thinking(config),
        batch_size=config.batch_size,
    )
    return CausalModel.load(settings, adapters_dir, _builder(generator or default_generator()), objective)


def _builder(generator: GeneratorKind) -> BuildGenerator:
    def build(subject: Subject) -> Generator:
        with generator.building():
            return generator.build(subject)

    return build
