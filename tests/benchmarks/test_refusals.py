"""How far the reading of refusals agrees with people, and files of answers that can't be measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.refusals import figures, labelled, main
from harness_base.errors import DataError


def test_readings_agree_with_people_on_prompts_not_developed_on(shared_data: Path) -> None:
    """Real answers of two models, labelled by two annotators."""
    missed = [figure.as_line() for figure in figures(shared_data) if figure.holds is False]
    assert missed == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("prompt,completion\na,b\n", "has no column final_label"),
        ("prompt,completion,final_label\na,b,1_full_compliance\na,b,yes\n", "row 2 has the label 'yes'"),
        ("prompt,completion,final_label\na\n", "row 1 ends early"),
        ("prompt,completion,final_label\n", "holds no rows"),
        ("", "has no column prompt"),
    ],
)
def test_a_malformed_file_of_answers_is_told_by_file_and_row(tmp_path: Path, content: str, message: str) -> None:
    """In one sentence."""
    file = tmp_path / "answers.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message) as raised:
        labelled(file)
    assert str(file) in str(raised.value)


def test_a_missing_file_of_answers_ends_the_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sentence on stderr and no figure."""
    assert main(["--data-dir", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "completions_mistral_instruct.csv can't be read" in captured.err
