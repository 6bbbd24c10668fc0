"""Baselines, and the file that carries one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.evaluation.baselines import Baseline, check_usable, check_worth, content_hash, export_text, read_file
from harness.evaluation.records import Evaluation, Score, score_of, valid_sample
from harness.gate.pairing import paired_items
from harness.store import Store
from harness_base.errors import BaselineError

FINGERPRINT = {"torch": "2.13", "model": "a", "data:help": "rows-1"}


def scored(values: tuple[float, ...] = (1.0, 0.0, 1.0)) -> Score:
    samples = tuple(valid_sample(f"item {n}", value, prompt=f"q{n}", response="said") for n, value in enumerate(values))
    return score_of("help", "acc", samples, higher_is_better=True)


def baseline(name: str = "v1") -> Baseline:
    evaluation = Evaluation("model", "other", (scored(),), FINGERPRINT, 2.5)
    return Baseline(name, "calm-heron", "the first good one", "me", "2026-11-24T10:00:00+00:00", evaluation)


def written(folder: Path, text: str) -> Path:
    path = folder / "v1.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_brings_back_what_was_exported_without_its_texts(tmp_path: Path) -> None:
    text = export_text(baseline())
    found = read_file(written(tmp_path, text))
    assert content_hash(found) == content_hash(baseline())
    assert [sample.value for sample in found.evaluation.scores[0].samples] == [1.0, 0.0, 1.0]
    assert "said" not in text
    assert '"q1"' not in text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"item 1", 0.0', '"item 1", 1.0', "damaged or edited"),
        ('"torch": "2.13"', '"torch": "2.14"', "damaged or edited"),
        ('"item 1", 0.0', '"item 1", NaN', "holds NaN"),
        ('"reason": "the first good one"', '"reason": 5', "is no baseline of ours: reason"),
        ("baseline 1", "baseline 9", "has the format"),
        ('"name"', '"nom"', "is no baseline of ours"),
        ("{", "[", "is no baseline"),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = export_text(baseline())
    assert old in text
    with pytest.raises(BaselineError, match=words) as caught:
        read_file(written(tmp_path, text.replace(old, new, 1)))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v1.json"
    path.write_bytes(b"\x80\x04pickle")
    with pytest.raises(BaselineError, match="not UTF-8"):
        read_file(path)


def test_a_stored_baseline_is_immutable_and_named_once(tmp_path: Path) -> None:
    with Store.open(tmp_path / "harness.db") as store:
        store.baselines.bless(baseline())
        with pytest.raises(BaselineError, match="a baseline named v1 already"):
            store.baselines.bless(replace(baseline(), reason="a better one"))
        found = store.baselines.named("v1")
        assert found is not None
        assert content_hash(found) == content_hash(baseline())
        assert store.baselines.named("v2") is None


def test_a_baseline_that_was_changed_in_the_store_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path / "harness.db") as store:
        store.baselines.bless(baseline())
        store.file.connection.execute("UPDATE samples SET value = 1.0")
        with pytest.raises(BaselineError, match="it was changed there"):
            store.baselines.named("v1")


def test_a_retired_baseline_is_refused_with_its_reason(tmp_path: Path) -> None:
    with Store.open(tmp_path / "harness.db") as store:
        store.baselines.bless(baseline())
        store.baselines.retire("v1", by="me", reason="the data were mended")
        found = store.baselines.named("v1")
        assert found is not None
        with pytest.raises(BaselineError, match="the data were mended"):
            check_usable(found, FINGERPRINT, ("help",))
        with pytest.raises(BaselineError, match="no baseline v1 that could be retired"):
            store.baselines.retire("v1", by="me", reason="again")


def test_a_baseline_of_other_tasks_or_other_data_is_refused_with_the_difference() -> None:
    check_usable(baseline(), {**FINGERPRINT, "model": "b"}, ("help",))
    with pytest.raises(BaselineError, match="does not hold honest"):
        check_usable(baseline(), FINGERPRINT, ("help", "honest"))
    with pytest.raises(BaselineError, match="the data of help is rows-2 in one and rows-1 in the other"):
        check_usable(baseline(), {**FINGERPRINT, "data:help": "rows-2"}, ("help",))


def test_an_imported_baseline_is_never_taken_for_a_measurement(tmp_path: Path) -> None:
    """Its hash shows that it is whole, not that it is true."""
    known = replace(scored(), content_key="the same content")
    made = replace(baseline(), evaluation=replace(baseline().evaluation, scores=(known,)))
    with Store.open(tmp_path / "harness.db") as store:
        store.evaluations.record(None, made.evaluation)
        store.baselines.bless(read_file(written(tmp_path, export_text(made))))
        [found] = store.evaluations.known_scores("the same content")
    assert [sample.response for sample in found.samples] == ["said"] * 3


def test_items_of_a_file_still_belong_to_their_queries(tmp_path: Path) -> None:
    """Though the queries' texts are left out; also after it went through a store."""
    values = (1.0, 0.0, 1.0, 0.0)
    samples = tuple(valid_sample(str(n), value, prompt=f"q{n // 2}") for n, value in enumerate(values))
    score = score_of("help", "acc", samples, higher_is_better=True)
    made = replace(baseline(), evaluation=replace(baseline().evaluation, scores=(score,)))
    found = read_file(written(tmp_path, export_text(made)))
    with Store.open(tmp_path / "harness.db") as store:
        store.baselines.bless(found)
        stored = store.baselines.named("v1")
    assert stored is not None
    for one in (found, stored):
        clusters = [item.cluster for item in paired_items(one.evaluation.scores[0], one.evaluation.scores[0])]
        assert clusters[0] == clusters[1] != clusters[2] == clusters[3]
        assert content_hash(one) == content_hash(made)


def test_a_file_with_an_item_twice_or_a_number_beyond_all_is_refused(tmp_path: Path) -> None:
    twice = replace(scored(), samples=scored().samples + scored().samples[:1])
    made = replace(baseline(), evaluation=replace(baseline().evaluation, scores=(twice,)))
    with pytest.raises(BaselineError, match="twice in it"):
        read_file(written(tmp_path, export_text(made)))
    with pytest.raises(BaselineError, match="is no baseline"):
        read_file(written(tmp_path, export_text(baseline()).replace('"seconds": 2.5', '"seconds": 1e999')))


def test_what_the_store_can_not_hold_is_refused_at_once_and_takes_no_name(tmp_path: Path) -> None:
    """Half a surrogate pair, as a shell may hand over."""
    with Store.open(tmp_path / "harness.db") as store:
        with pytest.raises(BaselineError, match="can't be stored"):
            store.baselines.bless(replace(baseline(), reason="caf\udce9"))
        store.baselines.bless(baseline())


def test_what_could_not_be_measured_is_no_baseline() -> None:
    broken = Score("help", "acc", None, "invalid", "of NaN", 3, 3, True, ())
    with pytest.raises(BaselineError, match=r"help/acc is invalid \(of NaN\)"):
        check_worth(Evaluation("model", "other", (broken,), {}, 1.0), "calm-heron")
    with pytest.raises(BaselineError, match="holds no score"):
        check_worth(Evaluation("model", "other", (), {}, 1.0), "calm-heron")
    assert json.loads(export_text(baseline()))["evaluation"]["scores"][0]["value"] == pytest.approx(2 / 3)
