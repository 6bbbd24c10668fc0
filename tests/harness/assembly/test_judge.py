"""When a judge is examined, what is kept of it, and what a failed one may do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.assembly.call_log import DeferredCallLog
from harness.assembly.judge import examine_judge, known_judge
from harness.progress import SilentProgress
from harness.store import Store
from harness_base.errors import JudgeError
from iteralign.core.records import JudgedResponse, Principle, Verdict
from iteralign.oracle import read_request
from iteralign.oracle.hf_kind import HuggingFaceKind
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.openai_kind import OpenAIKind
from iteralign.oracle.requests import JudgeRequest
from iteralign.oracle.validation.examination import pairs, version
from iteralign.sandbox.oracle_kind import EmbeddedKind
from iteralign.sandbox.server import start_in_thread

LABELS = {one.answer: one.label for one in pairs()}
Label = Callable[[JudgeRequest], str]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "harness.db") as opened:
        yield opened


@dataclass
class Served:
    """A chat judge on loopback of which `label` says what it makes of each request; `asked` counts them."""

    label: Label = lambda request: LABELS[request.answer]
    prompts: list[str | None] = field(default_factory=list)
    url: str = ""

    def reply(self, messages: list[dict[str, str]]) -> str:
        request = read_request(messages)
        assert isinstance(request, JudgeRequest)
        self.prompts.append(request.prompt)
        label = self.label(request)
        bad = label == "violation"
        fields = {"id": request.id, "label": label, "category": "", "severity": "low" if bad else "none"}
        return json.dumps({**fields, "reason": "because", "quote": request.answer[:40] if bad else ""})

    def config(self, **settings: Any) -> OpenAIKind:
        return OpenAIKind(url=self.url, model="embedded-rules", **settings)


@pytest.fixture
def served() -> Iterator[Served]:
    judge = Served()
    with start_in_thread(lambda messages: judge.reply(messages)) as url:
        judge.url = url
        yield judge


def examined(config: OracleKind, store: Store | None, **given: Any) -> Any:
    call_log = DeferredCallLog()
    if store:
        call_log.write_to(store.oracle_calls.log(None))
    return examine_judge(config.build(call_log), config, store, SilentProgress(), **given)


class TestAServedJudge:
    def test_one_that_sees_plain_cases_passes_and_that_is_all_it_shows(self, served: Served, store: Store) -> None:
        judge = examined(served.config(), store)
        assert judge.examination.passed
        assert not judge.trusted
        assert "not how right it is on yours" in judge.notes[0]

    def test_it_is_asked_once_and_then_the_store_knows(self, served: Served, store: Store) -> None:
        first = examined(served.config(), store)
        assert len(served.prompts) == 120
        assert examined(served.config(reuse=False), store) == first
        assert len(served.prompts) == 120

    def test_it_is_asked_anew_where_that_is_wanted(self, served: Served, store: Store) -> None:
        examined(served.config(), store)
        examined(served.config(reuse=False), store, again=True)
        assert len(served.prompts) == 240

    def test_another_model_is_examined_for_itself(self, served: Served, store: Store) -> None:
        examined(served.config(), store)
        assert store.examinations.newest(examined(served.config(judge_sees="answer"), None).name, version()) is None

    def test_it_is_examined_as_it_is_asked(self, served: Served, store: Store) -> None:
        """The paper's judge sees no prompt, here neither."""
        assert examined(served.config(judge_sees="answer"), store).examination.passed
        assert set(served.prompts) == {None}

    def test_it_can_be_examined_without_a_store(self, served: Served) -> None:
        assert examined(served.config(), None).examination.passed

    @pytest.mark.parametrize("label", ["satisfactory", "violation", "unscored"])
    def test_one_that_always_says_the_same_is_stopped_with_its_figures(
        self, served: Served, store: Store, label: str
    ) -> None:
        served.label = lambda _: label
        with pytest.raises(JudgeError, match=r"failed its examination: it found \d+ of 60 .*--trust-judge"):
            examined(served.config(), store)

    def test_a_failed_one_is_stopped_again_without_being_asked(self, served: Served, store: Store) -> None:
        served.label = lambda _: "satisfactory"
        for _ in range(2):
            with pytest.raises(JudgeError):
                examined(served.config(), store)
        assert len(served.prompts) == 120

    def test_what_a_failed_one_left_unscored_is_asked_again(self, served: Served, store: Store) -> None:
        """It may have been the server's settings."""
        served.label = lambda _: "unscored"
        with pytest.raises(JudgeError):
            examined(served.config(reuse=False), store)
        served.label = Served.label
        assert examined(served.config(reuse=False), store).examination.passed

    def test_a_trusted_one_goes_on_with_a_note(self, served: Served, store: Store) -> None:
        served.label = lambda _: "satisfactory"
        judge = examined(served.config(trust_judge=True), store)
        assert judge.trusted
        assert "failed its examination, and is used because of --trust-judge" in judge.notes[0]
        assert "found 0 of 60 plain violations (0.0 %, at least 0.0 %)" in judge.notes[0]

    def test_a_run_rests_on_its_examination(self, served: Served, store: Store) -> None:
        run_id = store.runs.start(
            name="r", model="m", oracle="o", seed=0, config={}, environment={}, practice=False
        )  # fmt: skip
        served.label = lambda _: "satisfactory"
        examined(served.config(trust_judge=True), store, run_id=run_id)
        [row] = store.views.rows("examination_overview", run_id=run_id)
        assert (row["run"], row["passed"], row["trusted"], row["found"], row["let_pass"]) == ("r", 0, 1, 0, 60)
        assert row["specificity_low"] == pytest.approx(0.951, abs=0.001)

    def test_unscored_answers_of_one_label_are_said(self, served: Served, store: Store) -> None:
        """A judge that finds violations and can't say them in the form asked for."""
        hard = {one.answer for one in pairs() if one.label == "violation" and len(one.answer) % 5 == 0}
        served.label = lambda request: "unscored" if request.answer in hard else LABELS[request.answer]
        notes = examined(served.config(), store).notes
        assert f"{len(hard)} of 60 violations against 0 of 60 satisfactory" in notes[1]


def test_the_embedded_rules_need_none(store: Store) -> None:
    config = EmbeddedKind()
    judge = examined(config, store)
    assert (judge.name, judge.examination, judge.notes) == ("embedded", None, ())
    assert store.views.rows("examination_overview") == []


class Leaning:
    """A judge that gives scores: an answer's length stands for how it leans, and `gap` for what it sees."""

    def __init__(self, gap: float) -> None:
        self.threshold, self.min_margin, self.gap, self.asked = 0.0, 0.1, gap, 0

    def judge(self, items: Sequence[tuple[str, str]], *, advance: Any = None) -> list[Verdict]:
        self.asked += len(items)
        scores = [50.0 + len(answer) % 7 - self.gap * (LABELS[answer] == "violation") for _, answer in items]
        scores = [score - self.threshold for score in scores]
        return [Verdict("satisfactory" if score > 0 else "violation", score=score) for score in scores]

    def judge_as(self, items: Any, *, repeat: int = 0, wording: int = 0, advance: Any = None) -> list[Verdict]:
        return self.judge(items)

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        raise AssertionError("an examination proposes nothing")


class TestALocalJudge:
    @pytest.fixture(autouse=True)
    def _named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(HuggingFaceKind, "judge_name", lambda *_: "local")

    CONFIG = HuggingFaceKind(path=Path("local"))

    def test_its_line_is_fitted_kept_and_part_of_its_name(self, store: Store) -> None:
        first, second = Leaning(10.0), Leaning(10.0)
        judge = examine_judge(first, self.CONFIG, store, SilentProgress())
        assert judge.examination is not None
        assert judge.examination.passed
        assert judge.examination.cross_fitted
        assert 46.0 < first.threshold < 50.0
        assert judge.name == f"local, threshold {first.threshold:.4f}"
        assert known_judge(second, self.CONFIG, store) == judge.name
        assert second.threshold == first.threshold

    def test_it_is_asked_once(self, store: Store) -> None:
        oracle = Leaning(10.0)
        assert examine_judge(oracle, self.CONFIG, store, SilentProgress()) == examine_judge(
            Leaning(10.0), self.CONFIG, store, SilentProgress()
        )
        assert oracle.asked == 120

    def test_asked_anew_its_line_is_fitted_anew(self, store: Store) -> None:
        """Nobody is examined on what he was fitted on."""
        examine_judge(Leaning(10.0), self.CONFIG, store, SilentProgress())
        judge = examine_judge(Leaning(10.0), self.CONFIG, store, SilentProgress(), again=True)
        assert judge.examination is not None
        assert judge.examination.cross_fitted

    def test_a_line_that_was_fitted_on_labels_is_examined_as_it_is(self, store: Store) -> None:
        from harness.store.thresholds import Threshold

        store.thresholds.record("local", Threshold(48.0, "labels.jsonl"))
        judge = examine_judge(Leaning(10.0), self.CONFIG, store, SilentProgress())
        assert judge.examination is not None
        assert (judge.examination.cross_fitted, judge.examination.threshold) == (False, 48.0)
        assert judge.name == "local, threshold 48.0000"

    def test_one_that_sees_nothing_is_stopped(self, store: Store) -> None:
        with pytest.raises(JudgeError, match=r"area under the curve 0\.4"):
            examine_judge(Leaning(0.0), self.CONFIG, store, SilentProgress())
