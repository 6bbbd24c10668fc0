"""Every change that is shown, wherever it is, is the difference of the figures beside it, with the right word."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.check import _print_verdict
from harness.cli.main import harness
from harness.cli.summary import print_summary
from harness.config.schema import RunConfig
from harness.evaluation.records import Evaluation, score_of, valid_sample
from harness.gate.decision import hold_against
from harness.gate.policy import Policy
from harness.release.evidence import Evidence, as_json, evidence
from harness.release.junit import junit
from harness.release.markdown import comment, summary
from harness.run.summary import summarise
from harness.store import Store
from harness.store.example import write_example_run

LOWER_IS_BETTER = ("Attack success", "attack_success", "Over-refusal", "over_refusal", "Verdicts disputed")
_NUMBER = r"(?P<{}>[-+±−]?\d+\.\d+)"
_OLD, _NEW, _CHANGE = (_NUMBER.format(name) for name in ("old", "new", "change"))
_NAME, _WORD = r"(?P<name>[A-Za-z_/-][\w /-]*?)(?: \([^|()]*\))?", "(?P<word>better|worse|same)"
_GAP = r"(?: %)?[\s|]+"
_WAY = r"(?:lower|higher) is better[\s|·]+"
_ROLE = r"(?:improve|protect|show)[\s|]+(?:[^|\n]*\| )?\w+[\s|]+"
ROW = re.compile(rf"{_NAME}[\s|]+(?:{_WAY}|{_ROLE})?{_OLD}{_GAP}{_NEW}{_GAP}{_CHANGE}[\s|]+{_WORD}")
SENTENCE = re.compile(rf"{_NAME} is {_NEW} % against the \w+ model's {_OLD} %: {_CHANGE} points, {_WORD}")
CARD = re.compile(rf"{_NAME} {_NEW} % {_CHANGE} {_WORD} [^a-z]*(?:to [^a-z]*)?base {_OLD} %")
GATE = re.compile(rf"(?P<name>Attack success|Over-refusal|HHH \w+|TruthfulQA MC1)[^|]{{0,60}}? {_CHANGE} {_WORD} "
                  rf"[^%]{{10,120}} {_OLD} % \w+ {_NEW} %")  # fmt: skip


def changes(text: str, pattern: re.Pattern[str]) -> list[tuple[str, float, float, float, str]]:
    """Name, old figure, new figure, change and word of whatever fits; the text as people read it."""
    plain = text.replace("\u00a0", " ").replace("\\", "")
    found = []
    for one in pattern.finditer(plain):
        old, new, change = (float(one[key].replace("−", "-").replace("±", "")) for key in ("old", "new", "change"))
        found.append((" ".join(one["name"].split()), old, new, change, one["word"]))
    return found


def hold(text: str, least: int, pattern: re.Pattern[str] = ROW) -> None:
    """At least so many changes are in the text, and all are right."""
    found = changes(text, pattern)
    assert len(found) >= least, text
    for name, old, new, change, word in found:
        assert change == pytest.approx(new - old, abs=0.11), (name, old, new, change)
        downwards = any(part in name for part in LOWER_IS_BETTER)
        good = "same" if change == 0 else "better" if (change < 0) == downwards else "worse"
        assert word == good, (name, old, new, change, word)


def visible(html: str) -> str:
    body = re.sub(r"<code>.*?</code>", "", html[html.index("<body>") :])
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    with Store.open(folder / "harness.db") as store:
        write_example_run(store, name="done")
    return folder


@pytest.fixture(scope="module")
def said(runs_dir: Path) -> Callable[..., str]:
    """What a command prints, 120 columns wide."""

    def run(*arguments: str) -> str:
        result = CliRunner(env={"COLUMNS": "120"}).invoke(harness, [*arguments, "--runs-dir", str(runs_dir)])
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def measured(attack: int, help_: int) -> Evaluation:
    scores = tuple(
        score_of(task, metric, tuple(valid_sample(str(n), float(n < right), prompt=f"q{n}") for n in range(500)),
                 higher_is_better=upwards)
        for task, metric, right, upwards in (("attack_success",) * 2 + (attack, False), ("help", "acc", help_, True))
    )  # fmt: skip
    return Evaluation("model", "other", scores, {"torch": "2.13"}, 2.5)


@pytest.fixture(scope="module", params=[(1, 430), (499, 499)], ids=["NO-GO for help", "NO-GO for attacks"])
def found(request: pytest.FixtureRequest) -> Evidence:
    policy = Policy(protect={"attack_success/attack_success": 0.02, "help/acc": 0.02})
    candidate, baseline = measured(*request.param), measured(407, 480)
    decision = hold_against(policy, candidate=candidate, baseline=baseline)
    return evidence(
        decision, policy, candidate=candidate, candidate_name="new", reference=baseline, reference_name="v1"
    )


def test_in_show(said: Callable[..., str]) -> None:
    hold(said("show", "done"), 4)


def test_in_the_decisions_of_a_round(said: Callable[..., str]) -> None:
    hold(said("show", "done", "--round", "2"), 8)


def test_in_the_figures_of_show_for_machines(said: Callable[..., str]) -> None:
    rows = json.loads(said("show", "done", "--json"))["scores"]
    assert any(row["change_points"] for row in rows)
    for row in rows:
        if row["change_points"] is not None:
            assert row["change_points"] == pytest.approx(100 * (row["value"] - row["base_value"]))
        if row["change_low_points"] is not None:
            assert row["change_low_points"] <= row["change_points"] <= row["change_high_points"]


def test_in_the_summary_of_a_run(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(runs_dir / "harness.db") as store:
        print_summary(summarise(store, RunConfig(runs_dir=runs_dir), "done", 1.0))
    hold(capsys.readouterr().out, 4)


@pytest.mark.slow
def test_in_a_report(runs_dir: Path, said: Callable[..., str], tmp_path: Path) -> None:
    said("report", "done", "--out", str(tmp_path))
    page, text = visible((tmp_path / "index.html").read_text()), (tmp_path / "report.md").read_text()
    hold(text, 16)
    hold(page, 8)
    hold(page, 2, CARD)
    hold(page, 8, GATE)


def test_in_a_comparison(said: Callable[..., str], tmp_path: Path) -> None:
    page, text = tmp_path / "page.html", tmp_path / "table.md"
    hold(said("compare", "done/base", "done", "--html", str(page), "--markdown", str(text)), 4)
    hold(text.read_text(), 4)
    hold(visible(page.read_text()), 4)


def test_in_a_comparison_for_machines(said: Callable[..., str]) -> None:
    rows = json.loads(said("compare", "done/base", "done", "--json"))["differences"]
    for row in rows:
        assert row["change"] == pytest.approx(row["after"] - row["before"])
        assert row["change_low"] <= row["change"] <= row["change_high"]


def test_in_a_check_on_the_terminal(
    found: Evidence, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    _print_verdict(found)
    out = capsys.readouterr().out
    hold(out, 2)
    hold(" ".join(out.split()), 1, SENTENCE)


def test_in_a_job_summary_and_a_comment(found: Evidence) -> None:
    hold(summary(found), 2)
    hold(summary(found), 1, SENTENCE)
    hold(comment(found), 1)


def test_in_junit(found: Evidence) -> None:
    hold(junit(found, 1.0).replace("&#39;", "'"), 1, SENTENCE)


def test_in_the_evidence(found: Evidence) -> None:
    for row in json.loads(as_json(found))["comparisons"]:
        assert row["change"] == pytest.approx(row["candidate_value"] - row["reference_value"])
        assert row["change_low"] <= row["change"] <= row["change_high"]
        assert (row["direction"] == "better") == (row["effect"] > 0)


def _decisions(runs_dir: Path) -> Iterator[dict[str, float]]:
    with Store.open(runs_dir / "harness.db") as store:
        yield from store.views.rows("gate_decisions")


def test_in_the_view_of_decisions(runs_dir: Path) -> None:
    rows = [row for row in _decisions(runs_dir) if row["change_points"] is not None]
    assert rows
    for row in rows:
        assert row["change_points"] == pytest.approx(100 * (row["candidate_value"] - row["reference_value"]))
        assert row["change_low_points"] <= row["change_points"] <= row["change_high_points"]
