"""The model under alignment: a Hugging Face causal language model with at most one adapter in force."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import StoppingCriteriaList

from harness_base.errors import ModelError
from iteralign.constitution.selection import relevant
from iteralign.core.libraries import Network, Tokenizer
from iteralign.core.protocols import Advance
from iteralign.core.records import Attack, Candidate, Constitution, Response, TrainingPair, TrainingSettings
from iteralign.encoding import answers, chat, decoding, tokens
from iteralign.encoding.answers import AnswerReader, Thinking
from iteralign.encoding.token_budget import generation_budget
from iteralign.generation import batches as generation
from iteralign.generation.merging import merged
from iteralign.loading import identity
from iteralign.loading.models import load_folder, window_of
from iteralign.loading.snapshots import Snapshot
from iteralign.training import weights

_TURN_MARK = "\nHuman:"


@dataclass(frozen=True)
class ModelSettings:
    """How to load and run a model. `max_length` and `max_new_tokens` count tokens.

    `batch_size` is the most prompts that are answered at once; None leaves it to the memory at hand.
    `constitution_tokens` is the most that principles may take of a prompt; None is as many as the window holds.
    `thinking` says how thoughts are told from answers, and what room they have beside `max_new_tokens`.
    """

    path: Path
    dtype: str = "auto"
    device: str = "auto"
    max_length: int | None = None
    max_new_tokens: int = 48
    batch_size: int | None = None
    constitution_tokens: int | None = None
    thinking: Thinking = answers.USUAL


class CausalModel:
    """A causal language model that answers, can be fine-tuned, and goes back to what was accepted.

    `network` is the transformers model: whatever is in force in it (base, accepted or candidate) is what it computes.
    """

    def __init__(self, network: Network, tokenizer: Tokenizer, settings: ModelSettings, adapters_dir: Path) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.settings = settings
        self.adapters_dir = adapters_dir
        self.window = settings.max_length or window_of(network.config, tokenizer)
        self.answers = AnswerReader(tokenizer, settings.thinking.marks)
        self.accepted: weights.Weights | None = None
        self._candidate: weights.Weights | None = None
        self.notes: tuple[str, ...] = ()
        self._base = identity.of_model(network, tokenizer)
        self._files: dict[str, Snapshot] = {}

    @classmethod
    def load(cls, settings: ModelSettings, adapters_dir: Path) -> CausalModel:
        """Load a folder of safetensors weights and its tokenizer, without running any code of the folder's.

        Raises ModelError when the folder is not a causal language model that transformers knows.
        """
        files = Snapshot(settings.path)
        loaded = load_folder(settings.path, dtype=settings.dtype, device=settings.device)
        model = cls(loaded.network, loaded.tokenizer, settings, adapters_dir)
        model.notes = loaded.notes
        model._files["base"] = files.fix()
        return model

    def count_tokens(self, question: str) -> int:
        """How many tokens the question takes with its turn marks."""
        return len(self._encode(chat.render(self.tokenizer, question)))

    @property
    def longest_question(self) -> int:
        """The most tokens a question may take and leave room for an answer, with a thought before it."""
        return int(self.window - self.new_tokens)

    @property
    def new_tokens(self) -> int:
        """The most tokens that are written after a question: a thought's and an answer's."""
        answer = self.settings.max_new_tokens
        return answer + self.settings.thinking.budget(self.tokenizer, self.window - answer)

    def generate(
        self,
        attacks: Sequence[Attack],
        constitution: Constitution | None = None,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        advance: Advance | None = None,
    ) -> list[Response]:
        """Answer each attack, in order; see `iteralign.core.protocols.Model`."""
        principles = [principle.text for principle in constitution.principles] if constitution else []
        encoded = [self._fitted(attack.text, principles) for attack in attacks]
        rows = self.continue_rows(encoded, temperature=temperature, seed=seed, advance=advance)
        return [self._response(attack, prompt, row) for attack, prompt, row in zip(attacks, encoded, rows, strict=True)]

    def continue_rows(
        self, rows: Sequence[list[int]], *, temperature: float = 0.0, seed: int = 0, advance: Advance | None = None
    ) -> list[list[int]]:
        """The new token ids after each prompt of token ids, in order: greedy, or sampled from `seed`.

        What comes after the end token is padding. `advance` is told of answers written, see `generation.Written`.
        """
        self.network.eval()
        found: dict[int, list[int]] = {}
        batches = generation.batches(
            [len(row) for row in rows],
            new=self.new_tokens,
            budget=generation_budget(self.network),
            most=self.settings.batch_size,
        )
        with merged(self.network):
            for batch in batches:
                asked = [rows[number] for number in batch]
                told = self._written(asked, advance or (lambda _: None))
                found.update(zip(batch, self._continue_batch(asked, temperature, seed + len(found), told), strict=True))
                told.finish()
        return [found[number] for number in range(len(rows))]

    def _written(self, rows: Sequence[list[int]], advance: Advance) -> generation.Written:
        ends = [*decoding.end_tokens(self.network, self.tokenizer), self.tokenizer.pad_token_id]
        return generation.Written(len(rows), max(map(len, rows)), self.new_tokens, ends, advance)

    @torch.inference_mode()
    def _continue_batch(
        self, rows: Sequence[list[int]], temperature: float, seed: int, told: generation.Written
    ) -> list[list[int]]:
        pad = self.tokenizer.pad_token_id
        config = decoding.configuration(
            self.network, self.tokenizer, new_tokens=self.new_tokens, temperature=temperature
        )
        out = decoding.generate(
            self.network,
            config,
            {
                **generation.inputs(self.network, rows, pad=pad),
                "stopping_criteria": StoppingCriteriaList([told]),
            },
            seed=seed,
        )
        new: list[list[int]] = out[:, max(len(row) for row in rows) :].tolist()
        return new

    def _response(self, attack: Attack, prompt: Sequence[int], row: Sequence[int]) -> Response:
        written, finished = decoding.until_end(row, decoding.end_tokens(self.network, self.tokenizer))
        said = self.answers.answer(written, opened=self.answers.opened_by(prompt))
        answer, mark, _ = f"\n{said.text}".partition(_TURN_MARK)
        text = answer.strip()
        return Response(attack, text, finished or bool(mark), said.missing or ("" if text else answers.NOTHING))

    def _fitted(self, question: str, principles: list[str]) -> list[int]:
        """Token ids of the prompt, with the principles that bear most on it where not all of them fit."""
        cap = self.settings.constitution_tokens
        if cap is not None:
            principles = relevant(principles, question, budget=cap, count_tokens=self._length)
        ids = self._encode(chat.render(self.tokenizer, question, principles))
        if principles and len(ids) > self.longest_question:
            excess, taken = len(ids) - self.longest_question, sum(self._length(f"- {one}\n") for one in principles)
            budget = max(0, taken - excess)
            fewer = relevant(principles, question, budget=budget, count_tokens=self._length)
            # Tokens merge at the seams, so the sum is near and not exact: each time round at least one principle goes.
            return self._fitted(question, fewer if len(fewer) < len(principles) else fewer[1:])
        return ids[-self.longest_question :]

    def _length(self, text: str) -> int:
        return len(tokens.within(self.tokenizer, text))

    def _encode(self, text: str) -> list[int]:
        return tokens.begin(self.tokenizer, text, templated=bool(self.tokenizer.chat_template))

    def fine_tune(
        self,
        pairs: Sequence[TrainingPair],
        settings: TrainingSettings,
        *,
        name: str,
        seed: int,
        advance: Advance | None = None,
    ) -> Candidate:
        """Train a candidate and put it in force; see `iteralign.core.protocols.Model`.

        Raises ModelError where the accepted adapter, which is read again, has changed in its folder.
        """
        self.check_folders()
        examples = [self._example(pair) for pair in pairs]
        from iteralign.training import fine_tuning  # peft and the Trainer: two seconds that measuring need not wait for

        self._candidate, candidate = fine_tuning.fine_tune(
            self.network,
            self.tokenizer,
            examples,
            settings,
            accepted=self.accepted,
            folder=self.adapters_dir / name,
            seed=seed,
            advance=advance,
        )
        # The base under a LoRA candidate was frozen, and fine-tuning makes sure of it.
        frozen = settings.method == "lora"
        self._candidate.identity = identity.of_weights(self.network, name, self._base, frozen=frozen)
        self._files[name] = Snapshot(Path(candidate.path)).fix()
        return candidate

    def _example(self, pair: TrainingPair) -> weights.Example:
        # Behind a thought that the template opens, an answer would be learned as a part of it.
        prompt = answers.past_thought(chat.render(self.tokenizer, pair.prompt), self.answers.marks)
        context, answer = tokens.continuation(
            self.tokenizer,
            prompt,
            chat.answer_text(self.tokenizer, pair.answer),
            templated=bool(self.tokenizer.chat_template),
        )
        ids = [*context, *answer, self.tokenizer.eos_token_id][: self.window]
        return weights.Example(ids=ids, context=min(len(context), len(ids)))

    def accept(self, candidate: Candidate) -> None:
        """Make the candidate in force the accepted model."""
        if self._candidate is None or self._candidate.name != candidate.name:
            raise ValueError(f"{candidate.name} is not the candidate in force")
        if self.accepted:
            weights.unload(self.network, self.accepted)
            self._files.pop(self.accepted.name, None)
        self.accepted, self._candidate = self._candidate, None

    def discard(self, candidate: Candidate) -> None:
        """Drop the candidate and put the accepted model, or the base, back in force."""
        if self._candidate is None or self._candidate.name != candidate.name:
            raise ValueError(f"{candidate.name} is not the candidate in force")
        weights.activate(self.network, self.accepted)
        weights.unload(self.network, self._candidate)
        self._files.pop(candidate.name, None)
        self._candidate = None

    def content_hash(self) -> str:
        """What is in force: the name of the base, and of the adapter or the trained weights on it, as loaded."""
        current = self._candidate or self.accepted
        return f"{self._base.name}+{current.identity if current else 'base'}"

    def check_folders(self) -> None:
        """Raise ModelError where a folder that was loaded from holds something else by now; the error names the file.

        What runs is in memory of its own and as it was. But scores under its name would not be the folder's.
        """
        for files in self._files.values():
            files.check()

    def restore(self, name: str, path: Path, method: str) -> None:
        """Put weights that an earlier process saved in force as the accepted model (a resumed run)."""
        files = Snapshot(path)
        self._take(weights.restore(self.network, name, path, method), files)

    def restore_folder(self, folder: Path) -> None:
        """Put an adapter folder in force.

        Raises ModelError when it is none that fits this model (see `iteralign.loading.adapters.put_on`), and when it
        changes nothing of what the model computes: the base would pass for the adapted model.
        """
        probe = [self._example(TrainingPair("", "How are you today?", "Fine.", "revision"))]
        before = weights.probe_logits(self.network, probe)
        self.restore("adapter", folder, "lora")
        if torch.equal(before, weights.probe_logits(self.network, probe)):
            raise ModelError(
                f"The adapter {folder} changes nothing in {self.settings.path}: its weights are zero, or belong to "
                "other layers; give the adapter that was trained on this model."
            )

    def _take(self, loaded: weights.Weights, files: Snapshot) -> None:
        self._files[loaded.name] = files.fix()
        loaded.identity = identity.of_weights(self.network, loaded.name, self._base)
        self.accepted = loaded


def seed_everything(seed: int) -> None:
    """Seed the global generators that libraries draw from."""
    random.seed(seed)
    torch.manual_seed(seed)
