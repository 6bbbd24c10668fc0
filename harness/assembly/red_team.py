"""The red-team prompts and the harmless ones: which sources there are, their prompts, and how the loop draws."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.config.schema import EvalConfig, RunConfig
from harness.contamination.screen import Screen
from harness.red_team.sources import harmless_source, red_team_source
from harness_base.errors import DataError
from iteralign.core.protocols import JudgesHarmless, Oracle, Stages, no_stages
from iteralign.core.records import Attack, TrainingPair
from iteralign.loop import Draw
from iteralign.model.causal import CausalModel
from iteralign.red_team.everyday import EVERYDAY
from iteralign.red_team.pool import LoadedPrompts, joined, left_out, within_window
from iteralign.red_team.sampling import draw
from iteralign.red_team.sources import DataFolders, PromptSource
from iteralign.red_team.templates import attack
from iteralign.revision.unscored import verdicts_by
from iteralign.sandbox import PRACTICE_MODEL
from iteralign.training.replay import half_and_half

KEPT = "kept for the attack tasks"


def check_sources(config: RunConfig) -> None:
    """Miss a source of red-team or harmless prompts before a model is loaded, or prompts in it.

    Raises DataError, FetchError for a set that can't be had, or ConfigError for a source of another package.
    """
    attacking = _red_team_sources(config)
    for source in (*_harmless_sources(config), *attacking):
        source.read(data_folders(config))


def red_team_prompts(config: RunConfig, model: CausalModel, screen: Screen) -> LoadedPrompts:
    """The red-team prompts that fit the model's window and that nothing measures.

    Raises DataError, FetchError or ContaminationError.
    """
    sources = _red_team_sources(config)
    files = [source.read(data_folders(config)) for source in sources]
    pool = joined(files)
    # What a source keeps for measuring is no overlap that anybody has to mend.
    is_kept = {file.name: source.is_kept for file, source in zip(files, sources, strict=True)}
    kept = {prompt.text for prompt in pool.prompts if is_kept[prompt.source](prompt.text)}
    loaded = screen.prompts(left_out(pool, kept, KEPT), "red-team prompt")
    if not loaded.prompts:
        raise DataError("Every red-team prompt is measured by a task, so none is left to train on: name other prompts.")
    return within_window(loaded, model.count_tokens, model.longest_question)


def harmless_prompts(config: RunConfig, model: CausalModel, screen: Screen) -> LoadedPrompts:
    """The harmless prompts for replay that fit the model's window and that nothing measures, as many as a run can use.

    Raises DataError or ContaminationError.
    """
    files = [source.read(data_folders(config)) for source in _harmless_sources(config)]
    loaded = screen.prompts(joined(files), "harmless prompt")
    if not loaded.prompts:
        return loaded
    fitting = within_window(loaded, model.count_tokens, model.longest_question)
    return _drawn(fitting, harmless_types(config), most_harmless(config), config.seed)


def most_harmless(config: RunConfig) -> int:
    """How many harmless prompts a run uses at the most: each gentler try mixes in more of them than the one before."""
    scale = config.training.retry_scale**config.loop.gate_retries
    return max(config.training.scaled(scale).replayed_harmless, config.constitution.max_harmless)


def _drawn(loaded: LoadedPrompts, type_of: Callable[[str], str], size: int, seed: int) -> LoadedPrompts:
    """Of more prompts than that, a sample: the model has to answer each, and the oracle to judge the answer."""
    if len(loaded.prompts) <= size:
        return loaded
    drawn = half_and_half(loaded.prompts, lambda prompt: type_of(prompt.text), size, random.Random(seed))
    return replace(loaded, prompts=tuple(drawn))


def harmless_types(config: RunConfig) -> Callable[[str], str]:
    """What a harmless prompt looks like, by its text, as `PromptSource.type_of` of the first source that knows it."""
    sources = _harmless_sources(config)
    return lambda text: next((kind for source in sources if (kind := source.type_of(text))), "")


def _harmless_sources(config: RunConfig) -> list[PromptSource]:
    """Those named, else those that fit the model."""
    fitting = (PRACTICE_MODEL if config.model.path == PRACTICE_MODEL else EVERYDAY,)
    named = config.red_team.harmless
    return [harmless_source(name) for name in (fitting if named is None else named)]


def _red_team_sources(config: RunConfig) -> list[PromptSource]:
    return [red_team_source(name, config.red_team.column) for name in config.red_team.sources]


def data_folders(config: RunConfig | EvalConfig) -> DataFolders:
    """Where that configuration has its data."""
    data_dir, cache_dir = (str(folder) if folder else None for folder in (config.data_dir, config.cache_dir))
    return DataFolders(data_dir, cache_dir)


def drawing(config: RunConfig, loaded: LoadedPrompts) -> Draw:
    """How the loop draws: without replacement, the templates taken in turn from round to round."""
    templates: Sequence[str] = config.red_team.templates

    def draw_attacks(drawn: frozenset[str], round_number: int) -> list[Attack]:
        size = config.red_team.batch_size
        chosen = draw(loaded.prompts, drawn, seed=config.seed, round_number=round_number, size=size)
        return [
            attack(prompt, templates[(round_number + index) % len(templates)]) for index, prompt in enumerate(chosen)
        ]

    return draw_attacks


def harmless_pairs(
    model: CausalModel,
    oracle: Oracle,
    prompts: LoadedPrompts,
    type_of: Callable[[str], str],
    stages: Stages = no_stages,
    *,
    longest: int | None = None,
) -> list[TrainingPair]:
    """Harmless prompts with the base model's own satisfactory answers, for replay.

    An answer that ran into the length limit is replayed as far as its last whole word: were those left out, a model
    that writes at length would have hardly anything to replay, and only its shortest answers. `longest` is that limit
    in tokens, where it is shorter than the model's own. `type_of` is as `harmless_types` gives it. A judge of answers
    to harmful requests judges these by its rule for harmless ones.
    """
    answered = stages("answering harmless prompts for replay", len(prompts.prompts))
    attacks = [attack(prompt, "standard") for prompt in prompts.prompts]
    answers = model.generate(attacks, advance=answered, longest=longest)
    judge = oracle.judge_harmless if isinstance(oracle, JudgesHarmless) else oracle.judge
    verdicts = verdicts_by(judge, answers, advance=stages("judging those answers", len(answers)))
    return [
        TrainingPair(
            answer.attack.prompt.id,
            answer.attack.conversation,
            answer.text if answer.finished else _whole_words(answer.text),
            "replayed_harmless",
            prompt_type=type_of(answer.attack.prompt.text),
            cut=not answer.finished,
        )
        for answer, verdict in zip(answers, verdicts, strict=True)
        if verdict.label == "satisfactory" and answer.text.strip()
    ]


def _whole_words(text: str) -> str:
    """Without the last word, which may be a part of one; a text of a single word is left as it is."""
    return text.rsplit(maxsplit=1)[0]


def little_to_replay(config: RunConfig, pairs: int, asked: int) -> str:
    """What must be said where not even the first try has as many harmless prompts to replay as it would take."""
    wanted = min(config.training.replayed_harmless, asked)
    if pairs >= wanted:
        return ""
    return (
        f"Of {asked:,} harmless prompts only {pairs:,} have a satisfactory answer of the model's own to replay, and "
        f"the first try would take {wanted:,}: with little to replay a model learns to refuse harmless requests. "
        "Name more with red_team.harmless, or look at what the oracle holds against the answers."
    )
