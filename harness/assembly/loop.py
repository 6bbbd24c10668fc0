"""What the loop is joined from beside model, oracle and gate: how it finds principles, and which it starts with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.config.schema import RunConfig
from harness.constitution.files import read_constitution
from harness.constitution.shipped import file_named
from iteralign.constitution.clusters import sentence_embedder
from iteralign.constitution.discovery import Discovery
from iteralign.constitution.illustrating import WhyMeasured, nothing_measured
from iteralign.constitution.published import PublishedProposal, Unchanging
from iteralign.core.principle_outcome import PrincipleOutcome
from iteralign.core.protocols import Model, Oracle
from iteralign.core.records import Attack, Constitution, Prompt, TrainingPair
from iteralign.loop import Discoverer
from tasks.refusals import read


def discoverer(
    config: RunConfig,
    model: Model,
    oracle: Oracle,
    harmless: Sequence[TrainingPair],
    known: Sequence[PrincipleOutcome],
    why_measured: WhyMeasured = nothing_measured,
) -> Discoverer:
    """How this run comes by its principles; `why_measured` is the screen's.

    Raises ConfigError for an embedding model that can't be used.
    """
    settings = config.constitution
    if settings.discovery == "off":
        return Unchanging()
    if settings.discovery == "published":
        return PublishedProposal(oracle)
    embed = sentence_embedder(settings.embedding_model) if settings.embedding_model else None
    return Discovery(
        model,
        oracle,
        settings,
        config.loop,
        harmless=[Attack(Prompt(pair.prompt, "harmless"), "standard", pair.prompt) for pair in harmless],
        refuses=refuses,
        embed=embed,
        known=known,
        why_measured=why_measured,
    )


def refuses(prompt: str, answer: str) -> bool | None:
    """Whether an answer declines, as the over-refusal tasks read it; None where that can't be told."""
    label = read(prompt, answer).label
    return None if label == "cannot_tell" else label == "refusal"


def starting_constitution(config: RunConfig) -> Constitution:
    """The written constitution to start from, or none. Raises DataError for a file that is no constitution.

    Whatever evidence the file names is another run's: in this one the principles were given.
    """
    if config.constitution.file is None:
        return Constitution()
    written = read_constitution(file_named(config.constitution.file))
    return Constitution(tuple(replace(principle, evidence=(), round=0) for principle in written), version=1)
