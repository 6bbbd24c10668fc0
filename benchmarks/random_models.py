"""Models with random weights and a tokenizer made on the spot: what computing costs is not a matter of training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

VOCABULARY = 8000
SPECIAL: dict[str, Any] = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": None}

SMALL: dict[str, Any] = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 2048, "initializer_range": 0.1,
}  # fmt: skip
MEDIUM: dict[str, Any] = {
    "hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 12, "num_attention_heads": 6,
    "max_position_embeddings": 2048, "tie_word_embeddings": True,
}  # fmt: skip
"""24M parameters as a Llama."""


def tokenizer(files: Sequence[Path]) -> Any:
    """A byte-level BPE of 8,000 tokens, trained on these files."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train([str(file) for file in files], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>")


def llama(vocabulary: int, sizes: dict[str, Any]) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary, **sizes, **SPECIAL)).eval()


def neox(vocabulary: int, sizes: dict[str, Any]) -> Any:
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    torch.manual_seed(1)
    return GPTNeoXForCausalLM(GPTNeoXConfig(vocab_size=vocabulary, **sizes, **SPECIAL)).eval()


def benchmark_texts(data_dir: Path) -> list[Path]:
    """The files of the real multiple-choice tasks."""
    return [data_dir / "truthfulqa/multiple_choice.jsonl", *sorted((data_dir / "hhh_alignment").glob("*.jsonl"))]
