"""The generator `transformers`: a network in this process writes; batches read what their prompts share once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from iteralign.core.protocols import Advance
from iteralign.encoding import decoding as network_decoding
from iteralign.encoding.answers import AnswerReader, opens_thought, outside_of_thoughts
from iteralign.encoding.token_budget import generation_budget
from iteralign.generation.batches import WritingProgress, batches, inputs
from iteralign.generation.generator import ActiveWeights, Decoding, GeneratedText, RenderedPrompt, Subject
from iteralign.generation.merging import merged
from iteralign.generation.watching import FiniteWatch, StopStrings


class TransformersGenerator:
    """Implements `iteralign.generation.generator.Generator` with the network that the subject holds."""

    def __init__(self, subject: Subject) -> None:
        self._network = subject.network
        self._tokenizer = subject.tokenizer
        self._reader = AnswerReader(subject.tokenizer, subject.marks)
        self._batch_size = subject.batch_size

    def generate(
        self,
        prompts: Sequence[RenderedPrompt],
        decoding: Decoding,
        *,
        weights: ActiveWeights | None = None,
        advance: Advance | None = None,
    ) -> list[GeneratedText]:
        """See the protocol. The network computes with `weights` already, since whoever trains it activates them."""
        self._network.eval()
        answers: dict[int, GeneratedText] = {}
        with merged(self._network):
            for batch in self._batches(prompts, decoding.new_tokens):
                seed = decoding.seed + len(answers)
                texts = self._write([prompts[number] for number in batch], decoding, seed, advance or _unwatched)
                answers.update(zip(batch, texts, strict=True))
        return [answers[number] for number in range(len(prompts))]

    def _batches(self, prompts: Sequence[RenderedPrompt], new_tokens: int) -> list[list[int]]:
        lengths = [len(prompt.ids) for prompt in prompts]
        return batches(lengths, new=new_tokens, budget=generation_budget(self._network), max_rows=self._batch_size)

    @torch.inference_mode()
    def _write(
        self, prompts: Sequence[RenderedPrompt], decoding: Decoding, seed: int, advance: Advance
    ) -> list[GeneratedText]:
        """One batch: each row ends at its own end token or stop text, and logits are watched."""
        rows = [prompt.ids for prompt in prompts]
        start = max(map(len, rows))  # generated tokens begin behind the longest row
        ends = network_decoding.end_tokens(self._network, self._tokenizer)
        pad = self._tokenizer.pad_token_id
        progress = WritingProgress(len(rows), start, decoding.new_tokens, [*ends, pad], advance)
        watch = FiniteWatch(len(rows))
        arguments = {
            **inputs(self._network, rows, pad=pad),
            "stopping_criteria": StoppingCriteriaList([*self._stops(prompts, decoding.stop, start), progress]),
            "logits_processor": LogitsProcessorList([watch]),
        }
        written = network_decoding.generate(self._network, self._configuration(decoding), arguments, seed=seed)
        progress.finish()
        new: list[list[int]] = written[:, start:].tolist()
        return [self._text(row, ends, not bad) for row, bad in zip(new, watch.bad.tolist(), strict=True)]

    def _configuration(self, decoding: Decoding) -> GenerationConfig:
        return network_decoding.configuration(
            self._network,
            self._tokenizer,
            new_tokens=decoding.new_tokens,
            temperature=decoding.temperature,
            of_task=decoding.of_task,
        )

    def _stops(self, prompts: Sequence[RenderedPrompt], stop: Sequence[str], start: int) -> list[StopStrings]:
        if not stop:
            return []
        marks = self._reader.marks
        opened = [bool(opens_thought(prompt.text, marks)) for prompt in prompts]

        def visible(row: int, text: str) -> str:
            return outside_of_thoughts(text, marks, opened=opened[row])

        return [StopStrings(self._tokenizer, stop, start, visible)]

    def _text(self, row: Sequence[int], ends: Sequence[int], finite: bool) -> GeneratedText:
        tokens, finished = network_decoding.until_end(row, ends)
        return GeneratedText(self._reader.text(tokens), finished, finite, tuple(tokens))


def _unwatched(_done: int) -> None:
    """Progress that nobody follows."""
