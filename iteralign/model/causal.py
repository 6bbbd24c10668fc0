"""The model under alignment: a Hugging Face causal language model with at most one set of trained weights active."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from harness_base.errors import ModelError
from iteralign.constitution.selection import InContext
from iteralign.core.conversation import Conversation
from iteralign.core.libraries import Network, Tokenizer
from iteralign.core.protocols import Advance
from iteralign.core.records import Attack, Candidate, Constitution, Response, TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.encoding.answers import AnswerReader
from iteralign.generation.generator import (
    ActiveWeights,
    Decoding,
    GeneratedText,
    RenderedPrompt,
    Subject,
)
from iteralign.generation.in_process import TransformersGenerator
from iteralign.generation.kinds import BuildGenerator
from iteralign.loading import identity
from iteralign.loading.models import load_folder, window_of
from iteralign.loading.resolve import pinned
from iteralign.loading.snapshots import Snapshot
from iteralign.model.prompts import PromptEncoder
from iteralign.model.responses import response_to
from iteralign.model.settings import ModelSettings
from iteralign.training.examples import Example, probe_logits
from iteralign.training.kinds import ObjectiveKind, default_objective
from iteralign.training.weights import WEIGHTS, Base, Weights

_PROBE = ("How are you today?", "Fine.")


class CausalModel:
    """A causal language model that answers, can be fine-tuned, and goes back to what was accepted.

    `network` is the transformers model: whatever is active in it (base, accepted or candidate) is what it computes.
    Answers are written by the generator, which is told of what is active; a candidate learns by `objective`, supervised
    where none is named. `in_context` says how much of a constitution stands before a prompt.
    """

    def __init__(
        self,
        network: Network,
        tokenizer: Tokenizer,
        settings: ModelSettings,
        adapters_dir: Path,
        build_generator: BuildGenerator = TransformersGenerator,
        objective: ObjectiveKind | None = None,
        *,
        in_context: InContext | None = None,
    ) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.settings = settings
        self._in_context = in_context or InContext()
        self.adapters_dir = adapters_dir
        self.window = settings.max_length or window_of(network.config, tokenizer)
        self.answers = AnswerReader(tokenizer, settings.thinking.marks)
        self.objective = objective or default_objective()
        marks = settings.thinking.marks
        self.generator = build_generator(Subject(settings.folder, network, tokenizer, marks, settings.batch_size))
        self.notes: tuple[str, ...] = ()
        self._base = Base(network, tokenizer)
        self._accepted: Weights | None = None
        self._candidate: Weights | None = None
        self._candidates: dict[str, Candidate] = {}
        self._put_aside = False
        self._for_now: Weights | None = None
        self._identity = identity.of_model(network, tokenizer)
        self._files: dict[str, Snapshot] = {}

    @classmethod
    def load(
        cls,
        settings: ModelSettings,
        adapters_dir: Path,
        build_generator: BuildGenerator = TransformersGenerator,
        objective: ObjectiveKind | None = None,
        *,
        in_context: InContext | None = None,
    ) -> CausalModel:
        """Load a folder of safetensors weights and its tokenizer, without running any code of the folder's.

        Raises ModelError when the folder is not a causal language model that transformers knows, and as
        `iteralign.loading.resolve` does for a name on the hub.
        """
        settings = pinned(settings)
        files = Snapshot(settings.folder)
        loaded = load_folder(settings.folder, dtype=settings.dtype, device=settings.device)
        model = cls(
            loaded.network,
            loaded.tokenizer,
            settings,
            adapters_dir,
            build_generator,
            objective,
            in_context=in_context,
        )
        model.notes = loaded.notes
        model._files["base"] = files.fix()
        return model

    @property
    def prompts(self) -> PromptEncoder:
        """How texts become prompts and examples for this model."""
        return PromptEncoder(
            self.tokenizer,
            self.answers.marks,
            window=self.window,
            new_tokens=self.new_tokens,
            in_context=self._in_context,
        )

    def count_tokens(self, asked: Conversation | str) -> int:
        """How many tokens a question, or a whole conversation, takes with its turn marks."""
        return self.prompts.count_tokens(asked)

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
        longest: int | None = None,
    ) -> list[Response]:
        """Answer each attack, in order; see `iteralign.core.protocols.Model`.

        `longest` is how many tokens an answer may have, where that is fewer than `max_new_tokens`.
        """
        principles = constitution.principles if constitution else ()
        encoder = self.prompts
        prompts = [encoder.prompt(attack.conversation, principles) for attack in attacks]
        shorter = 0 if longest is None else max(0, self.settings.max_new_tokens - longest)
        texts = self.write(prompts, Decoding(self.new_tokens - shorter, temperature, seed), advance=advance)
        return [response_to(*each, self.answers) for each in zip(attacks, prompts, texts, strict=True)]

    def write(
        self, prompts: Sequence[RenderedPrompt], decoding: Decoding, *, advance: Advance | None = None
    ) -> list[GeneratedText]:
        """What the generator writes after each prompt, in order, with the weights that are active.

        Raises ModelError where it gives more or fewer answers than it was asked for.
        """
        texts = self.generator.generate(prompts, decoding, weights=self._active_weights(), advance=advance)
        if len(texts) != len(prompts):
            raise ModelError(
                f"The generator {type(self.generator).__name__} gave {len(texts)} answers to {len(prompts)} prompts, "
                "so none can be told whose it is: mend it, or take another generator.kind."
            )
        return texts

    def _active_weights(self) -> ActiveWeights | None:
        active = self._active
        return ActiveWeights(active.name, self._files[active.name].folder) if active else None

    @property
    def _active(self) -> Weights | None:
        """The trained weights that the network computes with; None is the base."""
        return self._for_now if self._put_aside else self._candidate or self._accepted

    @contextmanager
    def as_base(self) -> Iterator[None]:
        """Compute as the base model for the length of a `with` block, and then again as before."""
        with self._instead(None):
            yield

    @contextmanager
    def as_accepted(self) -> Iterator[None]:
        """Compute as the accepted model, or the base where none is, for the length of a `with` block."""
        with self._instead(self._accepted):
            yield

    @contextmanager
    def _instead(self, weights: Weights | None) -> Iterator[None]:
        before, aside = self._active, (self._put_aside, self._for_now)
        if weights is before:
            yield
            return
        (weights or self._base).activate()
        self._put_aside, self._for_now = True, weights
        try:
            yield
        finally:
            self._put_aside, self._for_now = aside
            (before or self._base).activate()

    def fine_tune(
        self,
        pairs: Sequence[TrainingPair],
        settings: TrainingSettings,
        *,
        names: Sequence[str],
        seed: int,
        advance: Advance | None = None,
    ) -> list[Candidate]:
        """Train candidates and activate the last; see `iteralign.core.protocols.Model`.

        Raises ModelError where the accepted adapter, which is read again, has changed in its folder.
        """
        self.check_folders()
        from iteralign.training import fine_tuning  # peft and the Trainer: two seconds that measuring need not wait for

        weights, candidates = fine_tuning.fine_tune(
            self._base,
            pairs,
            settings,
            self.objective,
            encode=self.example,
            accepted=self._accepted,
            folders=[self.adapters_dir / name for name in names],
            seed=seed,
            advance=advance,
        )
        # Where the base was frozen, fine-tuning has made sure of it.
        weights.identity = identity.of_weights(self.network, weights.name, self._identity, frozen=weights.frozen_base)
        self._candidate = weights
        self._candidates = {candidate.name: candidate for candidate in candidates}
        self._files |= {name: Snapshot(Path(each.path)).fix() for name, each in self._candidates.items()}
        return candidates

    def example(self, pair: TrainingPair) -> Example:
        """The pair in token ids, as it is trained on."""
        return self.prompts.example(pair.prompt, pair.answer, cut=pair.cut)

    def try_out(self, candidate: Candidate) -> None:
        """Activate that one of the candidates, read from its folder where another one was active.

        Raises ModelError where the folder has changed since it was saved.
        """
        self._known(candidate)
        if self._candidate and self._candidate.name == candidate.name:
            return
        self._files[candidate.name].check()
        before = self._candidate
        self._candidate = self._restored(candidate.name, Path(candidate.path), candidate.settings.weights)
        if before:
            before.unload()

    def accept(self, candidate: Candidate) -> None:
        """Make the candidate the accepted model, and drop the others."""
        self.try_out(candidate)
        before, self._accepted, self._candidate = self._accepted, self._candidate, None
        if before:
            before.unload()
        self._forget(but=candidate.name)

    def discard(self) -> None:
        """Drop every candidate and activate the accepted model, or the base, again."""
        (self._accepted or self._base).activate()
        if self._candidate:
            self._candidate.unload()
        self._candidate = None
        self._forget(but=self._accepted.name if self._accepted else "")

    def _known(self, candidate: Candidate) -> None:
        if candidate.name not in self._candidates:
            raise ValueError(f"{candidate.name} is none of the candidates")

    def _forget(self, *, but: str) -> None:
        """Keep the folders of the base and of that model in mind, and no candidate."""
        self._candidates = {}
        self._files = {name: files for name, files in self._files.items() if name in ("base", but)}

    def content_hash(self) -> str:
        """What is active: the name of the base, and of the adapter or the trained weights on it, as loaded."""
        active = self._active
        return f"{self._identity.name}+{active.identity if active else 'base'}"

    def check_folders(self) -> None:
        """Raise ModelError where a folder that was loaded from holds something else by now; the error names the file.

        What runs is in memory of its own and as it was. But scores under its name would not be the folder's.
        """
        for files in self._files.values():
            files.check()

    def restore(self, name: str, folder: Path, kind: str) -> None:
        """Activate weights of that kind, which an earlier process saved, as the accepted model (a resumed run)."""
        self._accepted = self._restored(name, folder, kind)

    def _restored(self, name: str, folder: Path, kind: str) -> Weights:
        """Weights of that kind from a folder, active."""
        files = Snapshot(folder)
        weights = WEIGHTS.load(kind).restore(self._base, name, folder)
        self._files[name] = files.fix()
        weights.identity = identity.of_weights(self.network, name, self._identity)
        return weights

    def restore_folder(self, folder: Path) -> None:
        """Activate an adapter folder.

        Raises ModelError when it is none that fits this model (see `iteralign.loading.adapters.put_on`), and when it
        changes nothing of what the model computes: the base would pass for the adapted model.
        """
        probe = [self.prompts.example(*_PROBE)]
        before = probe_logits(self.network, probe)
        self.restore("adapter", folder, "lora")
        if torch.equal(before, probe_logits(self.network, probe)):
            raise ModelError(
                f"The adapter {folder} changes nothing in {self.settings.folder}: its weights are zero, or belong to "
                "other layers; give the adapter that was trained on this model."
            )


def seed_everything(seed: int) -> None:
    """Seed the global generators that libraries draw from."""
    random.seed(seed)
    torch.manual_seed(seed)
