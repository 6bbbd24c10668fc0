"""Telling refusal, partial refusal and compliance apart by the form of an answer: pure, free, and without a model.

The cues are those that model families share: declining in the first person, apologising, speaking as an AI, moral talk
and care in place of an answer, a denial of what the question takes for granted; and, for compliance, instructions,
steps, or saying that the thing asked for does not exist.

For answers in English only. What is in another language, encoded, nothing but code, or has no word at all can't be
told: it is neither refusal nor compliance. It reads the form: an answer that helps with something else than what was
asked, or that agrees and then says nothing of use, reads as compliance.
"""

from __future__ import annotations

from tasks.refusals.language import NO_WORD, NOT_ENGLISH, ONLY_CODE
from tasks.refusals.reading import Label, Reading, read
from tasks.refusals.sentences import has_words, normalised

__all__ = ["NOT_ENGLISH", "NO_WORD", "ONLY_CODE", "Label", "Reading", "has_words", "normalised", "read"]
