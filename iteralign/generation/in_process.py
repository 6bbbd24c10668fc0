"""The generator `transformers`: a network in this process writes, in rows that come and go, or in fixed batches.

Fixed batches, by transformers' own `generate`, are for what the rows can't take: settings of lm-eval tasks' own, such
as `top_p`, and networks that keep more, or less, of a sequence than each token's keys and values.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import partial

import torch
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from iteralign.core.protocols import Advance
from iteralign.encoding import decoding as network_decoding
from iteralign.encoding.answers import AnswerReader, opens_thought, outside_of_thoughts
from iteralign.encoding.token_budget import generation_budget, rows_budget, scoring_budget
from iteralign.generation import planning
from iteralign.generation.batches import WritingProgress, batches, inputs
from iteralign.generation.continuous import ContinuousBatch, Rules, Written
from iteralign.generation.cores import spread
from iteralign.generation.generator import ActiveWeights, Decoding, GeneratedText, RenderedPrompt, Subject
from iteralign.generation.merging import merged
from iteralign.generation.packing import packed
from iteralign.generation.suitable import suits
from iteralign.generation.watching import AnswersWritten, FiniteWatch, StopStrings

Numbered = tuple[int, GeneratedText]
"""An answer, with the number of the prompt that it is to."""


class TransformersGenerator:
    """Implements `iteralign.generation.generator.Generator` with the network that the subject holds."""

    def __init__(self, subject: Subject) -> None:
        self._network = subject.network
        self._tokenizer = subject.tokenizer
        self._reader = AnswerReader(subject.tokenizer, subject.marks)
        self._batch_size = subject.batch_size
        self._suits: bool | None = None

    def generate(
        self,
        prompts: Sequence[RenderedPrompt],
        decoding: Decoding,
        *,
        weights: ActiveWeights | None = None,
        advance: Advance | None = None,
    ) -> list[GeneratedText]:
        """See the protocol. The network computes with `weights` already, since whoever trains it activates them."""
        if not prompts:
            return []
        self._network.eval()
        configuration = self._configuration(decoding)  # which refuses what can't be followed
        with merged(self._network):
            write = self._in_rows if self._by_rows(prompts, decoding) else partial(self._in_batches, configuration)
            answers = dict(write(prompts, decoding, advance or _unwatched))
        return [answers[number] for number in range(len(prompts))]

    def _by_rows(self, prompts: Sequence[RenderedPrompt], decoding: Decoding) -> bool:
        """Whether rows can come and go: so it is for plain decoding of a network that was tried with it."""
        if decoding.of_task is not None and network_decoding.of_tasks_own(decoding.of_task):
            return False
        if self._suits is None:
            self._suits = suits(self._network, max((prompt.ids for prompt in prompts), key=len))
        return bool(self._suits)

    def _in_rows(self, prompts: Sequence[RenderedPrompt], decoding: Decoding, advance: Advance) -> Iterable[Numbered]:
        ids = [prompt.ids for prompt in prompts]
        rules, progress = self._rules(prompts, decoding), AnswersWritten(advance)
        passes = planning.passes(self._network)
        jobs = planning.plan(
            [len(row) for row in ids],
            new=rules.new_tokens,
            budget=rows_budget(self._network),
            max_rows=planning.most_rows(self._network, passes, self._batch_size),
            passes=passes,
        )
        most = max(job.rows for together in jobs for job in together)
        with packed(self._network, rows=most, tokens=len(ids) * rules.new_tokens):
            for together in jobs:
                for written in self._side_by_side(together, ids, rules, progress):
                    yield from ((number, self._generated(answer)) for number, answer in written.items())

    def _rules(self, prompts: Sequence[RenderedPrompt], decoding: Decoding) -> Rules:
        return Rules(
            max(1, decoding.new_tokens),
            frozenset(network_decoding.end_tokens(self._network, self._tokenizer)),
            decoding.temperature if decoding.of_task is None else 0.0,
            decoding.seed,
            partial(self._stopped, prompts, decoding.stop) if any(decoding.stop) else None,
        )

    def _side_by_side(
        self, jobs: Sequence[planning.Job], ids: Sequence[Sequence[int]], rules: Rules, progress: AnswersWritten
    ) -> Iterable[dict[int, Written]]:
        unwanted, read_at_once = threading.Event(), scoring_budget(self._network)

        def run(job: planning.Job) -> dict[int, Written]:
            prompts = [(number, ids[number]) for number in job.numbers]
            layout = planning.layout(job, ids, read_at_once)
            report = partial(progress.report, job.numbers[0])
            batch = ContinuousBatch(self._network, prompts, rules, layout, report=report, unwanted=unwanted)
            return batch.run()

        return spread(run, jobs, self._network.device, unwanted=unwanted)

    def _stopped(
        self, prompts: Sequence[RenderedPrompt], stop: Sequence[str], number: int, tokens: Sequence[int]
    ) -> bool:
        """Whether what a user would see of an answer so far holds a stop text, at which lm-eval cuts it."""
        marks = self._reader.marks
        text = self._tokenizer.decode(list(tokens))
        seen = outside_of_thoughts(text, marks, opened=bool(opens_thought(prompts[number].text, marks)))
        return any(part in seen for part in stop if part)

    def _generated(self, written: Written) -> GeneratedText:
        return GeneratedText(self._reader.text(written.tokens), written.finished, written.finite, written.tokens)

    def _in_batches(
        self, configuration: GenerationConfig, prompts: Sequence[RenderedPrompt], decoding: Decoding, advance: Advance
    ) -> Iterable[Numbered]:
        """By transformers' own `generate`, those of like length together."""
        lengths, budget = [len(prompt.ids) for prompt in prompts], generation_budget(self._network)
        done = 0
        for batch in batches(lengths, new=decoding.new_tokens, budget=budget, max_rows=self._batch_size):
            seed = decoding.seed + done
            texts = self._batch(configuration, [prompts[number] for number in batch], decoding, seed, advance)
            yield from zip(batch, texts, strict=True)
            done += len(batch)

    @torch.inference_mode()
    def _batch(
        self,
        configuration: GenerationConfig,
        prompts: Sequence[RenderedPrompt],
        decoding: Decoding,
        seed: int,
        advance: Advance,
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
        written = network_decoding.generate(self._network, configuration, arguments, seed=seed)
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
