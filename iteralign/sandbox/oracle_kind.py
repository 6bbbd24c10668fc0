"""The embedded oracle as a kind: rules, for practice, in this process."""

from __future__ import annotations

from typing import ClassVar, Literal

from iteralign.core.protocols import JudgingOracle, Oracle
from iteralign.oracle.chat import ChatOracle
from iteralign.oracle.completer import Completer
from iteralign.oracle.kinds import MAX_PROPOSED, OracleKind
from iteralign.oracle.prompts import WORDINGS
from iteralign.oracle.remembering import CallLog, RememberingCompleter
from iteralign.sandbox.oracle import EmbeddedCompleter


class EmbeddedKind(OracleKind):
    """Rules that know the practice model's small world and nothing else."""

    practice: ClassVar[bool] = True
    repeatable: ClassVar[bool] = True

    kind: Literal["embedded"] = "embedded"

    def judge_name(self, oracle: Oracle) -> str:
        return f"{self.kind} (answers alone)" if self.judge_sees == "answer" else self.kind

    def max_wordings(self) -> int:
        return len(WORDINGS) if self.judge_sees == "prompt_and_answer" else 1

    def build(self, call_log: CallLog | None = None, *, max_principles: int = MAX_PROPOSED) -> JudgingOracle:
        completer: Completer = EmbeddedCompleter()
        if call_log:
            # The rules are a part of this program: an earlier version's replies must not stand for this one's.
            name, parameters = self.judge_name(ChatOracle(completer)), "temperature 0, schema auto"
            completer = RememberingCompleter(completer, call_log, name=name, parameters=parameters, reuse=False)
        return ChatOracle(completer, max_principles=max_principles, judge_sees=self.judge_sees)
