"""Builds the real parts that a run is joined from, out of its configuration. Nothing here writes anything."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from harness.config import EvalConfig, ModelConfig, OracleConfig, RunConfig
from harness.evaluation.judged import EMBEDDED_JUDGE
from harness.gate.policy import Policy, tasks_of
from harness.screening import Screen
from harness_errors import ConfigError, DataError
from iteralign.loop import Draw, LoopSettings
from iteralign.model import CausalModel, ModelSettings, check_folder
from iteralign.oracle import ChatOracle, Endpoint, embedded_oracle, openai_oracle
from iteralign.records import Attack, TrainingPair
from iteralign.red_team.columns import first_turn
from iteralign.red_team.sampling import draw
from iteralign.red_team.sources import LoadedPrompts, left_out, load_prompts, pooled, texts_of, within_window
from iteralign.red_team.templates import attack
from iteralign.sandbox import HARMLESS_FILE, PRACTICE_MODEL, PRACTICE_MODEL_DIR, RED_TEAM_FILE
from tasks import catalog
from tasks.data.resolver import load
from tasks.data.split import side

_REAL_TASKS = ("iteralign_gate",)
_SHARED_SETS = ("dangerousqa", "harmfulqa")
_RED_TEAM_SETS = (*_SHARED_SETS, "hh_rlhf")
_MOST_PROPOSED = 12
KEPT = "kept for the attack tasks"


def model_folder(config: ModelConfig) -> Path:
    """Where the model's files are."""
    return PRACTICE_MODEL_DIR if config.path == PRACTICE_MODEL else Path(config.path)


def check_model(config: ModelConfig) -> None:
    """Miss the model before anything is fetched for it. Raises ModelError."""
    check_folder(model_folder(config))


def load_model(config: ModelConfig, adapters_dir: Path) -> CausalModel:
    """Load the model under alignment. Raises ModelError."""
    settings = ModelSettings(
        path=model_folder(config),
        dtype=config.dtype,
        device=config.device,
        max_length=config.max_length,
        max_new_tokens=config.max_new_tokens,
        batch_size=config.batch_size,
    )
    return CausalModel.load(settings, adapters_dir)


def oracle_name(config: OracleConfig) -> str:
    """What tells one judge from another in a fingerprint."""
    return EMBEDDED_JUDGE if config.kind == "embedded" else f"{config.model} at {config.url}"


def make_oracle(config: OracleConfig) -> ChatOracle:
    """The oracle behind its one text path. Raises MissingKeyError or ConfigError."""
    if config.kind == "embedded":
        return embedded_oracle(most_principles=_MOST_PROPOSED)
    if config.url is None or config.model is None:
        raise ConfigError("oracle.kind is openai, but oracle.url or oracle.model is missing: give both.")
    endpoint = Endpoint(
        url=config.url,
        model=config.model,
        key_env=config.key_env,
        timeout_s=config.timeout_s,
        concurrency=config.concurrency,
        retries=config.retries,
    )
    return openai_oracle(endpoint, most_principles=_MOST_PROPOSED)


def gate_tasks(config: RunConfig, policy: Policy) -> tuple[str, ...]:
    """The tasks of every gate decision: the configured ones, or what fits the model, and the guards.

    Whatever else the policy decides by is among them, since what is missing would be rejected.
    """
    fitting = ("sandbox_gate",) if config.model.path == PRACTICE_MODEL else _REAL_TASKS
    wanted = catalog.expand([*(config.gate.tasks or fitting), *config.gate.guards])
    return tuple(dict.fromkeys([*wanted, *tasks_of(policy)]))


def check_data(tasks: Sequence[str], config: RunConfig | EvalConfig) -> None:
    """Miss the data of our own tasks and of named red-team sets before a model is loaded, which may take minutes.

    Raises DataError or FetchError; see `tasks.data.resolver.load`.
    """
    needed = [catalog.TASKS[task].data for task in catalog.expand(tasks) if task in catalog.TASKS]
    if isinstance(config, RunConfig):
        needed += [source for source in config.red_team.sources if source in _RED_TEAM_SETS]
    for name in dict.fromkeys(filter(None, needed)):
        load(name, **_folders(config))


def check_sources(sources: Sequence[str]) -> None:
    """Miss a red-team source before anything is loaded. Raises DataError."""
    for source in sources:
        if source not in (PRACTICE_MODEL, *_RED_TEAM_SETS) and not Path(source).is_file():
            hint = catalog.close(source, (PRACTICE_MODEL, *_RED_TEAM_SETS)) or ": check its name."
            raise DataError(f"There is no red-team file {source}{hint}")


def _folders(config: RunConfig | EvalConfig) -> dict[str, str | None]:
    folders = {"data_dir": config.data_dir, "cache_dir": config.cache_dir}
    return {key: str(folder) if folder else None for key, folder in folders.items()}


def final_tasks(config: RunConfig) -> tuple[str, ...]:
    """The tasks for base and result only; none by default for a real model."""
    if config.gate.final_tasks is not None:
        return config.gate.final_tasks
    return ("sandbox_final",) if config.model.path == PRACTICE_MODEL else ()


def red_team(config: RunConfig, model: CausalModel, screen: Screen) -> LoadedPrompts:
    """The red-team prompts that fit the model's window and that nothing measures.

    Raises DataError, FetchError or ContaminationError.
    """
    pool = pooled(_source(source, config) for source in config.red_team.sources)
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
    paths = [HARMLESS_FILE if source == PRACTICE_MODEL else Path(source) for source in config.red_team.harmless]
    loaded = screen.prompts(load_prompts(paths), "harmless prompt")
    return within_window(loaded, model.count_tokens, model.longest_question) if loaded.prompts else loaded


def _source(name: str, config: RunConfig) -> tuple[str, list[str]]:
    """The prompts of one red-team source, and the name that they are stored under."""
    if name in _RED_TEAM_SETS:
        rows = load(name, **_folders(config))
        return name, [first_turn(row.get("question") or row["transcript"]) for row in rows]
    path = RED_TEAM_FILE if name == PRACTICE_MODEL else Path(name)
    return path.name, texts_of(path)


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


def harmless_pairs(model: CausalModel, oracle: ChatOracle, prompts: LoadedPrompts) -> list[TrainingPair]:
    """Harmless prompts with the base model's own finished and satisfactory answers, for replay."""
    answers = model.generate([attack(prompt, "standard") for prompt in prompts.prompts])
    verdicts = oracle.judge([(answer.attack.text, answer.text) for answer in answers])
    return [
        TrainingPair(answer.attack.prompt.id, answer.attack.text, answer.text, "replayed_harmless")
        for answer, verdict in zip(answers, verdicts, strict=True)
        if verdict.label == "satisfactory" and answer.finished and answer.text
    ]


def loop_settings(config: RunConfig) -> LoopSettings:
    return LoopSettings(**config.loop.model_dump(), gentler=config.training.gentler)


def environment(model: CausalModel) -> dict[str, str]:
    """What the run's figures may depend on beside its configuration."""
    import torch

    packages = ("iteralign-harness", "torch", "transformers", "peft", "lm-eval", "datasets", "tokenizers")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": str(torch.get_num_threads()),
        "device": str(model.network.device),
        "dtype": str(model.network.dtype).removeprefix("torch."),
        **{name: version(name) for name in packages},
    }
