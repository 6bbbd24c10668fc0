"""The oracle, from its configuration, and the name that tells one judge from another."""

from __future__ import annotations

import json
from pathlib import Path

from harness.config.schema import OracleConfig
from harness.evaluation.judged import EMBEDDED_JUDGE
from harness_base.errors import ConfigError
from iteralign.core.protocols import JudgingOracle, Oracle
from iteralign.oracle import CallLog, Caps, ChatOracle, Completer, Endpoint, OpenAICompleter, RememberingCompleter
from iteralign.oracle.requests import REQUEST_VERSION
from iteralign.sandbox.oracle import EmbeddedCompleter

MAX_PROPOSED = 12
"""Principles that one proposal asks for."""


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
