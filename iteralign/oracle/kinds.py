"""What an oracle can be: a base class for all kinds, and the table of those that ship with this program.

A new kind is one file with a subclass of `OracleKind`, and one line in the table. Another package brings one by an
entry point of the group `iteralign.oracles`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, JsonValue

from iteralign.core.kinds import KindSettings, registry_of
from iteralign.core.protocols import JudgingOracle, Oracle
from iteralign.core.registry import Registry
from iteralign.oracle.remembering import CallLog
from iteralign.oracle.spending import Caps

MAX_PROPOSED = 12
"""Principles that one proposal asks for."""


Cases = Literal["plain", "harmful", "refusals"]
"""What a judge is examined on: all plain cases, those of them whose request is harmful, or plain refusals and help."""


def in_full(value: object) -> object:
    """The settings that `KIND` or `KIND:ARGUMENT` stands for, as `hf:DIR` does; anything else as it is."""
    if not isinstance(value, str):
        return value
    kind, colon, argument = value.partition(":")
    if not colon or not (kind in ORACLES.own or ORACLES.package(kind)):
        return {"kind": value}
    setting = ORACLES.load(kind).argument
    return {"kind": kind, setting: argument} if setting else {"kind": value}


RoleValues = Annotated[dict[str, JsonValue] | None, BeforeValidator(in_full)]
"""Settings of an oracle for one role, laid over those of the group that they stand in."""


class OracleKind(KindSettings):
    """The stronger model that judges and proposes.

    A kind for `practice` says nothing about real models, and is not examined. One that `costs_calls` is told beforehand
    how often it may be asked. A `repeatable` one answers the same question in the same way each time. One that
    `proposes` not can only judge, and one for `only_harmful` requests judges no answers to others; one by `form_alone`
    sees no more of them than whether they refuse. It is examined on `cases`. `inner` names the setting that holds the
    oracle which it asks in turn. Of one group of violations it proposes `principles_a_group` at most.
    """

    practice: ClassVar[bool] = False
    costs_calls: ClassVar[bool] = False
    repeatable: ClassVar[bool] = False
    proposes: ClassVar[bool] = True
    only_harmful: ClassVar[bool] = False
    form_alone: ClassVar[bool] = False
    cases: ClassVar[Cases] = "plain"
    inner: ClassVar[str] = ""
    principles_a_group: ClassVar[int] = MAX_PROPOSED
    changeable: ClassVar[tuple[str, ...]] = ("trust_judge",)

    kind: str = Field(
        "embedded",
        description="who judges and proposes: `embedded`, rules, for practice; `openai`, an OpenAI-compatible server; "
        "`hf`, a local model; `form` and `cascade`, which judge by whether harmful requests are refused; or a kind "
        "that another package brings",
    )
    judge: RoleValues = Field(
        None,
        description="who judges instead: `KIND`, `KIND:ARGUMENT` or a group of these settings, laid over them; "
        "null: the oracle itself",
    )
    proposer: RoleValues = Field(None, description="who proposes principles instead, given likewise")
    judge_sees: Literal["prompt_and_answer", "answer"] = Field(
        "prompt_and_answer", description="what is judged; `answer` alone is how the paper's script asks"
    )
    trust_judge: bool = Field(
        False, description="go on with a judge that fails the examination; every report then says so"
    )

    @classmethod
    def registry(cls) -> Registry[type[OracleKind]]:
        return ORACLES

    def is_practice(self) -> bool:
        """Whether what it judges says nothing about real models."""
        return self.practice

    def asks_at_a_cost(self) -> bool:
        """Whether it is told beforehand how often it may be asked."""
        return self.costs_calls

    @property
    def caps(self) -> Caps:
        """What it may cost, and its prices; without limits unless the kind has some."""
        return Caps()

    def check(self) -> None:
        """Check that the settings fit each other. Raises ConfigError."""

    def check_key(self) -> None:
        """Miss a key before anything is loaded. Raises MissingKeyError or ConfigError."""

    def secret(self) -> str:
        """The key that must be shown nowhere, as it stands in the environment; empty where there is none."""
        return ""

    def label(self) -> str:
        """The oracle in a word or two, for lists."""
        return self.kind

    def judge_name(self, oracle: Oracle) -> str:
        """What tells this judge from another of its kind; `oracle` is what `build` gave."""
        raise NotImplementedError

    def stored_name(self, oracle: Oracle) -> str:
        """What tells this judge from every other in a fingerprint and in the store.

        Its examination and calibration are kept under it, so another package's kind has its release before the name.
        """
        release = self.registry().release(self.kind)
        name = self.judge_name(oracle)
        return f"{release}: {name}" if release else name

    def max_wordings(self) -> int:
        """In how many wordings it can be asked."""
        return 1

    def build(self, call_log: CallLog | None = None, *, max_principles: int = MAX_PROPOSED) -> JudgingOracle:
        """The oracle, which remembers its calls with `call_log`. Raises MissingKeyError, ConfigError or ModelError."""
        raise NotImplementedError


ORACLES = registry_of(
    OracleKind,
    "oracle",
    "iteralign.oracles",
    {
        "embedded": "iteralign.sandbox.oracle_kind:EmbeddedKind",
        "openai": "iteralign.oracle.openai_kind:OpenAIKind",
        "hf": "iteralign.oracle.hf_kind:HuggingFaceKind",
        "form": "harness.judges.kinds:FormKind",
        "cascade": "harness.judges.kinds:CascadeKind",
    },
)


def default_oracle() -> OracleKind:
    """The oracle where none is named, with its default settings."""
    return ORACLES.load(OracleKind.model_fields["kind"].default)()
