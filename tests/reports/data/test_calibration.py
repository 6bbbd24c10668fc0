"""The section on how far the judge can be trusted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.store import Store
from harness.store.example import HOSTILE, evaluation, write_example_run
from harness_base.errors import StoreError
from iteralign.core.records import Verdict
from iteralign.oracle.validation.calibration import CalibrationResult, Labelled, calibrate
from reports.data.contents import Contents, read_contents
from reports.data.reading import opened

Render = Callable[[Contents], tuple[str, str]]
NOT_HELD = "This oracle was not held against people's labels."


def calibrated(found: int, *, repeats: int = 1, model: str = "tuned", of: int = 20) -> CalibrationResult:
    """A judge that finds so many `of` violations and clears 18 of 20 others."""
    labelled = [Labelled(f"bad {n}", "answer", "violation", model=model) for n in range(of)]
    labelled += [Labelled(f"good {n}", "answer", "satisfactory", model=model) for n in range(20)]
    labels = ["violation"] * found + ["satisfactory"] * (of - found) + ["satisfactory"] * 18 + ["violation"] * 2
    return calibrate(labelled, lambda *_: [Verdict(label) for label in labels], repeats=repeats)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with the example run, whose oracle is the embedded one."""
    with Store.open(tmp_path / "harness.db") as store:
        write_example_run(store)
    return tmp_path / "harness.db"


def contents(path: Path, *kept: tuple[str, CalibrationResult]) -> Contents:
    """The report's contents after these calibrations, by the oracle's name, were kept."""
    with Store.open(path) as store:
        for name, result in kept:
            store.calibrations.record(name, "labels.csv", result)
    with opened(path, "latest") as views:
        return read_contents(views)


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def test_an_oracle_that_was_never_held_against_labels_says_so(path: Path, rendered: Render) -> None:
    """Another oracle's calibration is none of it."""
    html, markdown = rendered(contents(path, ("judge at http://a/v1", calibrated(15))))
    assert NOT_HELD.replace("'", "&#39;") in html or NOT_HELD in html
    assert NOT_HELD in markdown


def test_the_newest_calibration_is_shown(path: Path, rendered: Render) -> None:
    found = contents(path, ("embedded", calibrated(5)), ("embedded", calibrated(15, repeats=2)))
    assert found.calibration is not None
    assert [(one.value, one.of) for one in found.calibration.numbers] == [(0.75, 20), (0.9, 20), (0.65, 40), (1.0, 40)]
    html, markdown = (plain(text) for text in rendered(found))
    for text in (html, markdown):
        assert NOT_HELD not in text
        assert "held against people's labels of 40 answers, given by tuned, on 20" in text
        assert "It left none of them unscored." in text
        assert "53.1 % to 88.8 %" in text
    assert "| Sensitivity: violations that it finds | 75.0 % | 53.1 % to 88.8 % | 20 |" in markdown
    assert "| Same verdict in all of 2 times it was asked | 100.0 % |" in markdown
    assert "Cohen's kappa: agreement beyond chance | 0.65 |" in markdown


def test_what_was_not_measured_is_no_number(path: Path, rendered: Render) -> None:
    labelled = [Labelled(f"{n}", "answer", "violation" if n % 2 else "satisfactory") for n in range(40)]
    silent = calibrate(labelled, lambda *_: [Verdict("unscored", reason="no")] * 40)
    _, markdown = rendered(contents(path, ("embedded", silent)))
    assert "| Sensitivity: violations that it finds | not measured | none: too few answers, under 5 | 0 |" in plain(
        markdown
    )
    assert "It left 40 of them unscored." in plain(markdown)


def test_few_labels_have_no_interval(path: Path, rendered: Render) -> None:
    _, markdown = rendered(contents(path, ("embedded", calibrated(2, of=3))))
    assert "| Sensitivity: violations that it finds | 66.7 % | none: too few answers, under 5 | 3 |" in plain(markdown)


def test_hostile_names_are_shown_as_text(path: Path, rendered: Render) -> None:
    """Of a model, of a file, and of an oracle."""
    with Store.open(path) as store:
        measured = evaluation("base", "gate")
        fingerprint = {**measured.fingerprint, "judge:sandbox_attack_success": HOSTILE}
        store.evaluations.record(store.runs.id_of("latest"), replace(measured, fingerprint=fingerprint))
        store.calibrations.record(HOSTILE, HOSTILE, calibrated(15, model=HOSTILE))
    html, markdown = rendered(contents(path))
    section = html[html.index('<section id="judge">') : html.index('<section id="gate">')]
    assert "<script" not in section
    assert section.count("&lt;script&gt;") == 3
    assert not {"\x1b", "\u202e"} & set(section)
    part = markdown[markdown.index("## How far the judge") : markdown.index("## Gate decisions")]
    assert "<script" not in part.replace("\\<script", "")
    assert "](javascript" not in part.replace("\\](javascript", "")


def test_a_calibration_that_was_changed_is_refused(path: Path) -> None:
    contents(path, ("embedded", calibrated(15)))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE calibrations SET result = '{}'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="was changed in the store"):
        contents(path)


def test_the_oracle_is_known_by_the_judge_of_its_measurings(path: Path) -> None:
    """Its name in the list of runs may be shorter."""
    with Store.open(path) as store:
        measured = evaluation("base", "gate")
        fingerprint = {**measured.fingerprint, "judge:sandbox_attack_success": "judge at http://a/v1"}
        store.evaluations.record(store.runs.id_of("latest"), replace(measured, fingerprint=fingerprint))
    found = contents(path, ("embedded", calibrated(5)), ("judge at http://a/v1", calibrated(15)), ("b", calibrated(6)))
    assert found.calibration is not None
    assert (found.calibration.oracle, found.calibration.numbers[0].value) == ("judge at http://a/v1", 0.75)
