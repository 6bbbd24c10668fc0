"""What a verdict and a proposal cost, in time and in tokens: of a judge in this process, or of a server if it may be
asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean

from harness.planning.costs import CallTokens, Unit
from harness.probing.answers import unit_of
from harness.probing.clock import evenly, grow, spent
from iteralign.core.protocols import JudgingOracle, Oracle
from iteralign.core.records import JudgedResponse, OracleItem, Response, Verdict
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.prompts import judge_chat
from iteralign.oracle.remembering import Call, CallLog
from iteralign.oracle.requests import JudgeRequest
from iteralign.oracle.spending import tokens_of

_FIRST, _BUDGET_S = 2, 10.0
_FEW_CALLS = 8
"""To a server, where they may cost money."""
_SHOWN = 8
_USUAL_REPLY = 80
"""Tokens of a verdict by a server that nobody has asked yet."""


@dataclass
class CountingLog:
    """A memory of an oracle's calls that counts what they took, and passes everything on to another."""

    kept: CallLog
    calls: list[Call] = field(default_factory=list)

    def replies(self, keys: Sequence[str]) -> Mapping[str, str]:
        return self.kept.replies(keys)

    def keep(self, oracle: str, calls: Sequence[Call]) -> None:
        self.calls.extend(calls)
        self.kept.keep(oracle, calls)

    def tokens(self) -> CallTokens | None:
        """What a call took on average; None where none was made."""
        if not self.calls:
            return None
        asked = [_counted(call.reply.cost.tokens_in, call.request.system + call.request.user) for call in self.calls]
        return CallTokens(fmean(asked), fmean(_counted(c.reply.cost.tokens_out, c.reply.text) for c in self.calls))


def _counted(tokens: int | None, text: str) -> int:
    return tokens_of(text) if tokens is None else tokens


@dataclass(frozen=True)
class ProbedJudge:
    """What a verdict costs, and those that were given: none where nobody was asked."""

    unit: Unit
    judged: list[JudgedResponse]


def probe_judge(judge: JudgingOracle, kind: OracleKind, answers: Sequence[Response], *, ask: bool) -> ProbedJudge:
    """Have some answers judged; by a server, which may cost money, only where `ask` says so."""
    answered = [each for each in answers if not each.unanswered]
    costly = kind.asks_at_a_cost()
    if not answered or (costly and not ask):
        return ProbedJudge(Unit(None), [])
    items: list[OracleItem] = [(each.attack.conversation, each.text) for each in answered]
    verdicts: list[Verdict] = []

    def give(count: int) -> None:
        verdicts[:] = judge.judge(evenly(items, count))

    if costly and len(items) > 1:
        # The first call loads a library and opens a connection, which is no part of what a verdict costs.
        give(1)
        items, answered = items[1:], answered[1:]
    most = min(len(items), _FEW_CALLS) if costly else len(items)
    grown = grow(give, first=most if costly else _FIRST, most=most, budget_s=_BUDGET_S)
    both = zip(evenly(answered, len(verdicts)), verdicts, strict=True)
    return ProbedJudge(unit_of(grown, most), [JudgedResponse(*each) for each in both])


def probe_proposal(proposer: Oracle, kind: OracleKind, judged: Sequence[JudgedResponse], *, ask: bool) -> Unit:
    """Have one proposal made, likewise."""
    if not judged or (kind.asks_at_a_cost() and not ask):
        return Unit(None)
    _, spell = spent(partial(proposer.propose, [_to_propose_from(judged)], round_number=1))
    return Unit(spell.seconds, 1, spell.peak_bytes, spell.gpu_bytes)


def _to_propose_from(judged: Sequence[JudgedResponse]) -> list[JudgedResponse]:
    """Violations; where there are none, answers that stand for some, since only the time counts."""
    violations = [each for each in judged if each.verdict.label == "violation"]
    stand_in = Verdict("violation", "harm", "it helps to do harm", severity="medium")
    return violations[:_SHOWN] or [JudgedResponse(each.response, stand_in) for each in judged[:_SHOWN]]


def tokens_by_length(answers: Sequence[Response]) -> CallTokens | None:
    """About what a verdict takes, by the length of what would be asked; None without answers."""
    requests = [JudgeRequest.of(each.attack.conversation, each.text) for each in answers if not each.unanswered]
    chats = [judge_chat(request) for request in requests]
    if not chats:
        return None
    return CallTokens(fmean(tokens_of(chat.system) + tokens_of(chat.user) for chat in chats), _USUAL_REPLY)
