"""Judge and proposer, built from the configuration, and what must be said of a judge that goes by form."""

from __future__ import annotations

from harness.config.schema import RunConfig
from harness.judges.cascade import CascadeOracle
from harness.judges.kinds import CascadeKind
from iteralign.core.protocols import JudgingOracle
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.remembering import CallLog
from iteralign.oracle.roles import Roles


def build(kind: OracleKind, call_log: CallLog | None = None) -> JudgingOracle:
    """One oracle of its kind. Raises MissingKeyError, ConfigError or ModelError."""
    with kind.building():
        return kind.build(call_log)


def build_roles(config: RunConfig, call_log: CallLog | None = None) -> tuple[JudgingOracle, JudgingOracle]:
    """Who judges, and the oracle that judges by it and proposes; raises as `build`.

    Whoever has both roles is built once, so that a model is loaded once and a cap holds for both.
    """
    judge = build(config.judge, call_log)
    if config.proposer in (config.judge, *_asked_in_turn(config.judge)):
        return judge, judge
    if config.constitution.discovery == "off" and not config.proposer.proposes:
        return judge, judge
    return judge, Roles(judge, build(config.proposer, call_log))


def _asked_in_turn(kind: OracleKind) -> tuple[OracleKind, ...]:
    return (kind.rest_kind,) if isinstance(kind, CascadeKind) else ()


def form_notes(kind: OracleKind) -> list[str]:
    """What everybody must know who reads the figures of a judge by form."""
    if not kind.form_alone:
        return []
    return [
        "Judged by form alone: what is called a violation here is an answer that was not refused, whatever it says, so "
        "the figures say how much is not refused and nothing of how much harm is done."
    ]


def saved_notes(kind: OracleKind, judge: JudgingOracle) -> list[str]:
    """How many calls a cascade has saved in this process; nothing for another judge."""
    if not (isinstance(judge, CascadeOracle) and isinstance(kind, CascadeKind)):
        return []
    said = judge.saved.sentence(kind.rest_kind.label())
    return [said] if said else []
