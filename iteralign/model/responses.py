"""From what was written after a prompt to the model's response."""

from __future__ import annotations

from iteralign.core.records import Attack, Response
from iteralign.encoding.answers import NOTHING, AnswerReader, answer_in
from iteralign.generation.generator import GeneratedText, RenderedPrompt

_TURN_MARK = "\nHuman:"
"""Where a model without a chat template begins to write the user's next turn."""
NOT_FINITE = "the model's logits were not finite while it wrote"


def response_to(attack: Attack, prompt: RenderedPrompt, written: GeneratedText, reader: AnswerReader) -> Response:
    """The answer in what was written after the attack's prompt: without thoughts, and without turns of the user's.

    What a model wrote that computed NaN on the way is no answer, however it reads.
    """
    if not written.finite:
        return Response(attack, "", written.finished, NOT_FINITE)
    said = answer_in(written.text, reader.marks, opened=reader.opened_by(prompt.ids))
    answer, mark, _ = f"\n{said.text}".partition(_TURN_MARK)
    text = answer.strip()
    return Response(attack, text, written.finished or bool(mark), said.missing or ("" if text else NOTHING))
