"""The oracle as a chat model: the one text path that every chatting kind of oracle goes through.

Rules in process, rules behind HTTP and a remote model differ only in their Completer. All read the same messages and
are read by the same parser, so that the same replies give the same verdicts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from harness_base.errors import OracleError
from harness_base.text import well_formed
from iteralign.core.conversation import asking
from iteralign.core.protocols import Advance, Draft
from iteralign.core.records import JudgedResponse, OracleItem, Principle, Verdict
from iteralign.core.worked_example import Illustration
from iteralign.oracle.completer import ChatReply, ChatRequest, Completer
from iteralign.oracle.parsing import (
    Proposal,
    illustration_problem,
    parse_illustration,
    parse_proposal,
    parse_verdict,
    unscored,
    verdict_problem,
)
from iteralign.oracle.prompts import illustrate_chat, judge_chat, propose_chat
from iteralign.oracle.requests import IllustrateRequest, JudgeRequest, ProposeRequest, Violation, parted

JudgeSees = Literal["prompt_and_answer", "answer"]
_REPAIRED = ("malformed", "truncated")

log = logging.getLogger(__name__)


class ChatOracle:
    """Implements `iteralign.core.protocols.Oracle` on any Completer.

    `max_principles` is how many principles one proposal asks for. `judge_sees` "answer" is how the paper's published
    script asks: without the prompt. How many unscored verdicts are too many is for the caller to say, who can store
    them first: see `check_unscored`.
    """

    def __init__(
        self, completer: Completer, *, max_principles: int = 5, judge_sees: JudgeSees = "prompt_and_answer"
    ) -> None:
        self._completer = completer
        self._max_principles = max_principles
        self._judge_sees = judge_sees

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        """Judge answers, each with its conversation, in order. A reply that can't be read is an unscored verdict.

        Raises OracleError when the oracle can't be reached or refuses the key.
        """
        return self.judge_as(items, advance=advance)

    def judge_as(
        self, items: Sequence[OracleItem], *, repeat: int = 0, wording: int = 0, advance: Advance | None = None
    ) -> list[Verdict]:
        """As `judge`, for the `repeat`-th time, in the `wording`-th of `prompts.WORDINGS`; 0 and 0 are a run's."""
        alone = self._judge_sees == "answer"
        seen = [(None if alone else asking(prompt), answer) for prompt, answer in items]

        def request_of(index: int, repair: str) -> JudgeRequest:
            return JudgeRequest.of(*seen[index], salt=f"{wording}.{repeat}{'.repair' if repair else ''}")

        def ask(index: int, problem: str) -> ChatRequest:
            request = request_of(index, problem)
            chat = judge_chat(request, wording=wording, problem=problem)
            return replace(chat, problem=lambda text: verdict_problem(well_formed(text), request))

        replies = self._asked(ask, len(items), advance)
        return [
            _verdict(reply, JudgeRequest.named(request.id, *seen[index]))
            for index, (request, reply) in enumerate(replies)
        ]

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        """For each group of violations, principles that would have prevented them, each with its evidence.

        A group's list is empty where the oracle has nothing to propose, and where its reply could not be used twice,
        which is logged, as are principles that are left out. Raises OracleError when the oracle can't be reached, and
        when no group at all got a usable reply.
        """

        def read(index: int, request_id: str, text: str) -> Proposal:
            prompt_ids = [judged.response.attack.prompt.id for judged in groups[index]]
            most = self._max_principles
            return parse_proposal(text, request_id, prompt_ids, most=most, round_number=round_number)

        def ask(index: int, problem: str) -> ChatRequest:
            violations = [_violation(judged) for judged in groups[index]]
            request = ProposeRequest.of(violations, self._max_principles, salt="repair" if problem else "")
            chat = propose_chat(request, problem=problem)
            return replace(chat, problem=lambda text: read(index, request.id, text).problem)

        replies = self._asked(ask, len(groups), None)
        proposals = [
            Proposal(unreadable=reply.failure.reason) if reply.failure else read(index, request.id, reply.text)
            for index, (request, reply) in enumerate(replies)
        ]
        _report(proposals, round_number)
        return [list(proposal.principles) for proposal in proposals]

    def illustrate(self, drafts: Sequence[Draft]) -> list[Illustration]:
        """For each draft, worked examples of its principle; none where the reply could not be used twice.

        Raises OracleError when the oracle can't be reached.
        """

        def ask(index: int, problem: str) -> ChatRequest:
            draft = drafts[index]
            shown = [_violation(judged) for judged in draft.violations]
            request = IllustrateRequest.of(draft.principle.text, shown, draft.failed, salt="repair" if problem else "")
            chat = illustrate_chat(request, problem=problem)
            return replace(chat, problem=lambda text: illustration_problem(well_formed(text), request))

        replies = self._asked(ask, len(drafts), None)
        return [_illustration(draft, *asked) for draft, asked in zip(drafts, replies, strict=True)]

    def _asked(
        self, ask: Callable[[int, str], ChatRequest], count: int, advance: Advance | None
    ) -> list[tuple[ChatRequest, ChatReply]]:
        """The questions with their replies. What can't be read is asked once more, with the reason."""
        requests = [ask(index, "") for index in range(count)]
        replies = self._completer.complete(requests, advance)
        problems = {
            index: _problem(request, reply)
            for index, (request, reply) in enumerate(zip(requests, replies, strict=True))
        }
        broken = [index for index in range(count) if problems[index]]
        repairs = [ask(index, problems[index]) for index in broken]
        second = self._completer.complete(repairs) if repairs else []
        answered = list(zip(requests, replies, strict=True))
        for index, request, reply in zip(broken, repairs, second, strict=True):
            answered[index] = (request, reply)
        return answered


def _problem(request: ChatRequest, reply: ChatReply) -> str:
    """Why asking once more may bring a reply that can be read; what is down or was blocked would be so again."""
    if reply.failure:
        return reply.failure.reason if reply.failure.kind in _REPAIRED else ""
    return request.problem(reply.text)


def _report(proposals: Sequence[Proposal], round_number: int) -> None:
    for proposal in proposals:
        for refusal in (*proposal.refused, *([proposal.unreadable] if proposal.unreadable else [])):
            log.warning("A proposal in round %d was used in part or not at all; left out: %s.", round_number, refusal)
    problems = [proposal.problem for proposal in proposals]
    if problems and all(problems):
        raise OracleError(
            f"No proposal in round {round_number} could be used, though each was asked for twice ({problems[0]}): "
            "use an oracle that keeps to the form asked for."
        )


def _verdict(reply: ChatReply, request: JudgeRequest) -> Verdict:
    text = well_formed(reply.text)
    return unscored(reply.failure.reason, text) if reply.failure else parse_verdict(text, request)


def _illustration(draft: Draft, request: ChatRequest, reply: ChatReply) -> Illustration:
    if reply.failure:
        return Illustration(left_out=(reply.failure.reason,))
    try:
        return parse_illustration(well_formed(reply.text), request.id, amended=bool(draft.failed))
    except ValueError as error:
        return Illustration(left_out=(str(error),))


def _violation(judged: JudgedResponse) -> Violation:
    # The proposer sees what the model saw: the attack, which is the prompt inside its template.
    response, verdict = judged.response, judged.verdict
    earlier, prompt = parted(response.attack.conversation)
    return Violation(prompt, response.text, verdict.category, verdict.reason, earlier)
