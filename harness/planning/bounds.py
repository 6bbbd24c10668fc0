"""The least and the most that a run does as it is configured: from nothing learnt to every cap reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.config.schema import RunConfig
from harness.planning.counts import Items, RoundCounts, RunCounts, Try
from iteralign.oracle.prompts import FORBIDDEN, TWINS


@dataclass(frozen=True)
class Sizes:
    """What was loaded for a run: prompts to attack with and harmless ones, items of the gate's and the final tasks.

    `first_of_gate` is what the base is asked of the gate's items before any candidate, all of them where there are no
    blocks. `examined` is how many plain cases the judge is asked, 0 for one that needs no examination, and `proposed`
    how many principles a proposal brings at most. `final_again` is what the final look asks of a model that has not
    changed, since the store can't answer it.
    """

    prompts: int
    harmless: int
    gate: Items
    first_of_gate: Items
    final: Items
    examined: int
    proposed: int
    final_again: Items


def least(config: RunConfig, sizes: Sizes) -> RunCounts:
    """The base measured, and batches without a violation until there were enough; the result is the base."""
    loop = config.loop
    # A batch in which no violation was found, but some answers could not be judged, counts as skipped.
    wanted = min(loop.clean_batches, loop.patience, loop.max_rounds)
    batches = list(_batches(config, sizes))[:wanted]
    return RunCounts(
        examined=sizes.examined,
        harmless=_harmless(config, sizes),
        outside=sizes.first_of_gate + sizes.final + sizes.final_again,
        rounds=tuple(RoundCounts(size, size) for size in batches),
    )


def most(config: RunConfig, sizes: Sizes) -> RunCounts:
    """Every answer a violation, every try needed, every cap reached, and the last try of each round accepted."""
    batches = list(_batches(config, sizes))[: config.loop.max_rounds]
    rounds, earlier = [], 0
    for number, size in enumerate(batches, start=1):
        rounds.append(_largest_round(config, sizes, number, size, earlier))
        earlier += size
    return RunCounts(
        examined=sizes.examined,
        harmless=_harmless(config, sizes),
        outside=sizes.gate + sizes.final + sizes.final,
        rounds=tuple(rounds),
    )


def _batches(config: RunConfig, sizes: Sizes) -> Iterator[int]:
    """The sizes of the batches that can be drawn, without replacement."""
    for start in range(0, sizes.prompts, config.red_team.batch_size):
        yield min(config.red_team.batch_size, sizes.prompts - start)


def _harmless(config: RunConfig, sizes: Sizes) -> int:
    """The harmless prompts that are answered before the first round, where anything is made of them."""
    needed = config.training.replayed_harmless or config.constitution.discovery == "clusters"
    return sizes.harmless if needed else 0


def _largest_round(config: RunConfig, sizes: Sizes, number: int, size: int, earlier: int) -> RoundCounts:
    revision = config.revision
    tried = size * config.loop.revision_tries
    groups, effects, watched = _largest_discovery(config, sizes, number, size)
    return RoundCounts(
        attacks=size,
        answered=size,
        groups=groups,
        effects=effects,
        watched=watched,
        critiques=tried if revision.method == "critique" else 0,
        revisions=tried * revision.best_of,
        tries=tuple(_largest_tries(config, sizes, size, earlier)),
    )


def _largest_discovery(config: RunConfig, sizes: Sizes, number: int, size: int) -> tuple[int, int, int]:
    """Groups, answers to violations that principles are measured on, and answers to harmless prompts."""
    settings = config.constitution
    if settings.discovery != "clusters":
        return (1 if settings.discovery == "published" else 0), 0, 0
    smallest, share = _groups(config)
    groups = size // smallest
    principles = groups * sizes.proposed
    # Without the new principle nothing is asked as long as there is no other: the violations themselves say it.
    ways = 2 if number > 1 or settings.file else 1
    effects = ways * sizes.proposed * int(share * size) if groups else 0
    harmless = min(settings.max_harmless, sizes.harmless)
    watched = (principles + 1) * harmless if groups else 0
    if not settings.examples:
        return groups, effects, watched
    # Each principle is sent back once: two requests for examples, two tests, and the examples and twins judged.
    written = principles * 2 * (FORBIDDEN + TWINS + 2 * TWINS)
    return groups + 2 * principles, 2 * effects + written, 2 * watched


def _groups(config: RunConfig) -> tuple[int, float]:
    """Violations in the smallest group that is proposed from, and the largest share of a group that is held out."""
    settings, needed = config.constitution, config.loop.min_evidence
    max_shown = max(settings.max_shown, needed)
    halves = [(size, min(max_shown, (size + 1) // 2)) for size in range(2, 2 * max_shown + settings.max_held_out + 1)]
    usable = [(size, min(settings.max_held_out, size - shown)) for size, shown in halves if shown >= needed]
    return usable[0][0], max(held_out / size for size, held_out in usable)


def _largest_tries(config: RunConfig, sizes: Sizes, size: int, earlier: int) -> Iterator[Try]:
    training = config.training
    for attempt in range(config.loop.gate_retries + 1 if config.gate.enabled else 1):
        scaled = training.scaled(training.retry_scale**attempt)
        pairs = size + min(scaled.replayed_revisions, earlier) + min(scaled.replayed_harmless, sizes.harmless)
        pairs += scaled.replayed_twins if config.constitution.file or config.constitution.examples else 0
        strengths = len(training.strengths)
        measured = sum([sizes.gate] * strengths if config.gate.enabled else [], Items())
        yield Try(pairs, scaled.steps(pairs), measured, strengths)
