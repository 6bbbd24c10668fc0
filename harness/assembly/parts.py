"""Builds the real parts that a run is joined from, out of its configuration. Nothing here writes anything."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from harness.config.schema import EvalConfig, ModelConfig, OracleConfig, RunConfig
from harness.constitution.files import read_constitution
from harness.contamination.screen import Screen
from harness.evaluation.judged import EMBEDDED_JUDGE
from harness.gate.policy import Policy, tasks_of
from harness_base.errors import ConfigError, DataError
from iteralign.constitution import Discovery, DiscoverySettings
from iteralign.constitution.clusters import sentence_embedder
from iteralign.constitution.published import PublishedProposal, Unchanging
from iteralign.core.protocols import JudgingOracle, Model, Oracle, Stages, no_stages
from iteralign.core.records import Attack, Constitution, Principle, PrincipleOutcome, Prompt, TrainingPair
from iteralign.encoding.answers import USUAL_MARKS, Thinking
from iteralign.loading.models import check_folder
from iteralign.loop import Discoverer, Draw, LoopSettings
from iteralign.model.causal import CausalModel, ModelSettings
from iteralign.oracle import CallLog, Caps, ChatOracle, Completer, Endpoint, OpenAICompleter, RememberingCompleter
from iteralign.oracle.requests import REQUEST_VERSION
from iteralign.red_team.columns import asked
from iteralign.red_team.files import PromptFile, read_prompts
from iteralign.red_team.sampling import draw
from iteralign.red_team.sources import LoadedPrompts, joined, left_out, within_window
from iteralign.red_team.templates import attack
from iteralign.revision.reviser import RevisionSettings
from iteralign.revision.unscored import verdicts_on
from iteralign.sandbox import HARMLESS_FILE, PRACTICE_MODEL, PRACTICE_MODEL_DIR, RED_TEAM_FILE
from iteralign.sandbox.oracle import EmbeddedCompleter
from tasks import catalog
from tasks.data.resolver import load
from tasks.data.split import side
from tasks.refusals import read

_REAL_TASKS = ("iteralign_gate",)
_SHARED_SETS = ("dangerousqa", "harmfulqa")
_RED_TEAM_SETS = (*_SHARED_SETS, "hh_rlhf")
MAX_PROPOSED = 12
"""Principles that one proposal asks for."""
KEPT = "kept for the attack tasks"


def model_folder(config: ModelConfig) -> Path:
    """Where the model's files are."""
    return PRACTICE_MODEL_DIR if config.path == PRACTICE_MODEL else Path(config.path)


def check_model(config: ModelConfig) -> None:
    """Miss the model before anything is fetched for it. Raises ModelError."""
    check_folder(model_folder(config))


def thinking(config: ModelConfig) -> Thinking:
    """How this model's thoughts are told from its answers."""
    return Thinking(config.thinking_marks or USUAL_MARKS, config.thinking_tokens)


def load_model(config: ModelConfig, adapters_dir: Path, constitution_tokens: int | None = None) -> CausalModel:
    """Load the model under alignment. Raises ModelError."""
    settings = ModelSettings(
        path=model_folder(config),
        dtype=config.dtype,
        device=config.device,
        max_length=config.max_length,
        max_new_tokens=config.max_new_tokens,
        batch_size=config.batch_size,
        constitution_tokens=constitution_tokens,
        thinking=thinking(config),
    )
    return CausalModel.load(settings, adapters_dir)


def oracle_name(config: OracleConfig, oracle: Oracle) -> str:
    """What tells one judge from another in a fingerprint and in the store."""
    if config.kind != "hf":
        return _name_of_asked(config)
    from iteralign.oracle.local import LocalOracle

    assert isinstance(oracle, LocalOracle)  # `make_oracle` makes no other of this kind
    # By what was loaded, once: another model in the same folder is another judge, and a folder that changes is none.
    return f"{Path(config.path or '').name} {oracle.content_hash()}, prompt {REQUEST_VERSION}"


def _name_of_asked(config: OracleConfig) -> str:
    """The name of a judge that is sent messages, which its settings alone give."""
    seen = " (answers alone)" if config.judge_sees == "answer" else ""
    if config.kind == "embedded":
        return f"{EMBEDDED_JUDGE}{seen}"
    return f"{config.model} at {config.url}, prompt {REQUEST_VERSION}{_asked_otherwise(config)}{seen}"


def _asked_otherwise(config: OracleConfig) -> str:
    """The settings that make another judge of the same model, where they are not the usual ones."""
    own = "its own" if config.temperature is None else f"{config.temperature:g}"
    said = {
        f"temperature {own}": config.temperature != 0,
        f"reasoning effort {config.reasoning_effort}": config.reasoning_effort,
        f"with {json.dumps(config.extra_body, sort_keys=True)}": config.extra_body,
    }
    return "".join(f", {text}" for text, differs in said.items() if differs)


def _parameters(config: OracleConfig) -> str:
    """What else shapes a reply. What a server has refused of it stands with each call."""
    system = "" if config.system_role == "auto" else f", system role {config.system_role}"
    length = f", at most {config.reply_tokens} tokens" if config.reply_tokens else ""
    return f"temperature 0, schema {config.json_schema}{system}{length}"


def oracle_label(config: OracleConfig) -> str:
    """The oracle in a word or two, for lists."""
    return str({"embedded": EMBEDDED_JUDGE, "openai": config.model, "hf": config.path}[config.kind])


def make_oracle(
    config: OracleConfig, call_log: CallLog | None = None, *, max_principles: int = MAX_PROPOSED
) -> JudgingOracle:
    """The oracle, which remembers its calls with `call_log`. Raises MissingKeyError, ConfigError or ModelError."""
    if config.kind == "hf":
        return _local_oracle(config, max_principles)
    completer: Completer = (
        EmbeddedCompleter()
        if config.kind == "embedded"
        else OpenAICompleter(
            _endpoint(config),
            Caps(config.max_calls, config.max_tokens, config.max_cost, config.price_in, config.price_out),
        )
    )
    if call_log:
        # The rules are a part of this program: an earlier version's replies must not stand for this one's.
        reuse = config.reuse and config.kind == "openai"
        completer = RememberingCompleter(
            completer, call_log, name=_name_of_asked(config), parameters=_parameters(config), reuse=reuse
        )
    return ChatOracle(completer, max_principles=max_principles, judge_sees=config.judge_sees)


def _endpoint(config: OracleConfig) -> Endpoint:
    if config.url is None or config.model is None:
        raise ConfigError("oracle.kind is openai, but oracle.url or oracle.model is missing: give both.")
    return Endpoint(
        url=config.url,
        model=config.model,
        key_env=config.key_env,
        timeout_s=config.timeout_s,
        concurrency=config.concurrency,
        retries=config.retries,
        json_schema=config.json_schema,
        temperature=config.temperature,
        reply_tokens=config.reply_tokens,
        system_role=config.system_role,
        reasoning_effort=config.reasoning_effort,
        extra_body=config.extra_body,
    )


def _local_oracle(config: OracleConfig, max_principles: int) -> JudgingOracle:
    from iteralign.oracle.local import LocalOracle

    if config.judge_sees != "prompt_and_answer":
        raise ConfigError("oracle.judge_sees answer needs an oracle that chats: a local one is asked with the prompt.")
    return LocalOracle.load(Path(config.path or ""), max_principles=max_principles)


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


def check_sources(sources: Sequence[str], harmless: Sequence[str] = (), column: str | None = None) -> None:
    """Miss a source of red-team or harmless prompts before anything is loaded, or prompts in it. Raises DataError."""
    for source in harmless:
        _harmless(source)
    for source in sources:
        if source not in (PRACTICE_MODEL, *_RED_TEAM_SETS) and not Path(source).is_file():
            hint = catalog.close(source, (PRACTICE_MODEL, *_RED_TEAM_SETS)) or ": check its name."
            raise DataError(f"There is no red-team file {source}{hint}")
        if source not in (PRACTICE_MODEL, *_RED_TEAM_SETS):
            read_prompts(Path(source), column)


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
    if name in _RED_TEAM_SETS:
        column = "transcript" if name == "hh_rlhf" else "question"
        found = [asked(row[column], column) for row in load(name, **_folders(config))]
        return PromptFile(name, [one.text if one else "" for one in found])
    if name == PRACTICE_MODEL:
        return replace(read_prompts(RED_TEAM_FILE), notes=())
    return read_prompts(Path(name), config.red_team.column)


def _harmless(name: str) -> PromptFile:
    if name == PRACTICE_MODEL:
        return replace(read_prompts(HARMLESS_FILE), notes=())
    return read_prompts(Path(name), what="file of harmless prompts")


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
