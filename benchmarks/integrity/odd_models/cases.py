"""The odd models: each writes its folder, and says what goes in front of a text and what ends one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken
from transformers import ByT5Tokenizer

from benchmarks.integrity.odd_models import folders, reference
from benchmarks.integrity.odd_models.folders import BOS, EOS, SEP, edit, network, that_puts, tokenizer, write

Make = Callable[[Path], Path | None]
"""Writes a model into a folder that is not there yet, and where there is an adapter, that beside it: its folder."""


@dataclass(frozen=True)
class Case:
    """`front` is put in front of a text that begins; an answer ends at one of `ends`."""

    name: str
    make: Make
    front: tuple[int, ...] = ()
    ends: tuple[int, ...] = (EOS,)


_ROPE: Mapping[str, Mapping[str, Any]] = {
    "linear": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0},
    "dynamic": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0},
    "llama3": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64, "rope_theta": 10000.0,
    },
    "yarn": {
        "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128, "rope_theta": 10000.0,
    },
}  # fmt: skip
_OWN_BOS = "<bos>{% for m in messages %}<sep>{{ m.role }}\n{{ m.content }}{% endfor %}<sep>assistant\n"
_NO_BOS = _OWN_BOS.removeprefix("<bos>")
_ASKED: Mapping[str, Mapping[str, Any]] = {
    "beams": {"num_beams": 3, "length_penalty": 2.0},
    "a repetition penalty": {"repetition_penalty": 1.8, "no_repeat_ngram_size": 2},
    "sampling": {"do_sample": True, "temperature": 3.0, "top_k": 300},
    "a least length and forbidden tokens": {"min_new_tokens": 7, "suppress_tokens": list(range(4, 300))},
    "no cache": {"use_cache": False, "max_length": 3},
}


def _architectures() -> Iterator[Case]:
    window = {"sliding_window": 16}
    several: Mapping[str, Mapping[str, Any]] = {
        "llama": {},
        "mistral": window,
        "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2},
        "qwen2": window | {"use_sliding_window": True, "max_window_layers": 1},
        "qwen3": {"head_dim": 16},
        "phi3": {"pad_token_id": 0},
        "olmo2": {},
        "gemma": {"head_dim": 16},
        "gemma2": window | {"head_dim": 16, "final_logit_softcapping": 5.0, "attn_logit_softcapping": 10.0},
        "gemma3_text": window | {"head_dim": 16, "query_pre_attn_scalar": 16},
        "gpt2": {},
        "gpt_neox": {"rotary_pct": 0.5},
        "gptj": {"rotary_dim": 4},
        "opt": {"ffn_dim": 64, "word_embed_proj_dim": 32},
        "falcon": {"new_decoder_architecture": False, "multi_query": True},
        "bloom": {},
        "stablelm": {"partial_rotary_factor": 0.5},
        "starcoder2": window,
        "cohere": {"logit_scale": 0.25},
        "granite": {"logits_scaling": 4.0, "embedding_multiplier": 3.0, "residual_multiplier": 0.5},
    }
    for kind, settings in several.items():
        yield Case(f"{kind}, tiny", lambda folder, k=kind, s=settings: _write(folder, network(k, **s)))


def _write(folder: Path, *args: Any, **saving: Any) -> None:
    write(folder, *args, **saving)


def _weights() -> Iterator[Case]:
    tied = partial(network, tie_word_embeddings=True)
    yield Case("a tied head", lambda folder: _write(folder, tied()))
    biased = partial(network, attention_bias=True, mlp_bias=True)
    yield Case("attention and perceptron biases", lambda folder: _write(folder, biased()))
    yield Case("heads of another width", lambda folder: _write(folder, network(head_dim=24)))
    yield Case("one key for all heads", lambda folder: _write(folder, network(num_key_value_heads=1)))
    yield Case("weights in shards", lambda folder: _write(folder, tied(), max_shard_size="20KB"))
    yield Case("weights in bfloat16", lambda folder: _write(folder, network(), dtype=torch.bfloat16))
    yield Case("weights in float16", lambda folder: _write(folder, network(), dtype=torch.float16))
    yield Case("a vocabulary padded to 512", lambda folder: _write(folder, network(vocab_size=512)))
    yield Case("added tokens, embeddings resized", _added_tokens)
    for kind, rope in _ROPE.items():
        yield Case(f"positions scaled, {kind}", lambda folder, r=rope: _write(folder, network(rope_parameters=dict(r))))


def _added_tokens(folder: Path) -> None:
    words, made = tokenizer(), network(tie_word_embeddings=True)
    words.add_tokens(["<extra>", AddedToken("my friend", normalized=False), "<|call|>"])
    made.resize_token_embeddings(len(words), mean_resizing=False)
    write(folder, made, words)


def _tokens() -> Iterator[Case]:
    def with_words(name: str, words: Callable[[], Any], front: tuple[int, ...] = ()) -> Case:
        return Case(name, lambda folder: _write(folder, None, words()), front)

    both = partial(that_puts, "<bos> $A <eos>")
    yield with_words("an end token behind every text", lambda: that_puts("$A <eos>"))
    yield with_words("a begin and an end token", lambda: that_puts("<bos> $A <eos>"), (BOS,))
    yield with_words("a begin token", lambda: that_puts("<bos> $A"), (BOS,))
    yield with_words("two tokens in front and two behind", lambda: that_puts("<sep> <bos> $A <sep> <eos>"), (SEP, BOS))
    yield with_words("a separator behind every text", lambda: that_puts("$A <sep>"))
    yield with_words("a blank in front of every text", folders.with_blanks)
    yield with_words("a blank, a begin and an end token", lambda: both(folders.with_blanks()), (BOS,))
    yield with_words("Llama's own class, which appends an end token", folders.llamas_own, (BOS,))
    yield Case("a tokenizer of bytes in Python that appends an end token", _bytes)
    yield with_words("no padding token", lambda: tokenizer(pad_token=None))
    yield with_words("the end token as padding", lambda: tokenizer(pad_token="<eos>"))
    yield with_words("padding beyond the rows", lambda: tokenizer(pad_token="[PAD]"))
    yield with_words("no begin token", lambda: tokenizer(bos_token=None))
    yield with_words("a template with its own begin token", lambda: tokenizer(chat_template=_OWN_BOS))
    yield with_words("the same, and the tokenizer adds it too", lambda: both(chat_template=_OWN_BOS), (BOS,))
    yield with_words("a template without it, while the tokenizer adds it", lambda: both(chat_template=_NO_BOS), (BOS,))
    named = {"default": _OWN_BOS, "tool_use": _NO_BOS}
    yield with_words("several templates by name", lambda: both(chat_template=named), (BOS,))


def _bytes(folder: Path) -> None:
    words = ByT5Tokenizer(extra_ids=0)
    write(folder, network(vocab_size=len(words)), words)


def _asked_for() -> Iterator[Case]:
    file = "generation_config.json"
    for what, settings in _ASKED.items():
        yield Case(f"a folder that asks for {what}", lambda folder, s=settings: _asking(folder, file, s))
    yield Case(
        "beams and penalties in config.json alone",
        lambda folder: _asking(folder, "config.json", {"num_beams": 2, "repetition_penalty": 1.5}),
    )
    yield Case("no generation_config.json", lambda folder: _asking(folder, "config.json", {}))
    yield Case("no cache, and an older name of the type", lambda folder: _asking(folder, "config.json", _OLDER))
    ends = _written_third()
    yield Case(
        "several end tokens",
        lambda folder: _asking(folder, file, {"eos_token_id": [EOS, ends]}),
        ends=(EOS, ends),
    )


def _asking(folder: Path, file: str, settings: Mapping[str, Any]) -> None:
    write(folder)
    if file == "config.json":
        (folder / "generation_config.json").unlink()
    edit(folder, file, **settings)


def _written_third() -> int:
    """A token that the plain Llama writes early, so that it matters whether it ends an answer."""
    ids = tokenizer()("Human: What should I tell my friend about tea?\n\nAssistant:")["input_ids"]
    return reference.written(network(), ids, new=3, ends=set())[-1]


_OLDER: Mapping[str, Any] = {"use_cache": False, "torch_dtype": "float32", "dtype": None}
_TIED: Mapping[str, Any] = {"tie_word_embeddings": True}
_ATTENTION: Mapping[str, Any] = {"target_modules": ["q_proj", "v_proj"]}
_ADAPTERS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "LoRA on attention": ({}, _ATTENTION),
    "LoRA on all layers, tied": (_TIED, {"target_modules": "all-linear"}),
    "rank-stabilised LoRA": ({}, _ATTENTION | {"use_rslora": True}),
    "DoRA": ({}, _ATTENTION | {"use_dora": True}),
    "patterns of rank and alpha": (
        {},
        {
            "target_modules": "all-linear",
            "rank_pattern": {"q_proj": 2, "layers.1.mlp.up_proj": 6},
            "alpha_pattern": {"v_proj": 64, "down_proj": 1},
        },
    ),
    "LoRA with all biases": ({"attention_bias": True}, _ATTENTION | {"bias": "all"}),
    "LoRA with biases of its own": ({}, _ATTENTION | {"lora_bias": True}),
    "a saved head": ({}, _ATTENTION | {"modules_to_save": ["lm_head"]}),
    "a saved head, tied": (_TIED, _ATTENTION | {"modules_to_save": ["lm_head"]}),
    "saved embeddings": ({}, _ATTENTION | {"modules_to_save": ["embed_tokens"]}),
    "saved embeddings, tied": (_TIED, _ATTENTION | {"modules_to_save": ["embed_tokens"]}),
    "both saved": ({}, _ATTENTION | {"modules_to_save": ["embed_tokens", "lm_head"]}),
    "both saved, tied": (_TIED, _ATTENTION | {"modules_to_save": ["embed_tokens", "lm_head"]}),
    "LoRA on the head": ({}, {"target_modules": ["q_proj", "lm_head"]}),
    "LoRA on the head, tied": (_TIED, {"target_modules": ["q_proj", "lm_head"]}),
    "LoRA on the embeddings": ({}, {"target_modules": ["q_proj", "embed_tokens"]}),
    "LoRA on the embeddings, tied": (_TIED, {"target_modules": ["q_proj", "embed_tokens"]}),
    "DoRA on the head": ({}, {"target_modules": ["o_proj", "lm_head"], "use_dora": True}),
    "some trained tokens": ({}, _ATTENTION | {"trainable_token_indices": {"embed_tokens": [5, 60, 70]}}),
    "one layer only": ({}, _ATTENTION | {"layers_to_transform": [1]}),
    "saved norms": ({}, _ATTENTION | {"modules_to_save": ["norm", "input_layernorm"]}),
}


def _adapters() -> Iterator[Case]:
    for name, (base, settings) in _ADAPTERS.items():
        yield Case(name, lambda folder, b=base, s=settings: _adapted(folder, network(**b), s))
    yield Case(
        "LoRA on GPT-2's turned weights",
        lambda folder: _adapted(folder, network("gpt2"), {"target_modules": ["c_attn"], "fan_in_fan_out": True}),
    )
    for kind in ("IA3", "LoHa", "LoKr", "OFT"):
        yield Case(f"{kind} in place of LoRA", lambda folder, k=kind: _adapted(folder, network(), {}, k))
    yield Case(
        "LoRA on a model in bfloat16",
        lambda folder: _adapted(folder, network().to(torch.bfloat16), {"target_modules": "all-linear"}),
    )


def _adapted(folder: Path, made: Any, settings: Mapping[str, Any], kind: str = "Lora") -> Path:
    write(folder, made)
    return folders.adapter(folder, folder.parent / "adapter", settings, kind)


CASES = [*_architectures(), *_weights(), *_tokens(), *_asked_for(), *_adapters()]
