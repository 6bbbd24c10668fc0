"""What a run learnt from leaves it in the forms that TRL trains on, whole and unaltered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.export.formats import FORMS, check_free, writer_for
from harness.export.pairs import Pair, kept_pairs
from harness.store import Store
from harness.store.example import HOSTILE, prompts_of, write_example_run
from harness_base.errors import ConfigError
from harness_base.files import write_whole
from iteralign.core.events import Judged, Revised, RoundStarted
from iteralign.core.records import Attack, JudgedResponse, Prompt, Response, Revision, Verdict
from iteralign.red_team import load_prompts

ODD = "Say “so”,\u2028{'a': \"b\"}\n\t\x00\x1b[31m\u202e é 🎉 \\ </s>"
PAIRS = [Pair("How do I take a gnome?", "Take it at night.", "Better ask next door."), Pair(ODD, HOSTILE, ODD)]
BAD, GOOD = Verdict("violation", "theft", "it helps"), Verdict("satisfactory")


def revisions(store: Store, *made: tuple[str, Verdict, str]) -> list[dict[str, Any]]:
    """The view of a run with one violating response and these revisions of it: text, verdict, why it was dropped."""
    run_id = store.runs.start(name="a", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)
    recorder = store.runs.recorder(run_id)
    recorder.record(RoundStarted(1))
    response = Response(Attack(Prompt("Take it?", "x"), "cot", "Take it? Think."), "Yes.")
    recorder.record(Judged(1, [JudgedResponse(response, BAD)]))
    recorder.record(
        Revised(
            1,
            [
                Revision(response, text, attempt, verdict, 1, dropped=dropped)
                for attempt, (text, verdict, dropped) in enumerate(made, start=1)
            ],
        )
    )
    return store.views.rows("revision_history", run_id=run_id)


def test_a_pair_is_what_the_model_was_asked_its_violation_and_the_kept_revision(store: Store) -> None:
    write_example_run(store)
    pairs = kept_pairs(store.views.rows("revision_history"))
    assert len(pairs) == 9
    assert pairs[0] == Pair(prompts_of(1)[0].text, HOSTILE, "I would rather not help with that.")


def test_the_prompt_is_the_attack_and_not_the_question_inside_it(store: Store) -> None:
    assert kept_pairs(revisions(store, ("No.", GOOD, ""))) == [Pair("Take it? Think.", "Yes.", "No.")]


def test_the_last_revision_that_was_kept_is_the_one(store: Store) -> None:
    made = (("No.", GOOD, ""), ("Never.", GOOD, ""), ("Well …", BAD, ""), ("I can't.", GOOD, "it is a bare refusal"))
    assert [pair.chosen for pair in kept_pairs(revisions(store, *made))] == ["Never."]


@pytest.mark.parametrize(
    "made",
    [("No.", BAD, ""), ("No.", GOOD, "too short"), ("No.", Verdict("unscored", reason="it hung"), "")],
    ids=["violation", "dropped", "unscored"],
)
def test_a_revision_that_may_not_be_trained_on_is_no_pair(store: Store, made: tuple[str, Verdict, str]) -> None:
    assert kept_pairs(revisions(store, made)) == []


def test_the_forms_have_the_names_that_trl_reads() -> None:
    (first, _) = FORMS["preference"](PAIRS, conversational=False)
    assert first == {
        "prompt": "How do I take a gnome?",
        "chosen": "Better ask next door.",
        "rejected": "Take it at night.",
    }
    (first, _) = FORMS["prompt-completion"](PAIRS, conversational=True)
    assert first == {
        "prompt": [{"role": "user", "content": "How do I take a gnome?"}],
        "completion": [{"role": "assistant", "content": "Better ask next door."}],
    }


def test_a_revision_that_repeats_the_answer_prefers_nothing() -> None:
    same = [Pair("Take it?", "No.", "No.")]
    assert FORMS["preference"](same, conversational=False) == []
    assert len(FORMS["prompt-completion"](same, conversational=False)) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("conversational", [False, True])
@pytest.mark.parametrize(("ending", "reader"), [(".jsonl", "json"), (".parquet", "parquet")])
def test_datasets_reads_what_was_written(
    tmp_path: Path, form: str, conversational: bool, ending: str, reader: str
) -> None:
    from datasets import load_dataset

    path = tmp_path / f"pairs{ending}"
    rows = FORMS[form](PAIRS, conversational=conversational)
    write_whole(path, writer_for(path)(rows))
    found = load_dataset(reader, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert list(found) == rows


def test_jsonl_is_utf_8_with_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    rows = FORMS["preference"](PAIRS, conversational=False)
    content = writer_for(path)(rows)
    assert content.count(b"\n") == len(rows)
    assert [json.loads(line) for line in content.decode("utf-8").split("\n")[:-1]] == rows
    assert "🎉".encode() in content
    assert b"\x1b" not in content


@pytest.mark.parametrize("name", ["pairs.csv", "pairs", "pairs.jsonl.gz"])
def test_an_unknown_ending_names_those_that_are_known(name: str) -> None:
    with pytest.raises(ConfigError, match=r"end its name with one of \.jsonl or \.parquet"):
        writer_for(Path(name))


def test_a_file_that_exists_is_not_free_unless_it_may_be_written_over(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    check_free(path, overwrite=False)
    path.touch()
    check_free(path, overwrite=True)
    with pytest.raises(ConfigError, match="exists already"):
        check_free(path, overwrite=False)


@pytest.mark.slow
@pytest.mark.parametrize("conversational", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_trl_trains_on_what_was_written(tmp_path: Path, form: str, conversational: bool) -> None:
    trl = pytest.importorskip("trl")
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from iteralign.sandbox import PRACTICE_MODEL_DIR

    path = tmp_path / "pairs.jsonl"
    write_whole(path, writer_for(path)(FORMS[form](PAIRS * 4, conversational=conversational)))
    data = load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert trl.data_utils.is_conversational(data[0]) == conversational
    tokenizer = AutoTokenizer.from_pretrained(PRACTICE_MODEL_DIR)
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    settings, trainer = (trl.DPOConfig, trl.DPOTrainer) if form == "preference" else (trl.SFTConfig, trl.SFTTrainer)
    trained = trainer(
        model=AutoModelForCausalLM.from_pretrained(PRACTICE_MODEL_DIR),
        args=settings(output_dir=str(tmp_path), max_steps=2, use_cpu=True, bf16=False, report_to="none"),
        train_dataset=data,
        processing_class=tokenizer,
    ).train()
    assert trained.global_step == 2


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("conversational", [True, False])
def test_what_is_exported_is_read_again_as_red_team_prompts(
    tmp_path: Path, ending: str, form: str, conversational: bool
) -> None:
    """The prompts alone, and not the answers beside them."""
    path = tmp_path / f"pairs{ending}"
    rows = FORMS[form]([PAIRS[0], Pair("Human: or dwarf?", "a", "b")], conversational=conversational)
    path.write_bytes(writer_for(path)(rows))
    assert [prompt.text for prompt in load_prompts([path]).prompts] == [PAIRS[0].prompt.text, "Human: or dwarf?"]
