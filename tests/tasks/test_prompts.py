"""The texts that the tasks put before a model."""

from __future__ import annotations

from pathlib import Path

import lm_eval
import yaml
from lm_eval.utils import apply_template

from tasks import prompts


def test_turns_end_where_the_answer_begins() -> None:
    """Without a trailing space: it belongs to the answer's first token."""
    assert prompts.turns("Why?") == "Human: Why?\n\nAssistant:"


def test_the_truthfulqa_prompt_is_lm_evals_to_the_letter() -> None:
    """As its own task renders it."""
    source = Path(lm_eval.__file__).parent / "tasks" / "truthfulqa" / "truthfulqa_mc1.yaml"
    template = yaml.safe_load(source.read_text(encoding="utf-8"))["doc_to_text"]
    doc = {"question": "What do {braces} & 'quotes' do?"}
    assert prompts.truthfulqa(doc) == apply_template(template, doc)
    assert prompts.truthfulqa(doc).endswith("\n\nQ: What do {braces} & 'quotes' do?\nA:")


def test_the_letter_question_names_each_reply_once() -> None:
    """In the order given."""
    text = prompts.better_of_two("Human: Hi", "Hello!", "Go away.")
    assert text.index("A: Hello!") < text.index("B: Go away.")
    assert (text.count("Hello!"), text.count("Go away.")) == (1, 1)


def test_the_true_or_false_question_holds_question_and_answer() -> None:
    """And asks about the answer."""
    text = prompts.true_or_false("Why is the sky blue?", "It reflects the sea.")
    assert text.startswith("Question: Why is the sky blue?\n\nProposed answer: It reflects the sea.")
    assert text.endswith("true or false?")
