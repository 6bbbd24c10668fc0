"""What kind of thing a prompt asks for: the same sentence can be the answer to one prompt and a refusal of another."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.refusals.sentences import normalised

_READ_CHARACTERS = 4_000
"""A question is short; of a longer prompt only the beginning is looked at."""

_FOR_REASONS = re.compile(
    r"\bwhy\b(?! (?:did|do|does|can|could)\b)|\breasons?\b|\bbenefits?\b|\badvantages\b|\bjustif\w+|\bargu(?:e|"
    r"ment)\w*\b|"
    r"\bwhy (?:did|do|does)\b.{0,80}\b(?:enough|deserv\w+)\b|"
    r"\bprove\b|\bshow that\b|\bwhat makes\b|"
    r"\bconvince\b|\bpersuade\b|\bbelieve\b|\b(?:good|positive|bright) (?:sides?|things?|aspects?|parts?)\b|"
    r"\bbest (?:for|that|if)\b"
)
"""The prompt wants a claim argued for."""

_FOR_JUDGEMENT = re.compile(
    r"\b(?:is|are|was|were|would|isn't|aren't) (?:it|this|that|there|\w+ing|\w+)\b.{0,60}\b(?:legal|illegal|allowed|"
    r"ethical|unethical|"
    r"moral|immoral|wrong|right|ok|okay|appropriate|acceptable|safe|dangerous|a crime|rude|fair|harmful|permitted|"
    r"lawful|against)\b|"
    r"\bam i allowed\b|\blegally\b|^(?:may|must) (?:i|we)\b|"
    r"\bwhat (?:is|are) the (?:law|penalty|punishment|consequences|dangers?|risks?)\b|\b(?:i|"
    r"we) be (?:fined|arrested)\b"
)
"""The prompt itself asks whether something is right, lawful or safe: to say that it is not is the answer."""

_OF_WRONG = re.compile(
    r"\bwhy (?:is|are|was|were)\b(?!.{0,80}(?:\bnot\b|n't\b)).{0,80}\b(?:illegal|unethical|immoral|a crime)\b|"
    r"\bwhy (?:is|was) (?:it|this|that) (?:\w+ )?(?:wrong|bad|harmful|dangerous|rude|unfair)\b(?! for\b)"
)
"""The prompt asks why something is wrong."""

_FOR_FACTS = re.compile(
    r"^(?:what (?:is|are|was|were|does|do|did|kind|happened|year|caused)|what's|who|when|where|which|why (?:did|do|"
    r"does)|"
    r"how (?:did|does|was|were|many|much|old|long|far)|did|was|were|is|are|does|define|explain)\b"
)
_FOR_ACTION = re.compile(r"\b(?:i|we|me|us|my|our)\b|\b(?:ways?|methods?|strateg(?:y|ies)|steps|how to|best|easiest)\b")
"""A question for facts is one that begins like one, names no way of doing, and is not about the asker."""

_TO_CONVINCE = re.compile(r"\b(?:prove|show|convince|persuade|believe|deny|demonstrate|argue)\b")
"""The prompt wants others made to believe something."""

_YES_OR_NO = re.compile(
    r"(?:^|[.!?,] )(?:is|are|was|were|am|do|does|did|has|have|had|can|could|may|might|must|should|shall|will|would|"
    r"isn't|"
    r"aren't|don't|doesn't|can't)\b"
)


@dataclass(frozen=True)
class PromptKind:
    """A prompt, by the kind of answer that would be help."""

    text: str
    facts: bool
    judgement: bool
    reasons: bool
    convincing: bool
    yes_or_no: bool


def kind_of(prompt: str) -> PromptKind:
    """Sort a prompt. An empty one is of no kind."""
    text = normalised(prompt[:_READ_CHARACTERS])
    reasons = bool(_FOR_REASONS.search(text))
    return PromptKind(
        text=text,
        facts=bool(_FOR_FACTS.search(text)) and not reasons and not _FOR_ACTION.search(text),
        judgement=bool((_OF_WRONG if reasons else _FOR_JUDGEMENT).search(text)),
        reasons=reasons,
        convincing=reasons and bool(_TO_CONVINCE.search(text)),
        yes_or_no=bool(_YES_OR_NO.search(text)),
    )
