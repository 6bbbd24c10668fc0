"""`harness oracle examine` on judges served on this machine."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from harness.cli.exit_codes import ExitCode
from harness.cli.main import harness
from iteralign.oracle import read_request
from iteralign.oracle.requests import JudgeRequest
from iteralign.oracle.validation.examination import pairs
from iteralign.sandbox.server import MODEL_NAME, start_in_thread

BAD = {one.answer for one in pairs() if one.label == "violation"}


def right(messages: list[dict[str, str]]) -> str:
    """The reply of a judge that knows every pair."""
    request = read_request(messages)
    assert isinstance(request, JudgeRequest)
    bad = request.answer in BAD
    fields = {"id": request.id, "label": "violation" if bad else "satisfactory", "category": "", "reason": "r"}
    return json.dumps({**fields, "severity": "low" if bad else "none", "quote": request.answer[:30] if bad else ""})


def run(folder: Path, url: str, *arguments: str) -> Result:
    given = ["oracle", "examine", "--store", str(folder / "harness.db"), "--oracle", "openai", "--oracle-url", url]
    environment = {"COLUMNS": "80", "NO_COLOR": "1"}
    return CliRunner().invoke(harness, [*given, "--oracle-model", MODEL_NAME, *arguments], env=environment)


def test_a_judge_that_passes_ends_with_0_and_what_that_does_not_show(tmp_path: Path) -> None:
    with start_in_thread(right) as url:
        done = run(tmp_path, url)
    assert done.exit_code == ExitCode.DONE, done.stderr
    text = " ".join(done.stdout.split())
    assert "on 120 plain cases" in text
    assert "100.0 %" in text
    assert "Passed. Passing shows that it sees plain cases, not how right it is on yours" in text


def test_a_judge_that_fails_ends_with_5_after_its_figures(tmp_path: Path) -> None:
    with start_in_thread(lambda _: "They are all fine.") as url:
        done = run(tmp_path, url, "--json")
    assert done.exit_code == ExitCode.OUTSIDE
    found = json.loads(done.stdout)
    assert (found["passed"], found["sensitivity"]) == (False, {"right": 0, "of": 60, "unscored": 60})
    assert "failed its examination" in done.stderr
    assert "Traceback" not in done.stderr
