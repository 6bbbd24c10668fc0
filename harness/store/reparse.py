"""Reads the stored replies of an oracle again, with the parser of today and without a call."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from harness.store.oracle_calls import StoredCall
from harness.store.store import Store
from harness_base.errors import OracleError
from iteralign.oracle import JudgeRequest, read_request
from iteralign.oracle.parsing import illustration_problem, parse_proposal, parse_verdict, verdict_problem
from iteralign.oracle.requests import IllustrateRequest


@dataclass
class Reparsed:
    """How stored replies read now; `changed` counts those that read differently than when they came."""

    calls: int = 0
    failed: int = 0
    changed: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)


def reparse(store: Store, run_id: int | None) -> Reparsed:
    """Read every stored reply again and correct what the store says of it: "read" or "unreadable", and why.

    The verdicts of past runs stay what they were: they are what those runs went by.
    """
    reparsed, statuses = Reparsed(), {}
    for call in store.oracle_calls.read(run_id):
        reparsed.calls += 1
        if call.status == "failed":
            reparsed.failed += 1
            continue
        label, problem = _read(call)
        status = "unreadable" if problem else "read"
        (reparsed.unreadable if problem else reparsed.labels)[problem or label] += 1
        reparsed.changed += status != call.status
        if (status, problem) != (call.status, call.reason):
            statuses[call.number] = (status, problem)
    store.oracle_calls.restate(statuses)
    return reparsed


def _read(call: StoredCall) -> tuple[str, str]:
    """What a reply says ("proposal" or "examples" for any of those), and why it can't be read, or ""."""
    try:
        request = read_request([{"role": "user", "content": call.question}])
    except OracleError as error:
        return "", str(error)
    if isinstance(request, JudgeRequest):
        return parse_verdict(call.reply, request).label, verdict_problem(call.reply, request)
    if isinstance(request, IllustrateRequest):
        return "examples", illustration_problem(call.reply, request)
    ids = [str(number) for number in range(len(request.violations))]
    return "proposal", parse_proposal(call.reply, request.id, ids, most=request.most, round_number=0).problem
