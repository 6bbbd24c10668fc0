"""Faults of config.json, of generation_config.json and of the weights."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.integrity.malformed.cases import Case, both, edit, gone, header, holding, setting, weights

_CODE = 'import os\nopen(os.environ["CANARY"], "w").close()\n'
_VALUES: list[tuple[str, Any]] = [
    ("hidden_size", "128"),
    ("hidden_size", None),
    ("hidden_size", -128),
    ("hidden_size", 0),
    ("hidden_size", 129),
    ("hidden_size", 256),
    ("hidden_size", 10**9),
    ("hidden_size", [128]),
    ("intermediate_size", 385),
    ("intermediate_size", 10**12),
    ("intermediate_size", {"a": 1}),
    ("num_hidden_layers", 0),
    ("num_hidden_layers", 5),
    ("num_hidden_layers", 3000),
    ("num_hidden_layers", 10**9),
    ("num_hidden_layers", -1),
    ("num_hidden_layers", "four"),
    ("num_hidden_layers", 4.5),
    ("num_attention_heads", 3),
    ("num_attention_heads", 0),
    ("num_attention_heads", 10**7),
    ("num_key_value_heads", 3),
    ("num_key_value_heads", "4"),
    ("head_dim", 33),
    ("head_dim", 10**9),
    ("vocab_size", 1023),
    ("vocab_size", 2048),
    ("vocab_size", 10**12),
    ("vocab_size", "many"),
    ("max_position_embeddings", 0),
    ("max_position_embeddings", -5),
    ("max_position_embeddings", "512"),
    ("max_position_embeddings", 3),
    ("hidden_act", "no_such_function"),
    ("hidden_act", 7),
    ("rms_norm_eps", "small"),
    ("rms_norm_eps", float("nan")),
    ("attention_dropout", 7),
    ("rope_parameters", {"rope_type": "default", "rope_theta": -5.0}),
    ("rope_parameters", {"rope_type": "linear", "rope_theta": 1e4, "factor": 0}),
    ("rope_parameters", [1]),
    ("rope_parameters", {"rope_type": "no_such_type", "rope_theta": 1.0}),
    ("rope_parameters", {"rope_type": "default", "rope_theta": "ten thousand"}),
    ("dtype", "float99"),
    ("dtype", "int8"),
    ("dtype", 7),
    ("tie_word_embeddings", "no"),
    ("attention_bias", True),
    ("mlp_bias", True),
    ("num_labels", 10**9),
    ("model_type", "no_such_type"),
    ("model_type", 5),
    ("model_type", None),
    ("model_type", "gpt2"),
    ("model_type", "qwen3"),
    ("model_type", "bert"),
    ("model_type", "t5"),
    ("model_type", "vit"),
    ("model_type", "whisper"),
    ("is_encoder_decoder", True),
    ("eos_token_id", "end"),
    ("eos_token_id", -1),
    ("pad_token_id", 10**6),
    ("architectures", "LlamaForCausalLM"),
    ("quantization_config", {"quant_method": "bitsandbytes", "load_in_4bit": True}),
    ("quantization_config", {"quant_method": "gptq", "bits": 4}),
    ("quantization_config", {"quant_method": "no_such_method"}),
    ("quantization_config", [1]),
    ("transformers_weights", "../elsewhere.safetensors"),
]
_GENERATION: list[tuple[str, Any]] = [
    ("eos_token_id", "end"),
    ("eos_token_id", -1),
    ("eos_token_id", {"id": 1}),
    ("eos_token_id", [1, "two"]),
    ("temperature", "hot"),
    ("num_beams", [3]),
    ("max_new_tokens", -4),
]


def cases() -> list[Case]:
    found = [
        Case(f"config.json: {name} is {value!r}", "model", setting("config.json", name, value))
        for name, value in _VALUES
    ]
    for name, value in _GENERATION:
        change = setting("generation_config.json", name, value)
        found.append(Case(f"generation_config.json: {name} is {value!r}", "model", change))
    return found + _architectures() + _code() + _weights()


def _architectures() -> list[Case]:
    """Models of transformers' that are no causal language models, with weights of their own."""
    from transformers import AutoModel, BertConfig, BertLMHeadModel, T5Config, T5ForConditionalGeneration, ViTConfig

    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    bert, vit = BertConfig(vocab_size=1024, **size), ViTConfig(**size)
    t5 = T5Config(vocab_size=1024, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    networks = {
        "an encoder": lambda: BertLMHeadModel(bert),
        "an encoder with a decoder": lambda: T5ForConditionalGeneration(t5),
        "a vision model": lambda: AutoModel.from_config(vit),
    }
    return [
        Case(f"weights: {what}", "model", lambda folder, make=make: make().save_pretrained(folder))
        for what, make in networks.items()
    ]


def _code() -> list[Case]:
    """Code that lies in the folder."""
    auto = {
        "AutoConfig": "planted.PlantedConfig",
        "AutoModelForCausalLM": "planted.PlantedModel",
        "AutoTokenizer": ["planted.PlantedTokenizer", None],
    }
    planted = both(holding("planted.py", _CODE), setting("config.json", "auto_map", auto))
    pickle = b"cos\nsystem\n(S'touch $CANARY'\ntR."
    return [
        Case(
            "code: an auto_map of an unknown type",
            "model",
            both(planted, setting("config.json", "model_type", "planted")),
        ),
        Case("code: an auto_map of no type", "model", both(planted, setting("config.json", "model_type", None))),
        Case(
            "code: a pickle in place of the weights",
            "model",
            both(gone("model.safetensors"), holding("pytorch_model.bin", pickle)),
        ),
        Case("code: a pickle named as safetensors", "model", holding("model.safetensors", pickle)),
    ]


def _weights() -> list[Case]:
    first = "model.layers.0.mlp.up_proj.weight"
    changes = {
        "a prefix before every name": lambda t: {f"wrapped.inner.{name}": tensor for name, tensor in t.items()},
        "another word for layers": lambda t: {name.replace("layers", "blocks"): tensor for name, tensor in t.items()},
        "one is missing": lambda t: {name: tensor for name, tensor in t.items() if name != first},
        "a norm is missing": lambda t: {name: tensor for name, tensor in t.items() if name != "model.norm.weight"},
        "the embeddings are missing": lambda t: {name: one for name, one in t.items() if "embed" not in name},
        "one has a row less": lambda t: t | {first: t[first][1:]},
        "one is on its side": lambda t: t | {first: t[first].T},
        "one is flat": lambda t: t | {first: t[first].flatten()},
        "one of whole numbers": lambda t: t | {first: (t[first] * 10).to(torch.int8)},
        "one of true and false": lambda t: t | {first: t[first] > 0},
        "one is empty": lambda t: t | {first: t[first][:0]},
        "none but one": lambda t: {first: t[first]},
        "fewer embeddings": lambda t: {n: one[:1000] if "embed" in n else one for n, one in t.items()},
        "a single foreign tensor": lambda t: {"x": torch.zeros(2)},
    }
    found = [Case(f"weights: {what}", "model", weights(change)) for what, change in changes.items()]
    headers = {
        "a larger shape": lambda h: h[first].update(shape=[385, 128]),
        "a huge shape": lambda h: h[first].update(shape=[10**12, 10**6]),
        "a negative shape": lambda h: h[first].update(shape=[-384, 128]),
        "an unknown type": lambda h: h[first].update(dtype="F99"),
        "offsets beyond the file": lambda h: h[first].update(data_offsets=[0, 10**12]),
        "offsets of another": lambda h: h[first].update(data_offsets=[0, 196608]),
        "a list for a tensor": lambda h: h.update({first: [1, 2]}),
    }
    found += [Case(f"safetensors header: {what}", "model", header(change)) for what, change in headers.items()]
    shorter = both(
        lambda folder: edit(folder / "config.json", lambda content: content.update(vocab_size=300)),
        weights(lambda t: {name: one[:300] if "embed" in name else one for name, one in t.items()}),
    )
    return [*found, Case("a tokenizer of 1,024 tokens on a model of 300", "model", shorter)]
