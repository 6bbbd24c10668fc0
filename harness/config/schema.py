"""The one validated configuration of a run: what can be set, its default, its range and what it means.

`harness.config.sources` merges where values come from; `load_config` is the way in:
defaults < recipe < file (--config) < environment (HARNESS_…) < flags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from harness.config.choices import one_of, quoted
from harness.config.practice import practice_notes
from harness.config.sources import Source, environment_sources, file_source, flag_source, merge, recipe_source, validate
from harness.red_team.sources import PUBLIC_SETS
from harness_base.errors import ConfigError, TaskError
from iteralign.core.records import TrainingSettings
from iteralign.red_team.templates import TEMPLATES
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog

_REAL_MODEL = Source("default for a real model", {"gate.policy": "real"})
"""What is set before all else where the model is not the practice one and no recipe is named."""
_PAPER = Source(
    "mode paper",
    {
        "red_team.batch_size": 20,
        "constitution.discovery": "published",
        "constitution.needed": False,
        "revision.filtered": False,
        "loop.revision_tries": 1,
        "loop.min_evidence": 1,
        "loop.min_revised": 0.0,
        "training.method": "full",
        "training.learning_rate": 2e-6,
        "training.epochs": 3.0,
        "training.max_steps": None,
        "training.replayed_revisions": 0,
        "training.replayed_harmless": 0,
        "gate.enabled": False,
    },
)
"""What the paper's script does, over a recipe's settings and under those that a user gives. See docs/paper.md."""


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _run_name(name: str) -> str:
    if name == "latest" or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ValueError("must be 1 to 64 letters, digits, dots, dashes or underscores, and not `latest`")
    return name


def _variable_name(name: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        # The value is kept out of the message: it may be a key that was put in the wrong place.
        raise ValueError("must be the name of an environment variable (A-Z, 0-9, _), never a key itself")
    return name


def _plain_url(url: str) -> str:
    from iteralign.oracle.addresses import problem, tidy

    url = tidy(url)
    if wrong := problem(url):
        raise ValueError(wrong)
    return url


def _extra_fields(fields: dict[str, Any]) -> dict[str, Any]:
    ours = sorted({"messages", "model", "n", "stream"} & set(fields))
    if ours:
        raise ValueError(f"must not hold {ours[0]}, which the harness sets itself")
    if any(re.search(r"key|secret|password|authorization", name, re.IGNORECASE) for name in fields):
        raise ValueError("must not hold a key: it is written to the store")
    try:
        json.dumps(fields, allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError("must hold what JSON can say") from None
    return fields


def _mark_pairs(marks: object) -> object:
    """Pairs, each written as two texts or as one with a blank between them."""
    if not isinstance(marks, list | tuple):
        return marks
    pairs = [tuple(pair.split()) if isinstance(pair, str) else pair for pair in marks]
    if any(isinstance(pair, list | tuple) and len(pair) == 2 and not all(map(str.strip, pair)) for pair in pairs):
        raise ValueError("must be marks of at least one character")
    return pairs


class ModelConfig(_Group):
    """The model under alignment."""

    path: str = Field(PRACTICE_MODEL, description="folder of a Hugging Face model, or `sandbox`, the practice one")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field("auto", description="precision of the weights")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the model runs")
    max_length: int | None = Field(None, ge=16, description="context window in tokens; null: the model's own")
    max_new_tokens: int = Field(48, ge=1, description="longest answer, in tokens")
    thinking_tokens: int | None = Field(
        None,
        ge=0,
        description="tokens for a thought before the answer; null: 1,024 where the chat template knows one",
    )
    thinking_marks: Annotated[tuple[tuple[str, str], ...] | None, BeforeValidator(_mark_pairs)] = Field(
        None, description="pairs that open and close a thought, as `<think> </think>`; null: the usual ones"
    )
    batch_size: int | None = Field(
        None, ge=1, description="answers generated at once, at most; null: as the memory allows"
    )


class OracleConfig(_Group):
    """The stronger model that judges and proposes."""

    kind: Literal["embedded", "openai", "hf"] = Field(
        "embedded", description="who judges: rules, for practice; an OpenAI-compatible server; a local model"
    )
    path: Path | None = Field(None, description="folder of the local model that judges (`--oracle hf:DIR`)")
    url: Annotated[str, AfterValidator(_plain_url)] | None = Field(
        None, description="address that ends in /v1, or Azure's with its `?api-version=…`"
    )
    model: Annotated[str, AfterValidator(str.strip)] | None = Field(
        None, description="name of the model on that server"
    )
    key_env: Annotated[str, AfterValidator(_variable_name)] = Field(
        "OPENAI_API_KEY", description="environment variable that holds the key"
    )
    timeout_s: float = Field(60.0, gt=0, description="seconds to wait for one reply")
    concurrency: int = Field(8, ge=1, le=256, description="requests under way at once")
    retries: int = Field(3, ge=0, le=20, description="tries after a failed request")
    json_schema: Literal["auto", "on", "off"] = Field(
        "auto", description="ask the server to hold replies to a schema; auto: until it turns out that it can't"
    )
    temperature: float | None = Field(
        0.0, ge=0, le=2, description="temperature of replies, or the model's own where it takes no other; null: its own"
    )
    reply_tokens: int | None = Field(
        None, ge=16, description="longest reply, thoughts included; null: as long as the server allows"
    )
    system_role: Literal["auto", "on", "off"] = Field(
        "auto",
        description="give instructions as the system's; off: as the user's; auto: until it turns out that it can't",
    )
    reasoning_effort: str | None = Field(
        None, min_length=1, max_length=20, description="how much a reasoning model thinks, such as `low`; null: its own"
    )
    extra_body: Annotated[dict[str, Any], AfterValidator(_extra_fields)] = Field(
        {}, description='further fields of each request, as JSON, such as `{"top_p": 0.9}`'
    )
    judge_sees: Literal["prompt_and_answer", "answer"] = Field(
        "prompt_and_answer", description="what is judged; `answer` alone is how the paper's script asks"
    )
    trust_judge: bool = Field(
        False, description="go on with a judge that fails the examination; every report then says so"
    )
    reuse: bool = Field(True, description="take replies that the store already holds for the very same question")
    max_calls: int | None = Field(None, ge=1, description="calls of one process, at most; the run then stops")
    max_tokens: int | None = Field(None, ge=1, description="tokens, asked and answered, at most")
    max_cost: float | None = Field(None, gt=0, description="money, at most, by the two prices")
    price_in: float = Field(0.0, ge=0, description="price of a million tokens asked")
    price_out: float = Field(0.0, ge=0, description="price of a million tokens answered")


class RedTeamConfig(_Group):
    """The prompts that attack."""

    sources: tuple[str, ...] = Field(
        (PRACTICE_MODEL,),
        description=f"files, `sandbox` for the practice prompts, or the sets {quoted(PUBLIC_SETS)}",
    )
    column: str | None = Field(
        None,
        min_length=1,
        description="column of the prompts in these files, `a.b` for one inside another; null: found",
    )
    harmless: tuple[str, ...] = Field(
        (PRACTICE_MODEL,), description="files of harmless prompts for replay, or `sandbox` for the practice ones"
    )
    templates: tuple[Annotated[str, one_of(TEMPLATES)], ...] = Field(
        ("standard",), min_length=1, description=f"attack templates, taken in turn ({quoted(TEMPLATES)})"
    )
    batch_size: int = Field(80, ge=1, description="prompts drawn a round")


class LoopConfig(_Group):
    """When a round counts and when the run ends."""

    max_rounds: int = Field(8, ge=1, description="rounds at most")
    patience: int = Field(2, ge=1, description="skipped rounds in a row that end the run")
    clean_batches: int = Field(2, ge=1, description="batches in a row without a violation that mean convergence")
    gate_retries: int = Field(2, ge=0, description="gentler tries after a rejected candidate")
    min_evidence: int = Field(3, ge=1, description="violations that a principle must rest on")
    principles_per_round: int = Field(2, ge=1, description="principles adopted a round, at most")
    revision_tries: int = Field(3, ge=1, description="revisions tried for a prompt before it is given up")
    min_revised: float = Field(
        0.3, ge=0, le=1, description="share of violations that revision must mend for a round to train"
    )
    max_unscored: float = Field(0.5, gt=0, le=1, description="share of unscored verdicts above which the run stops")


class ConstitutionConfig(_Group):
    """Where the principles come from, and how many of them stand in the context."""

    discovery: Literal["clusters", "published", "off"] = Field(
        "clusters", description="propose from clusters and measure; all at once, as published; or propose nothing"
    )
    file: Path | None = Field(None, description="written constitution to start from, Markdown or YAML")
    most_shown: int = Field(8, ge=1, le=100, description="violations of a cluster that the oracle is shown, at most")
    most_held_out: int = Field(
        12, ge=1, le=500, description="others of the cluster that a principle is measured on, at most"
    )
    most_harmless: int = Field(
        24, ge=0, le=2_000, description="harmless prompts on which it is watched for refusals, at most"
    )
    max_tokens: int | None = Field(
        None, ge=8, description="tokens that principles may take of a prompt; null: what the window holds"
    )
    embedding_model: Path | None = Field(
        None, description="folder of a sentence-transformers model to cluster by; null: by words"
    )
    review: bool = Field(False, description="wait for a person's approval before anything is trained on new principles")
    needed: bool = Field(True, description="skip a round while there is no principle")


class RevisionConfig(_Group):
    """How the model revises its own answers, and which revisions are kept."""

    method: Literal["regenerate", "critique"] = Field(
        "regenerate", description="answer again under the constitution, or criticise the first answer and rewrite it"
    )
    best_of: int = Field(
        1, ge=1, le=32, description="answers of a try, of which the best that the oracle accepts is kept"
    )
    show_original: bool = Field(False, description="put the first answer before the model when it answers again")
    filtered: bool = Field(
        True, description="train only on what the oracle accepts; false is how the paper published it"
    )


class TrainingConfig(_Group):
    """How a candidate is fine-tuned: the fields of `TrainingSettings`, and how a retry gets gentler."""

    method: Literal["lora", "full"] = Field(TrainingSettings.method, description="LoRA, or all weights")
    learning_rate: float = Field(TrainingSettings.learning_rate, gt=0, lt=1, description="AdamW's peak rate")
    epochs: float = Field(TrainingSettings.epochs, gt=0, description="passes over the round's training pairs")
    batch_size: int = Field(TrainingSettings.batch_size, ge=1, description="training pairs a step")
    rank: int = Field(TrainingSettings.rank, ge=1, description="LoRA's rank")
    alpha: int = Field(TrainingSettings.alpha, ge=1, description="LoRA's alpha")
    max_steps: int | None = Field(TrainingSettings.max_steps, ge=1, description="steps at most; null: no limit")
    replayed_revisions: int = Field(
        TrainingSettings.replayed_revisions, ge=0, description="training pairs of earlier rounds mixed in, at most"
    )
    replayed_harmless: int = Field(
        TrainingSettings.replayed_harmless, ge=0, description="harmless prompts with the model's own answers mixed in"
    )
    gentler: float = Field(0.5, gt=0, lt=1, description="factor on rate and steps at each retry")

    def settings(self) -> TrainingSettings:
        """The settings of a round's first try."""
        return TrainingSettings(**{field.name: getattr(self, field.name) for field in fields(TrainingSettings)})


class GateConfig(_Group):
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
    batch_size: int = Field(
        128, ge=1, description="requests scored at once where the shared-prefix scorer can't be used"
    )
    reuse: bool = Field(True, description="take scores that the store already holds for the very same content")


class RunConfig(_Group):
    """Everything that one `align-and-eval` depends on."""

    name: Annotated[str, AfterValidator(_run_name)] | None = Field(
        None, description="name of the run; null: one is made"
    )
    mode: Literal["iteralign", "paper"] = Field(
        "iteralign", description="the method of this program, or the paper's as it was published (docs/paper.md)"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of every random choice")
    runs_dir: Path = Field(Path("runs"), description="folder of the store and of what each run writes")
    insist_practice: bool = Field(False, description="allow the practice parts with any model")
    strict: bool = Field(False, description="make it an error when what would be trained on is measured by a task")
    data_dir: Path | None = Field(
        None, description="folder with the data of the real tasks; null: the cache, or the hub"
    )
    cache_dir: Path | None = Field(None, description="folder of fetched data; null: the user's cache")
    model: ModelConfig = ModelConfig()
    oracle: OracleConfig = OracleConfig()
    red_team: RedTeamConfig = RedTeamConfig()
    loop: LoopConfig = LoopConfig()
    constitution: ConstitutionConfig = ConstitutionConfig()
    revision: RevisionConfig = RevisionConfig()
    training: TrainingConfig = TrainingConfig()
    gate: GateConfig = GateConfig()

    @property
    def store_path(self) -> Path:
        """The SQLite file that all runs of this folder share."""
        return self.runs_dir / "harness.db"


class EvalConfig(_Group):
    """Everything that one `harness eval` depends on."""

    model: ModelConfig
    oracle: OracleConfig = OracleConfig()
    adapter: Path | None = None
    tasks: tuple[str, ...]
    data_dir: Path | None = None
    cache_dir: Path | None = None
    limit: int | None = None
    batch_size: int = 128
    reuse: bool = True
    seed: int = 0
    store: Path | None = None
    insist_practice: bool = False


class LoadedConfig(_Group):
    """A configuration, and for each dotted key the source that its value came from."""

    config: RunConfig
    origins: dict[str, str]

    def value(self, key: str) -> Any:
        """The value of a dotted key, as JSON has it."""
        value: Any = self.config.model_dump(mode="json")
        for part in key.split("."):
            value = value[part]
        return value


def load_config(
    recipe: str | None, file: Path | None, flags: Mapping[str, Any], environ: Mapping[str, str]
) -> RunConfig:
    """Merge and check a run's configuration. Raises ConfigError with one sentence."""
    loaded = load_with_origins(recipe, file, flags, environ)
    check_run(loaded.config)
    return loaded.config


def load_with_origins(
    recipe: str | None, file: Path | None, flags: Mapping[str, Any], environ: Mapping[str, str]
) -> LoadedConfig:
    """Merge the sources, each key on its own. `flags` maps dotted keys to values; text is read as in the environment.

    Raises ConfigError for an unknown key, a wrong type or a value out of range. What a run needs is not checked.
    """
    given = [file_source(RunConfig, file)] if file is not None else []
    given += [*environment_sources(RunConfig, environ), flag_source(RunConfig, flags)]
    values, origins = merge(RunConfig, [*_with_mode(_starting_point(recipe, given), given), *given])
    return LoadedConfig(config=validate(RunConfig, values, origins), origins=origins)


def _with_mode(first: Source, given: list[Source]) -> list[Source]:
    """What the mode sets: over a recipe that knows nothing of it, and under one that is made for it."""
    if first.values.get("mode") == "paper":
        return [_PAPER, first]
    asked, _ = merge(RunConfig, given)
    return [first, _PAPER] if asked.get("mode") == "paper" else [first]


def _starting_point(recipe: str | None, given: list[Source]) -> Source:
    """The recipe asked for; without one, what suits the model that the other sources name."""
    model, _ = merge(RunConfig, given)
    if recipe is None and model.get("model.path", PRACTICE_MODEL) != PRACTICE_MODEL:
        return _REAL_MODEL
    return recipe_source(RunConfig, recipe or PRACTICE_MODEL)


CHANGEABLE = frozenset(
    f"oracle.{name}" for name in ("max_calls", "max_tokens", "max_cost", "price_in", "price_out", "trust_judge")
)
"""What may be set anew when a run goes on: it changes nothing of what the run does, only how far it may go."""


def stored_config(values: Mapping[str, Any], name: str, changes: Mapping[str, Any] | None = None) -> RunConfig:
    """The configuration that run `name` was stored with, but for `changes`, whose keys are `CHANGEABLE`.

    Raises ConfigError where this program can't read it, or a change is no value of its setting.
    """
    sources = [Source.of(RunConfig, f"the stored run {name}", values), flag_source(RunConfig, changes or {})]
    values, origins = merge(RunConfig, sources)
    return validate(RunConfig, values, origins)


def eval_config(config: RunConfig, *, adapter: Path | None, store: Path | None) -> EvalConfig:
    """What `harness eval` needs of a run's configuration. Raises ConfigError where something is missing."""
    _check_model(config)
    tasks = config.gate.tasks
    if tasks is None and config.model.path != PRACTICE_MODEL:
        raise ConfigError(f"No task is named for {config.model.path}: add --tasks; `harness tasks` lists them.")
    tasks = tasks or (catalog.gate_group(practice=True),)
    practice_notes(config.model.path, None, tasks, insisted=config.insist_practice)
    _check_judge(config, tasks)
    return EvalConfig(
        model=config.model,
        oracle=config.oracle,
        adapter=adapter,
        tasks=tasks,
        data_dir=config.data_dir,
        cache_dir=config.cache_dir,
        limit=config.gate.limit,
        batch_size=config.gate.batch_size,
        reuse=config.gate.reuse,
        seed=config.seed,
        store=store,
        insist_practice=config.insist_practice,
    )


def check_run(config: RunConfig) -> None:
    """Check what one setting alone can't tell.

    Raises ConfigError, TaskError where practice parts meet a real model, or MissingKeyError, each with one sentence.
    """
    _check_model(config)
    check_oracle(config.oracle)
    if not config.red_team.sources:
        raise ConfigError("red_team.sources is empty: name a file of red-team prompts with --red-team.")
    tasks = [*(config.gate.tasks or ()), *(config.gate.final_tasks or ()), *config.gate.guards]
    practice_notes(config.model.path, config.oracle.kind, tasks, insisted=config.insist_practice)
    _check_key(config.oracle)


def _check_model(config: RunConfig) -> None:
    if not config.model.path:
        raise ConfigError("model.path is empty: name the folder of a Hugging Face causal model with --model.")


def check_oracle(oracle: OracleConfig) -> None:
    """Check that all is named that this kind of oracle needs, and nothing else. Raises ConfigError."""
    needed = {"oracle.url": (oracle.url, "--oracle-url"), "oracle.model": (oracle.model, "--oracle-model")}
    for key, (value, flag) in needed.items():
        if oracle.kind == "openai" and not value:
            raise ConfigError(f"oracle.kind openai needs {key}: give it with {flag}.")
        if oracle.kind != "openai" and value:
            raise ConfigError(f"{key} is set, but oracle.kind is {oracle.kind}, which has none: add --oracle openai.")
    if (oracle.kind == "hf") != (oracle.path is not None):
        raise ConfigError(
            "oracle.kind hf and oracle.path belong together: write --oracle hf:DIR, or leave oracle.path out."
        )
    for cap in ("max_calls", "max_tokens", "max_cost"):
        if oracle.kind != "openai" and getattr(oracle, cap) is not None:
            raise ConfigError(
                f"oracle.{cap} is for --oracle openai: the oracle {oracle.kind} runs here and costs nothing."
            )
    if oracle.max_cost is not None and not (oracle.price_in or oracle.price_out):
        raise ConfigError(
            "oracle.max_cost needs the prices: set oracle.price_in and oracle.price_out, per million tokens."
        )


def _check_judge(config: RunConfig, tasks: Sequence[str]) -> None:
    """The embedded oracle's verdicts are practice, whoever wrote the answers."""
    check_oracle(config.oracle)
    judged = [name for name in catalog.expand(tasks) if name in catalog.TASKS and catalog.TASKS[name].judged]
    real = [name for name in judged if not catalog.TASKS[name].practice]
    if real and config.oracle.kind == "embedded" and not config.insist_practice:
        raise TaskError(
            f"{real[0]} is judged by an oracle, and the embedded one is for practice: give --oracle openai with "
            "--oracle-url and --oracle-model, leave the task out, or insist with --insist-practice."
        )
    if judged:
        _check_key(config.oracle)


def _check_key(oracle: OracleConfig) -> None:
    """Miss the key before anything is loaded."""
    if oracle.kind == "openai":
        from iteralign.oracle.endpoint import Endpoint

        Endpoint(str(oracle.url), str(oracle.model), key_env=oracle.key_env).key()
