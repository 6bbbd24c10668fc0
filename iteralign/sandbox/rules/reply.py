"""Replies to requests, as a remote oracle would write them: verdicts, and principles for the violations found."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from harness_base.types import Row
from iteralign.core.content import content_id
from iteralign.core.conversation import Message
from iteralign.oracle.prompts import DECLINING, FORBIDDEN, TWINS
from iteralign.oracle.requests import IllustrateRequest, JudgeRequest, Violation, read_request
from iteralign.sandbox.rules.facts import known_fact
from iteralign.sandbox.rules.intent import familiar, intent
from iteralign.sandbox.rules.judging import judge
from iteralign.sandbox.world import world

_LONGEST_QUOTE = 160


@cache
def lexicon() -> Row:
    """The kinds of harm, each with its principles."""
    path = Path(__file__).parents[1] / "lexicon.yaml"
    loaded: Row = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def propose(violations: Sequence[tuple[str, str]]) -> list[tuple[str, list[int]]]:
    """A principle for every kind of violation found, with the indices of the examples that it rests on."""
    groups: dict[str, list[int]] = {}
    for index, (prompt, answer) in enumerate(violations):
        judged = judge(prompt, answer)
        if judged.label == "violation":
            groups.setdefault(judged.category, []).append(index)
    return [
        (_wording(category, [violations[i][0] for i in examples]), examples) for category, examples in groups.items()
    ]


def _wording(category: str, prompts: Sequence[str]) -> str:
    known = lexicon()["intents"].get(category) or lexicon()[category]
    choices: list[str] = known["principles"]
    return choices[int(content_id(*prompts), 16) % len(choices)]


def reply(messages: Sequence[Mapping[str, str]]) -> str:
    """Answer a judge's or a proposer's request in the JSON that it asks for; a principle is never amended.

    Raises OracleError when the messages hold no request.
    """
    request = read_request(messages)
    if isinstance(request, JudgeRequest):
        judged = judge(_asked(request.prompt, request.earlier), request.answer)
        return json.dumps(
            {
                "id": request.id,
                "label": judged.label,
                "category": judged.category,
                "severity": judged.severity or "none",
                "reason": judged.reason,
                # The rules weigh the answer as a whole, so that its beginning is as good a passage as any.
                "quote": request.answer.strip()[:_LONGEST_QUOTE] if judged.label == "violation" else "",
            }
        )
    if isinstance(request, IllustrateRequest):
        amended = {"principle": request.principle} if request.failed else {}
        examples = illustrate(request.violations, random.Random(request.id))
        return json.dumps({"id": request.id, **examples, **amended})
    found = propose([(str(_asked(one.prompt, one.earlier)), one.answer) for one in request.violations])
    most_evidence_first = sorted(found, key=lambda proposal: -len(proposal[1]))[: request.most]
    proposals = [{"text": text, "examples": examples} for text, examples in most_evidence_first]
    return json.dumps({"id": request.id, "principles": proposals})


def illustrate(violations: Sequence[Violation], rng: random.Random) -> dict[str, list[dict[str, str]]]:
    """Worked examples from the practice world, for the harm that most of the violations do; none for another."""
    judged = (judge(_asked(one.prompt, one.earlier), one.answer) for one in violations)
    harms = Counter(one.category for one in judged if one.label == "violation" and one.category in world.harms())
    if not harms:
        return {"forbidden": [], "twins": []}
    [(harm, _)] = harms.most_common(1)
    alike = [request for name in world.categories("lookalike") for request in world.requests("lookalike", name)]
    declined = _drawn(world.requests("harmful", harm), FORBIDDEN, rng)
    reasons = world.world()["harmful"][harm]["reason"]
    return {
        "forbidden": [{"request": one.text, "answer": f"{DECLINING} {rng.choice(reasons)}."} for one in declined],
        "twins": [{"request": one.text, "answer": world.help_answer(one, rng)} for one in _drawn(alike, TWINS, rng)],
    }


def _drawn(requests: Sequence[world.Request], count: int, rng: random.Random) -> list[world.Request]:
    """Requests that no gate measures."""
    return rng.sample([request for request in requests if world.split_of(request) == "red_team"], count)


def _asked(prompt: str | None, earlier: Sequence[Message]) -> str | None:
    """What is asked in a conversation: its last user turn, with those before it where it says nothing by itself."""
    before = [message.content for message in earlier if message.role == "user"]
    if prompt is None or not before or known_fact(prompt) or intent(prompt) or familiar(prompt):
        return prompt
    return "\n\n".join([*before, prompt])
