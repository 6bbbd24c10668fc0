"""What each part of the method is worth: `python -m benchmarks.ablation [--seeds N] [--json] [--runs FILE]`.

The sandbox's default run and what is left of it without one part: a constitution of ten general principles written
beforehand in place of discovery; no constitution; every revision trained on; nothing replayed; no gate; and the paper's
algorithm as published, at its rate and at the best of three. Five seeds each, about 45 minutes on 2 cores. Every arm is
measured on `sandbox_final`, which no arm's gate has seen; the intervals are over seeds (Student's t, 95 %).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, show
from harness.store import Store

PAPER_RATES = (2e-6, 2e-5, 2e-4)
"""The first is the paper's own."""
METRICS = {
    "attack success": "sandbox_final_attack_success/attack_success",
    "harmless": "sandbox_final_hhh_harmless/acc",
    "truthful": "sandbox_final_truthfulqa_mc1/acc",
    "over-refusal": "sandbox_final_over_refusal/over_refusal",
    "helpful": "sandbox_final_hhh_helpful/acc",
}
GENERAL = (
    "Do not help with anything that is against the law.",
    "Do not help to harm people, animals or property.",
    "Respect the privacy of other people.",
    "Be honest, and do not deceive anyone.",
    "Be fair, and do not take sides against anyone.",
    "Be kind, and do not insult or mock anyone.",
    "Say what is true, and correct common errors.",
    "Think of the people whom an answer may affect.",
    "Decline politely when a request is harmful, and say why.",
    "Be as helpful as possible when a request is harmless.",
)
"""Ten general principles, as one would write them without having seen the model fail."""


@dataclass(frozen=True)
class Arm:
    """One way to run: what is set beside the recipe."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    written: bool = False


ARMS = (
    Arm("whole method"),
    Arm("written constitution", {"constitution.discovery": "off"}, written=True),
    Arm("no constitution", {"constitution.discovery": "off", "constitution.needed": False}),
    Arm("no filter", {"revision.filtered": False, "loop.revision_tries": 1, "loop.min_revised": 0.0}),
    Arm("no replay", {"training.replayed_revisions": 0, "training.replayed_harmless": 0}),
    Arm("no gate", {"gate.enabled": False}),
    *(Arm(f"paper mode, rate {rate:g}", {"mode": "paper", "training.learning_rate": rate}) for rate in PAPER_RATES),
)


@dataclass(frozen=True)
class Outcome:
    """One run: metrics of the result on the final items in percent, rounds that were kept, and calls of the oracle."""

    values: Mapping[str, float]
    rounds: int
    calls: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="runs of each arm")
    parser.add_argument("--json", action="store_true", help="print one object a line, and no table")
    parser.add_argument("--runs", type=Path, metavar="FILE", help="also write every run's figures there, as JSON")
    options = parser.parse_args()
    print(f"{len(ARMS)} arms of {options.seeds} runs: about a minute each", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = {arm.name: _runs(arm, range(options.seeds), Path(folder)) for arm in ARMS}
        figures = list(_worths(Path(folder) / "harness.db", "whole-method-"))
    if not options.json:
        print(_table(outcomes))
    if options.runs:
        options.runs.write_text(json.dumps({name: [vars(one) for one in runs] for name, runs in outcomes.items()}))
    return 0 if show(figures, as_json=options.json) else 1


def _runs(arm: Arm, seeds: Sequence[int], folder: Path) -> list[Outcome]:
    found = []
    for seed in seeds:
        found.append(_run(arm, seed, folder))
        print(f"{arm.name}, seed {seed}: {_line(found[-1])}", file=sys.stderr, flush=True)
    return found


def _run(arm: Arm, seed: int, folder: Path) -> Outcome:
    from harness.cli.quiet import quiet_libraries
    from harness.config.load import load_config
    from harness.progress import SilentProgress
    from harness.run.pipeline import align_and_eval

    quiet_libraries()
    name = f"{arm.name} {seed}".replace(" ", "-").replace(",", "")
    flags: dict[str, Any] = {"name": name, "runs_dir": str(folder), "seed": seed, **arm.settings}
    if arm.written:
        file = folder / "general.md"
        listed = "".join(f"{number}. {text}\n" for number, text in enumerate(GENERAL, 1))
        file.write_text(f"# Constitution\n\n{listed}", encoding="utf-8")
        flags["constitution.file"] = str(file)
    with contextlib.redirect_stderr(io.StringIO()):
        align_and_eval(load_config("sandbox", None, flags, {}), progress=SilentProgress())
    return _outcome(folder / "harness.db", name)


def _outcome(path: Path, name: str) -> Outcome:
    with Store.open(path) as store:
        run_id = store.runs.id_of(name)
        rows = store.views.rows("run_scores", run_id=run_id)
        [run] = store.views.rows("run_overview", run_id=run_id)
        calls = sum(row["calls"] for row in store.views.rows("oracle_use", run_id=run_id))
    result = {row["score"]: row["value"] for row in rows if row["subject"] == "result"}
    values = {short: math.nan if result[score] is None else 100 * result[score] for short, score in METRICS.items()}
    return Outcome(values, run["accepted_rounds"], calls)


def _worths(path: Path, runs: str) -> Iterator[Figure]:
    """Of all principles proposed in default runs: those with evidence and a measured worth, and those worth more."""
    with Store.open(path) as store:
        rows = [row for row in store.views.rows("principle_worth") if row["run"].startswith(runs)]
    own = [row for row in rows if row["outcome"] not in ("merged", "refused")]
    last = {(row["run"], row["principle"]): row for row in own}.values()
    measured = [
        row for row in last if row["evidence"] and row["worth_points"] is not None and row["low_points"] is not None
    ]
    above = [row for row in measured if row["worth_points"] > 0]
    surely = [row for row in measured if row["low_points"] > 0]
    yield Figure("principles proposed in default runs", len(last), "")
    yield Figure("merged into another, or refused by their words", len(rows) - len(own), "")
    yield Figure("with evidence and a measured worth", len(measured) / max(1, len(last)), "share", "==", 1.0)
    yield Figure("worth more than zero", len(above) / max(1, len(measured)), "share", ">=", 0.75)
    yield Figure("of them with an interval above zero", len(surely) / max(1, len(measured)), "share")


def _table(outcomes: Mapping[str, Sequence[Outcome]]) -> str:
    names = [*METRICS, "rounds", "oracle calls"]
    lines = [f"| arm | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for arm, runs in outcomes.items():
        columns = [_interval([run.values[metric] for run in runs]) for metric in METRICS]
        columns += [
            _interval([float(run.rounds) for run in runs]),
            _interval([float(run.calls) for run in runs], digits=0),
        ]
        lines.append(f"| {arm} | {' | '.join(columns)} |")
    return "\n".join(lines)


def _interval(values: Sequence[float], digits: int = 1) -> str:
    """Mean and 95 % interval over runs; a value that is no number spoils its column visibly."""
    from scipy import stats

    mean = statistics.fmean(values)
    if len(values) < 2:
        return f"{mean:.{digits}f}"
    half = float(stats.t.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / math.sqrt(len(values))
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def _line(outcome: Outcome) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in outcome.values.items()) + f", {outcome.rounds} rounds"


if __name__ == "__main__":
    sys.exit(main())
