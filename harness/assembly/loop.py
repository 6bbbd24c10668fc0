"""What the loop is joined from beside the model, the oracle and the gate: how it finds principles, and its settings."""

from __future__ import annotations

from collections.abc import Sequence

from harness.config.schema import RunConfig
from harness.constitution.files import read_constitution
from iteralign.constitution import Discovery, DiscoverySettings
from iteralign.constitution.clusters import sentence_embedder
from iteralign.constitution.published import PublishedProposal, Unchanging
from iteralign.core.protocols import Model, Oracle
from iteralign.core.records import Attack, Constitution, Principle, PrincipleOutcome, Prompt, TrainingPair
from iteralign.loop import Discoverer, LoopSettings
from iteralign.revision.reviser import RevisionSettings
from tasks.refusals import read


def discoverer(
    config: RunConfig, model: Model, oracle: Oracle, harmless: Sequence[TrainingPair], known: Sequence[PrincipleOutcome]
) -> Discoverer:
    """How this run comes by its principles. Raises ConfigError for an embedding model that can't be used."""
    settings = config.constitution
    if settings.discovery == "off":
        return Unchanging()
    if settings.discovery == "published":
        return PublishedProposal(oracle)
    embed = sentence_embedder(settings.embedding_model) if settings.embedding_model else None
    return Discovery(
        model,
        oracle,
        DiscoverySettings(
            min_evidence=config.loop.min_evidence,
            principles_per_round=config.loop.principles_per_round,
            most_shown=settings.most_shown,
            most_held_out=settings.most_held_out,
            most_harmless=settings.most_harmless,
            max_unscored=config.loop.max_unscored,
        ),
        harmless=[Attack(Prompt(pair.prompt, "harmless"), "standard", pair.prompt) for pair in harmless],
        refuses=refuses,
        embed=embed,
        known=known,
    )


def refuses(prompt: str, answer: str) -> bool | None:
    """Whether an answer declines, as the over-refusal tasks read it; None where that can't be told."""
    label = read(prompt, answer).label
    return None if label == "cannot_tell" else label == "refusal"


def revision_settings(config: RunConfig) -> RevisionSettings:
    revision = config.revision
    return RevisionSettings(
        method=revision.method,
        tries=config.loop.revision_tries,
        best_of=revision.best_of,
        show_original=revision.show_original,
    )


def starting_constitution(config: RunConfig) -> Constitution:
    """The written constitution to start from, or none. Raises DataError for a file that is no constitution.

    Whatever evidence the file names is another run's: in this one the principles were given.
    """
    if config.constitution.file is None:
        return Constitution()
    written = read_constitution(config.constitution.file)
    return Constitution(tuple(Principle(principle.text, (), 0) for principle in written), version=1)


def loop_settings(config: RunConfig) -> LoopSettings:
    loop = config.loop
    return LoopSettings(
        max_rounds=loop.max_rounds,
        patience=loop.patience,
        clean_batches=loop.clean_batches,
        gate_retries=loop.gate_retries,
        min_pairs=loop.min_evidence,
        min_revised=loop.min_revised,
        max_unscored=loop.max_unscored,
        gentler=config.training.gentler,
        filtered=config.revision.filtered,
        needs_principles=config.constitution.needed,
    )
