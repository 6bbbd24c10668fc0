"""The last layer is given the places that were asked for, and afterwards all of them again."""

from __future__ import annotations

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from iteralign.generation.head_reads import HeadReads


def test_logits_are_those_of_the_places_and_whole_again_afterwards() -> None:
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4)
    ).eval()
    ids = torch.tensor([[5, 6, 7], [8, 9, 10]])
    with torch.no_grad():
        whole = model(ids).logits
        with HeadReads(model) as reads:
            reads.only(torch.tensor([1, 0]), torch.tensor([2, 0]))
            found = model(ids).logits
        assert torch.allclose(found, torch.stack([whole[1, 2], whole[0, 0]])[None], atol=1e-5)
        assert torch.equal(model(ids).logits, whole)
