"""Folders of small models with random weights, of tokenizers made on the spot, and of adapters on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import peft
import torch
from peft import get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModelForCausalLM, LlamaTokenizer, PreTrainedTokenizerFast

PAD, EOS, BOS, SEP = range(4)
SPECIAL = ("<pad>", "<eos>", "<bos>", "<sep>")
VOCABULARY = 384
TEXTS = (
    "Human: What should I tell my friend about tea?\n\nAssistant: Sure. Take your time, then begin.",
    "Human: How do I cook soup for my sister?\n\nAssistant: I can't help with that. No.",
)
_STD = 0.2
_SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "pad_token_id": PAD,
    "eos_token_id": EOS,
    "bos_token_id": BOS,
    "tie_word_embeddings": False,
}
_OTHER_NAMES = {"gpt2": {"n_positions": 512}, "bloom": {"n_head": 4}}
Edit = Callable[[Any], None]


def tokenizer(**names: Any) -> Any:
    """A byte-level BPE; `names` change which special tokens stand for what."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(TEXTS, trainer)
    known = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>"}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **(known | names))


def with_blanks(**names: Any) -> Any:
    """A tokenizer of characters that puts a blank before every text by itself, as those of SentencePiece do."""
    pieces = [*sorted(set("".join(TEXTS)) - {" "}), "▁", "▁T", "er", "th"]
    vocabulary = [(name, 0.0) for name in (*SPECIAL, "<unk>")] + [(piece, -float(len(piece))) for piece in pieces]
    inner = Tokenizer(models.Unigram(vocabulary, unk_id=len(SPECIAL)))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    inner.decoder = decoders.Metaspace(prepend_scheme="first")
    inner.add_special_tokens(list(SPECIAL))
    known = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **(known | names))


def that_puts(single: str, base: Any = None, **names: Any) -> Any:
    """A tokenizer that puts special tokens round every text, such as "<bos> $A <eos>"."""
    made = base or tokenizer(**names)
    special = [(name, number) for number, name in enumerate(SPECIAL)]
    made.backend_tokenizer.post_processor = processors.TemplateProcessing(single=single, special_tokens=special)
    return made


def llamas_own() -> Any:
    """A tokenizer of the class that Llama's folders name, with its flags for both ends set."""
    merges = [("t", "h"), ("th", "e"), ("▁", "t")]
    letters = sorted(set("".join(TEXTS)) - {" "})
    tokens = [*SPECIAL, "<unk>", *letters, "▁", *("".join(pair) for pair in merges)]
    return LlamaTokenizer(
        vocab={token: number for number, token in enumerate(tokens)},
        merges=merges,
        unk_token="<unk>",
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        add_bos_token=True,
        add_eos_token=True,
    )


def network(kind: str = "llama", **settings: Any) -> Any:
    """A model of that architecture; random weights large enough for plain differences between tokens."""
    sizes = _SIZES | _OTHER_NAMES.get(kind, {}) | settings
    torch.manual_seed(0)
    made: Any = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **sizes))
    _spread(made)
    return made.eval()


@torch.no_grad()
def _spread(made: Any) -> None:
    for name, weight in made.named_parameters():
        if weight.dim() > 1:
            weight.normal_(std=_STD)
        elif "bias" in name:
            weight.normal_(std=0.1)


def write(folder: Path, made: Any = None, words: Any = None, *, dtype: Any = None, **saving: Any) -> Path:
    """A model folder: the network, a Llama unless given, and its tokenizer."""
    made = made or network()
    (made.to(dtype) if dtype else made).save_pretrained(folder, **saving)
    (words or tokenizer()).save_pretrained(folder)
    return folder


def edit(folder: Path, file: str, **changes: Any) -> None:
    """Change keys of a JSON file; None takes one out."""
    path = folder / file
    content = json.loads(path.read_text()) if path.exists() else {}
    kept = {key: value for key, value in (content | changes).items() if value is not None}
    path.write_text(json.dumps(kept))


def adapter(base: Path, folder: Path, settings: Mapping[str, Any], kind: str = "Lora") -> Path:
    """An adapter on the model in `base`, of a kind of peft's, whose every weight is random and counts."""
    made: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    torch.manual_seed(1)
    known: dict[str, Any] = {"r": 4, "lora_alpha": 8} if kind == "Lora" else {"target_modules": ["k_proj", "v_proj"]}
    if kind == "IA3":
        known["feedforward_modules"] = []
    wrapped = get_peft_model(made, getattr(peft, f"{kind}Config")(task_type="CAUSAL_LM", **{**known, **settings}))
    with torch.no_grad():
        for weight in wrapped.parameters():
            if weight.requires_grad:
                weight += _STD * torch.randn_like(weight)
    wrapped.save_pretrained(folder)
    return folder
