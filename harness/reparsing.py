"""Reads the stored replies of an oracle again, with the parser of today and without a call."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from harness.store.oracle_calls import StoredCall
from harness.store.store import Store
from harness_errors import OracleError
from iteralign.oracle import JudgeRequest, read_request
from iteralign.oracle.parsing import parse_proposal, parse_verdict, verdict_problem


@dataclass
class Reparsed:
    """How stored replies read now. `changed` maps a call's number to what it is now and was before."""

    calls: int = 0
    failed: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    changed: dict[int, tuple[str, str]] = field(default_factory=dict)


def reparse(store: Store, run_id: int | None) -> Reparsed:
    """Read every stored reply again and correct what the store says of it: "read" or "unreadable", and why.

    The verdicts of past runs stay what they were: they are what those runs went by.
    """
    found, statuses = Reparsed(), {}
    for call in store.oracle_calls(run_id):
        found.calls += 1
        if call.status == "failed":
            found.failed += 1
            continue
        problem = _problem(call)
        status = "unreadable" if problem else "read"
        found.labels[_label(call)] += not problem
        found.unreadable[problem] += bool(problem)
        if status != call.status:
            found.changed[call.number] = (status, call.status)
        if (status, problem) != (call.status, call.reason):
            statuses[call.number] = (status, problem)
    store.restate_calls(statuses)
    found.labels, found.unreadable = +found.labels, +found.unreadable
    return found


def _problem(call: StoredCall) -> str:
    try:
        request = read_request([{"role": "user", "content": call.question}])
    except OracleError as error:
        return str(error)
    if isinstance(request, JudgeRequest):
        return verdict_problem(call.reply, request)
    ids = [str(number) for number in range(len(request.violations))]
    return parse_proposal(call.reply, request.id, ids, most=request.most, round_number=0).problem


def _label(call: StoredCall) -> str:
    if call.kind != "judge":
        return "proposal"
    request = read_request([{"role": "user", "content": call.question}])
    assert isinstance(request, JudgeRequest)
    return parse_verdict(call.reply, request).label
