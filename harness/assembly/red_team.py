"""The red-team prompts and the harmless ones: which sources there are, their prompts, and how the loop draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.config.schema import EvalConfig, RunConfig
from harness.contamination.screen import Screen
from harness_base.errors import DataError
from iteralign.core.protocols import Oracle, Stages, no_stages
from iteralign.core.records import Attack, TrainingPair
from iteralign.loop import Draw
from iteralign.model.causal import CausalModel
from iteralign.red_team.columns import asked
from iteralign.red_team.files import PromptFile, read_prompts
from iteralign.red_team.sampling import draw
from iteralign.red_team.sources import LoadedPrompts, joined, left_out, within_window
from iteralign.red_team.templates import attack
from iteralign.revision.unscored import verdicts_on
from iteralign.sandbox import HARMLESS_FILE, PRACTICE_MODEL, RED_TEAM_FILE
from tasks import catalog
from tasks.data.resolver import load
from tasks.data.split import side

_SHARED_SETS = ("dangerousqa", "harmfulqa")
RED_TEAM_SETS = (*_SHARED_SETS, "hh_rlhf")
KEPT = "kept for the attack tasks"


def check_sources(sources: Sequence[str], harmless: Sequence[str] = (), column: str | None = None) -> None:
    """Miss a source of red-team or harmless prompts before anything is loaded, or prompts in it. Raises DataError."""
    for source in harmless:
        _harmless(source)
    for source in sources:
        if source not in (PRACTICE_MODEL, *RED_TEAM_SETS) and not Path(source).is_file():
            hint = catalog.close(source, (PRACTICE_MODEL, *RED_TEAM_SETS)) or ": check its name."
            raise DataError(f"There is no red-team file {source}{hint}")
        if source not in (PRACTICE_MODEL, *RED_TEAM_SETS):
            read_prompts(Path(source), column)


def red_team_prompts(config: RunConfig, model: CausalModel, screen: Screen) -> LoadedPrompts:
    """The red-team prompts that fit the model's window and that nothing measures.

    Raises DataError, FetchError or ContaminationError.
    """
    pool = joined([_source(source, config) for source in config.red_team.sources])
    # The half of these sets that is kept for measuring is no overlap that anybody has to mend.
    kept = {one.text for one in pool.prompts if one.source in _SHARED_SETS and side(one.text) == "measure"}
    loaded = screen.prompts(left_out(pool, kept, KEPT), "red-team prompt")
    if not loaded.prompts:
        raise DataError("Every red-team prompt is measured by a task, so none is left to train on: name other prompts.")
    return within_window(loaded, model.count_tokens, model.longest_question)


def harmless_prompts(config: RunConfig, model: CausalModel, screen: Screen) -> LoadedPrompts:
    """The harmless prompts for replay that fit the model's window and that nothing measures.

    Raises DataError or ContaminationError.
    """
    files = [_harmless(source) for source in config.red_team.harmless]
    loaded = screen.prompts(joined(files), "harmless prompt")
    return within_window(loaded, model.count_tokens, model.longest_question) if loaded.prompts else loaded


def _source(name: str, config: RunConfig) -> PromptFile:
    """The prompts of one red-team source, under the name that they are stored under."""
    if name in RED_TEAM_SETS:
        column = "transcript" if name == "hh_rlhf" else "question"
        found = [asked(row[column], column) for row in load(name, **data_folders(config))]
        return PromptFile(name, [one.text if one else "" for one in found])
    if name == PRACTICE_MODEL:
        return replace(read_prompts(RED_TEAM_FILE), notes=())
    return read_prompts(Path(name), config.red_team.column)


def _harmless(name: str) -> PromptFile:
    if name == PRACTICE_MODEL:
        return replace(read_prompts(HARMLESS_FILE), notes=())
    return read_prompts(Path(name), what="file of harmless prompts")


def data_folders(config: RunConfig | EvalConfig) -> dict[str, str | None]:
    folders = {"data_dir": config.data_dir, "cache_dir": config.cache_dir}
    return {key: str(folder) if folder else None for key, folder in folders.items()}


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
    model: CausalModel, oracle: Oracle, prompts: LoadedPrompts, stages: Stages = no_stages
) -> list[TrainingPair]:
    """Harmless prompts with the base model's own finished and satisfactory answers, for replay."""
    told = stages("answering harmless prompts for replay", len(prompts.prompts))
    answers = model.generate([attack(prompt, "standard") for prompt in prompts.prompts], advance=told)
    verdicts = verdicts_on(oracle, answers, advance=stages("judging those answers", len(answers)))
    return [
        TrainingPair(answer.attack.prompt.id, answer.attack.text, answer.text, "replayed_harmless")
        for answer, verdict in zip(answers, verdicts, strict=True)
        if verdict.label == "satisfactory" and answer.finished
    ]
