"""The one validated configuration of a run: what can be set, its default, its range and what it means.

The groups of settings are declared where they are used, in iteralign, and here where only the harness uses them.
`harness.config.load` merges where values come from: defaults < recipe < file (--config) < environment (HARNESS_…) <
flags.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from harness.config.choices import one_of, quoted
from harness.red_team.sources import PUBLIC_SETS
from iteralign.constitution.settings import ConstitutionSettings
from iteralign.core.settings import LoopSettings, Settings, TrainingSettings
from iteralign.red_team.templates import TEMPLATES
from iteralign.revision.reviser import RevisionSettings
from iteralign.sandbox import PRACTICE_MODEL


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


class ModelConfig(Settings):
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


class OracleConfig(Settings):
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


class RedTeamConfig(Settings):
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


class GateConfig(Settings):
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


class RunConfig(Settings):
    """Everything that one `align-and-eval` depends on."""

    name: Annotated[str, AfterValidator(_run_name)] | None = Field(
        None, description="name of the run; null: one is made"
    )
    mode: Literal["iteralign", "paper"] = Field(
        "iteralign", description="the method of this program, or the paper's as it was published (docs/paper.md)"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of every random choice")
    runs_dir: Path = Field(Path("runs"), description="folder of the store and of what each run writes")
    allow_practice: bool = Field(False, description="allow the practice parts with any model")
    strict: bool = Field(False, description="make it an error when what would be trained on is measured by a task")
    data_dir: Path | None = Field(
        None, description="folder with the data of the real tasks; null: the cache, or the hub"
    )
    cache_dir: Path | None = Field(None, description="folder of fetched data; null: the user's cache")
    model: ModelConfig = ModelConfig()
    oracle: OracleConfig = OracleConfig()
    red_team: RedTeamConfig = RedTeamConfig()
    loop: LoopSettings = LoopSettings()
    constitution: ConstitutionSettings = ConstitutionSettings()
    revision: RevisionSettings = RevisionSettings()
    training: TrainingSettings = TrainingSettings()
    gate: GateConfig = GateConfig()

    @property
    def store_path(self) -> Path:
        """The SQLite file that all runs of this folder share."""
        return self.runs_dir / "harness.db"


class EvalConfig(Settings):
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
    allow_practice: bool = False
