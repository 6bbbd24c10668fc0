"""The practice model as a GGUF file, written by the format's own library, as llama.cpp's converter would write it."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import load_file

from iteralign.sandbox import PRACTICE_MODEL_DIR

TEMPLATE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:"
_BLOCK = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def write(
    path: Path,
    *,
    architecture: str = "llama",
    tokenizer: bool = True,
    split: str = "gpt-2",
    packed: gguf.GGMLQuantizationType | None = None,
    without: Collection[str] = (),
    parts: int = 1,
) -> Path:
    """Write the file. `packed` quantizes what can be; `without` are tensors, by GGUF's names, that are left out."""
    config = json.loads((PRACTICE_MODEL_DIR / "config.json").read_text())
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("Practice | <b>model</b>")
    writer.add_license("apache-2.0")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    if parts > 1:
        writer.add_uint16("split.count", parts)
    if tokenizer:
        _add_tokenizer(writer, split)
    for name, weight in load_file(PRACTICE_MODEL_DIR / "model.safetensors").items():
        if (called := _name(name)) not in without:
            _add(writer, called, _permuted(name, weight, config["num_attention_heads"]), packed)
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    return path


def _add_tokenizer(writer: gguf.GGUFWriter, split: str) -> None:
    made: dict[str, Any] = json.loads((PRACTICE_MODEL_DIR / "tokenizer.json").read_text())
    special = {token["content"] for token in made["added_tokens"]}
    tokens = sorted(made["model"]["vocab"], key=made["model"]["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(split)
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in special else 1 for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in made["model"]["merges"]])
    writer.add_eos_token_id(1)
    writer.add_pad_token_id(0)
    writer.add_chat_template(TEMPLATE)


def _name(name: str) -> str:
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, module = name.removesuffix(".weight").split(".", 3)
    return f"blk.{layer}.{_BLOCK[module]}.weight"


def _permuted(name: str, weight: Any, heads: int) -> Any:
    """llama.cpp has the two halves of each head's rotary dimensions interleaved."""
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return weight
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _add(writer: gguf.GGUFWriter, name: str, weight: Any, packed: gguf.GGMLQuantizationType | None) -> None:
    if packed is None or weight.ndim < 2:
        writer.add_tensor(name, weight.astype(np.float32))
    else:
        writer.add_tensor(name, gguf.quants.quantize(weight.astype(np.float32), packed), raw_dtype=packed)
