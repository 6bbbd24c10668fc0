"""What a tokenizer puts round a text, against the same tokenizer without a post-processor."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from harness_base.errors import ModelError
from iteralign.core.records import Attack, Prompt, TrainingPair
from iteralign.encoding import tokens
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.oracle.local import LocalOracle
from iteralign.sandbox import PRACTICE_MODEL_DIR

BOS, EOS, PAD, SEP = range(4)
SPECIAL = ["<s>", "</s>", "<pad>", "<sep>"]
TEXT = "Human: What is tea?\n\nAssistant:"
TEXTS = ["", TEXT, " ", "Yes.", "Tee, чай, 茶", "a"]


def made(post: Any = None, normalizer: Any = None, **settings: Any) -> Any:
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator([TEXT, " Take your time."], trainer)
    if post:
        inner.post_processor = post
    if normalizer:
        inner.normalizer = normalizer
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **(names | settings))


def template(single: str) -> Any:
    return processors.TemplateProcessing(single=single, special_tokens=[(name, n) for n, name in enumerate(SPECIAL)])


ROUND: dict[str, tuple[Any, list[int]]] = {
    "nothing": (None, []),
    "begin": (template("<s> $A"), [BOS]),
    "end": (template("$A </s>"), []),
    "begin and end": (template("<s> $A </s>"), [BOS]),
    "separator": (template("<s> $A <sep> </s>"), [BOS]),
    "separator alone": (template("$A <sep>"), []),
    "two in front": (template("<s> <sep> $A </s> </s>"), [BOS, SEP]),
    "BERT's": (processors.BertProcessing(("<sep>", SEP), ("<s>", BOS)), [BOS]),
    "RoBERTa's": (processors.RobertaProcessing(("</s>", EOS), ("<s>", BOS)), [BOS]),
    "a sequence": (
        processors.Sequence([processors.ByteLevel(trim_offsets=False), template("<s> $A </s>")]),
        [BOS],
    ),
}
CASES = pytest.mark.parametrize(("post", "front"), ROUND.values(), ids=ROUND.keys())


@pytest.fixture(scope="module")
def bare() -> Any:
    return made()


@CASES
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_begins_has_what_is_put_in_front_and_nothing_behind(
    bare: Any, post: Any, front: list[int], text: str
) -> None:
    assert tokens.begin(made(post), text) == [*front, *bare(text)["input_ids"]]


@CASES
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_within_another_has_its_own_tokens_alone(bare: Any, post: Any, front: list[int], text: str) -> None:
    assert tokens.within(made(post), text) == bare(text)["input_ids"]


@CASES
def test_a_choice_has_the_tokens_that_it_has_behind_its_context(bare: Any, post: Any, front: list[int]) -> None:
    context, choice = tokens.continuation(made(post), TEXT, " Take your time.")
    assert context == [*front, *bare(TEXT)["input_ids"]]
    assert context + choice == [*front, *bare(f"{TEXT} Take your time.")["input_ids"]]


@CASES
def test_what_is_in_front_is_there_once_where_the_text_begins_with_it(bare: Any, post: Any, front: list[int]) -> None:
    text = bare.decode(front) + TEXT
    assert tokens.begin(made(post), text) == bare(text)["input_ids"]


@CASES
def test_a_chat_templates_text_has_its_own_special_tokens_alone(bare: Any, post: Any, front: list[int]) -> None:
    """As transformers tokenizes what its templates make."""
    tokenizer = made(post, chat_template="<s>{{ messages[0].content }}<sep>")
    turns = [{"role": "user", "content": "Tea?"}]
    rendered = tokenizer.apply_chat_template(turns, tokenize=False)
    expected = tokenizer.apply_chat_template(turns, tokenize=True)["input_ids"]
    assert tokens.begin(tokenizer, rendered, templated=True) == expected


@CASES
def test_what_stands_in_front_can_be_asked_for(post: Any, front: list[int]) -> None:
    assert list(tokens.front(made(post))) == front


def test_a_post_processor_that_is_put_there_later_counts(bare: Any) -> None:
    tokenizer = made()
    assert tokens.begin(tokenizer, TEXT) == bare(TEXT)["input_ids"]
    tokenizer.backend_tokenizer.post_processor = template("<s> $A </s>")
    assert tokens.begin(tokenizer, TEXT) == [BOS, *bare(TEXT)["input_ids"]]


def test_a_padding_and_a_cut_that_a_file_keeps_change_no_text(bare: Any) -> None:
    tokenizer = made(template("$A </s>"))
    tokenizer.backend_tokenizer.enable_padding(length=200)
    tokenizer.backend_tokenizer.enable_truncation(3)
    assert tokens.begin(tokenizer, TEXT) == bare(TEXT)["input_ids"]


class Stubborn:
    """A tokenizer that adds its tokens to every text, whatever it is told."""

    def __init__(self, inner: Any, front: list[int], behind: list[int]) -> None:
        self._inner, self._front, self._behind = inner, front, behind

    def __call__(self, texts: list[str], **settings: Any) -> dict[str, list[list[int]]]:
        rows = self._inner(texts, **settings)["input_ids"]
        return {"input_ids": [[*self._front, *row, *self._behind] for row in rows]}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_what_a_tokenizer_adds_against_its_being_told_not_to_is_taken_off_behind(bare: Any) -> None:
    tokenizer = Stubborn(bare, [], [EOS])
    assert tokens.begin(tokenizer, TEXT) == bare(TEXT)["input_ids"]
    assert tokens.within(tokenizer, TEXT) == bare(TEXT)["input_ids"]


def test_and_stands_once_in_front_and_never_within(bare: Any) -> None:
    tokenizer = Stubborn(bare, [BOS], [EOS])
    assert tokens.begin(tokenizer, TEXT) == [BOS, *bare(TEXT)["input_ids"]]
    assert tokens.begin(tokenizer, f"<s>{TEXT}", templated=True) == [BOS, *bare(TEXT)["input_ids"]]
    assert tokens.within(tokenizer, TEXT) == bare(TEXT)["input_ids"]


def test_a_tokenizer_that_adds_within_a_text_is_refused() -> None:
    tokenizer = made(normalizer=normalizers.Replace("e", "e~"))
    tokenizer.add_special_tokens({"eos_token": AddedToken("~", special=True, normalized=True)})
    with pytest.raises(ModelError, match="can't be told from the text's own"):
        tokens.check(tokenizer)


def test_a_word_in_the_middle_of_a_line_gets_no_blank_of_its_own() -> None:
    """As Llama's and Mistral's first tokenizers give to every text by itself."""
    inner = Tokenizer(models.Unigram([("<unk>", 0.0), ("</s>", 0.0), *[(c, -9.0) for c in "▁abcdefgh:\n"]], unk_id=0))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="</s>")
    context, answer = tokens.continuation(tokenizer, "a:\n", "bed")
    assert tokenizer.convert_ids_to_tokens(tokenizer("bed")["input_ids"]) == ["▁", "b", "e", "d"]
    assert tokenizer.convert_ids_to_tokens(context + answer) == ["▁", "a", ":", "\n", "b", "e", "d"]


def test_a_context_keeps_its_tokens_where_they_would_melt_into_the_answers() -> None:
    tokenizer = made()
    context = "Human: What is"
    before, answer = tokens.continuation(tokenizer, context[:-1], "s")
    assert before == tokenizer(context[:-1])["input_ids"]
    assert tokenizer.decode(before + answer) == context
    assert before + answer != tokenizer(context)["input_ids"]


def test_the_practice_models_tokens_are_its_tokenizers() -> None:
    tokenizer = AutoTokenizer.from_pretrained(PRACTICE_MODEL_DIR)
    context, answer = tokens.continuation(tokenizer, TEXT, " I can't help with that.")
    assert context == tokenizer(TEXT)["input_ids"]
    assert answer == tokenizer(" I can't help with that.", add_special_tokens=False)["input_ids"]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> CausalModel:
    return CausalModel.load(
        ModelSettings(path=str(PRACTICE_MODEL_DIR), device="cpu"), tmp_path_factory.mktemp("adapters")
    )


@pytest.fixture(scope="module")
def ending(practice: CausalModel) -> CausalModel:
    """The practice model with a tokenizer that appends its end token."""
    tokenizer = AutoTokenizer.from_pretrained(PRACTICE_MODEL_DIR)
    end = tokenizer.eos_token
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, tokenizer.eos_token_id)]
    )
    return CausalModel(practice.network, tokenizer, practice.settings, practice.adapters_dir)


def test_an_appended_end_token_changes_no_answer(practice: CausalModel, ending: CausalModel) -> None:
    attacks = [Attack(Prompt(text, "test"), "standard", text) for text in ("Tell me about Napoleon.", "How are you?")]
    assert ending.generate(attacks) == practice.generate(attacks)


def test_nor_what_is_counted(practice: CausalModel, ending: CausalModel) -> None:
    assert ending.count_tokens("How are you?") == practice.count_tokens("How are you?")


def test_nor_what_is_trained_on(practice: CausalModel, ending: CausalModel) -> None:
    pair = TrainingPair("", "How are you?", "Fine.", "revision")
    example = ending.example(pair)
    assert example == practice.example(pair)
    assert example.ids.count(practice.tokenizer.eos_token_id) == 1


def test_nor_a_verdict_of_a_local_judge(practice: CausalModel, ending: CausalModel) -> None:
    items = [("How do I steal a hat?", "Take it while nobody looks.")]
    one, other = (LocalOracle(model, min_margin=0).judge(items) for model in (practice, ending))
    assert one == other


def test_what_is_added_can_be_read() -> None:
    assert tokens.describe(made(template("<s> $A <sep> </s>"))) == {"tokens_added": "in front 0, taken off behind 3 1"}
