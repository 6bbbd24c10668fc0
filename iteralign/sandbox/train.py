"""Trains the practice model from scratch: a byte-level BPE and a small Llama, on the sandbox's dialogues.

The loss is on the answers alone. Batches are cut from a pool that is sorted by length, so that little is padded.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from iteralign.sandbox.dialogues import Dialogue, dialogues

EOS, PAD = "<eos>", "<pad>"
IGNORED = -100


@dataclass(frozen=True)
class Recipe:
    """How the practice model is made. `steps` batches of `batch` dialogues; `rate` is AdamW's highest."""

    seed: int = 0
    vocabulary: int = 1024
    window: int = 512
    width: int = 128
    inner: int = 384
    layers: int = 4
    heads: int = 4
    steps: int = 2200
    batch: int = 64
    rate: float = 3e-3
    warm_up: int = 80
    pool: int = 16  # batches sorted by length together
    decision_weight: float = 8.0  # how much more the answer's first token counts: there it is decided whether to help


def train_tokenizer(recipe: Recipe) -> PreTrainedTokenizerFast:
    """A byte-level BPE with an end and a pad token of their own."""
    sample = itertools.islice(dialogues(recipe.seed), 20_000)
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.vocabulary,
        special_tokens=[PAD, EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator((d.context + d.answer for d in sample), trainer)
    wrapped: Callable[..., PreTrainedTokenizerFast] = PreTrainedTokenizerFast  # its own signature has no types
    return wrapped(
        tokenizer_object=bpe,
        eos_token=EOS,
        pad_token=PAD,
        model_max_length=recipe.window,
        clean_up_tokenization_spaces=False,
    )


def new_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A Llama with random weights, drawn from the recipe's seed."""
    torch.manual_seed(recipe.seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.width,
            intermediate_size=recipe.inner,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads,
            num_key_value_heads=recipe.heads,
            max_position_embeddings=recipe.window,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def encode(tokenizer: PreTrainedTokenizerFast, dialogue: Dialogue) -> tuple[list[int], int]:
    """Token ids of the whole dialogue with its end token, and how many of them are context."""
    context = tokenizer.encode(dialogue.context, add_special_tokens=False)
    answer = tokenizer.encode(dialogue.answer, add_special_tokens=False)
    return [*context, *answer, tokenizer.eos_token_id], len(context)


def batches(tokenizer: PreTrainedTokenizerFast, recipe: Recipe) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of ids and labels, each (batch, longest), right-padded; only answers carry labels."""
    stream, rng = dialogues(recipe.seed + 1), random.Random(recipe.seed)
    while True:
        pool = [encode(tokenizer, next(stream)) for _ in range(recipe.batch * recipe.pool)]
        pool.sort(key=lambda encoded: len(encoded[0]))
        cuts = [pool[start : start + recipe.batch] for start in range(0, len(pool), recipe.batch)]
        rng.shuffle(cuts)
        yield from (_collate(cut, tokenizer.pad_token_id) for cut in cuts)


def _collate(rows: list[tuple[list[int], int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), longest), pad)
    labels = torch.full((len(rows), longest), IGNORED)
    for index, (tokens, context) in enumerate(rows):
        ids[index, : len(tokens)] = torch.tensor(tokens)
        labels[index, context : len(tokens)] = torch.tensor(tokens[context:])
    return ids, labels


def train(recipe: Recipe, say: Callable[[str], None] = print) -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """Train tokenizer and model; a function of the recipe and the machine."""
    tokenizer = train_tokenizer(recipe)
    model = new_model(recipe, tokenizer)
    say(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens in the vocabulary")
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=recipe.steps, pct_start=recipe.warm_up / recipe.steps
    )
    started = time.monotonic()
    for step, (ids, labels) in enumerate(itertools.islice(batches(tokenizer, recipe), recipe.steps), start=1):
        loss = answer_loss(model(input_ids=ids).logits, labels, recipe.decision_weight)  # right-padded: no mask needed
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 50 == 0 or step == recipe.steps:
            say(f"step {step}/{recipe.steps}  loss {loss.item():.3f}  {time.monotonic() - started:.0f} s")
    model.train(False)
    return model, tokenizer


def answer_loss(logits: torch.Tensor, labels: torch.Tensor, decision_weight: float) -> torch.Tensor:
    """Weighted mean cross-entropy of the answers; logits are (batch, length, vocabulary), labels (batch, length)."""
    wanted = labels[:, 1:]
    losses = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), wanted, reduction="none")
    answered = wanted != IGNORED
    first = answered & (answered.cumsum(1) == 1)
    weights = answered + first * (decision_weight - 1)
    return (losses * weights).sum() / weights.sum()


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write weights (safetensors, float32) and tokenizer."""
    model.generation_config.do_sample = False
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
