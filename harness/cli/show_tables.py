"""How `harness show` puts a run and a round on 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.output import fields, heading, safe, table
from harness.cli.summary import print_gains, print_notes
from harness.cli.views import Row
from harness_base.display import (
    amount,
    counted,
    direction,
    duration,
    interval,
    key_label,
    shift,
    split_label,
    violations_label,
)
from harness_base.stopping import asked_of, leaning, stopping
from reports.data.types import TypeRate, rate_text, type_rates

_EXAMPLES = 3
_OUTCOMES = {"accept": "green", "reject": "red", "inconclusive": "yellow"}
_RESULTS = {"pass": "green", "fail": "red", "invalid": "red", "inconclusive": "yellow"}


def print_run(out: Console, found: Row) -> None:
    """A run: what it was, its rounds, base against result, and the constitution."""
    run = found["run"]
    out.print(
        fields(
            {
                "run": run["run"],
                "model": run["model"],
                "oracle": run["oracle"],
                "judge": found["worth"].removeprefix("judge").lstrip(": "),
                "seed": run["seed"],
                "began": _moment(run["started_at"]),
                "ended": _ended(run, found["rounds"]),
                "status": ": ".join(filter(None, (run["status"], run["outcome"]))),
                "to go on": "" if run["status"] == "done" else f"harness align-and-eval --resume {run['run']}",
                "prompts": _prompts(run),
            }
        )
    )
    print_notes(out, practice=bool(run["practice"]), notes=run["notes"])
    if found["rounds"]:
        heading(out, "Rounds")
        out.print(_rounds_table(found["rounds"], found["decisions"], violations_label(run["config"])))
    _print_scores(out, found)
    _print_types(out, type_rates(found["types"]))
    _print_principles(out, "Constitution", [row for row in found["principles"] if row["in_force"]])


def print_round(out: Console, found: Row) -> None:
    """A round: its counts, what was proposed, examples of revisions, and each decision of the gate."""
    row = found["round"]
    out.print(
        fields(
            {
                "run": found["run"],
                "round": row["round"],
                "status": ": ".join(filter(None, (row["status"], row["reason"]))),
                "responses": _responses(row),
                "revisions": _revisions(row),
                "time": ", ".join(f"{cost['stage']} {duration(cost['seconds'])}" for cost in found["costs"]),
            }
        )
    )
    _print_principles(out, "Proposed", found["principles"])
    _print_revisions(out, found["revisions"])
    for attempt, rows in groupby(sorted(found["decisions"], key=itemgetter("attempt")), key=itemgetter("attempt")):
        _print_decision(out, attempt, list(rows))


def _rounds_table(rounds: Iterable[Row], decisions: Iterable[Row], violations: str) -> Table:
    columns = ("round", "status", violations, "unscored", "proposed", "mended", "gate", "time")
    rounds_table = table(columns, right=("round", violations, "unscored", "proposed", "mended", "time"))
    for row in rounds:
        rounds_table.add_row(
            str(row["round"]),
            safe(row["status"]),
            f"{row['violations']:.0f} of {row['responses']}",
            f"{row['unscored']:.0f}",
            str(row["proposals"]),
            f"{row['kept_revisions']} of {row['revised']}",
            _outcomes(decision for decision in decisions if decision["round"] == row["round"]),
            duration(row["seconds"]),
        )
    return rounds_table


def _outcomes(decisions: Iterable[Row]) -> Text:
    """The gate's outcomes in a round, attempt by attempt."""
    by_attempt = {row["attempt"]: row["outcome"] for row in decisions}
    words = [Text(outcome, _OUTCOMES.get(outcome, "")) for _, outcome in sorted(by_attempt.items())]
    return Text(", ").join(words) if words else Text("–")


def _print_scores(out: Console, found: Row) -> None:
    """Base against result, on the final items where there are any; without a result yet, the base on every split."""
    if found["gains"]:
        print_gains(out, found["gains"])
        return
    for split, rows in groupby(sorted(found["scores"], key=itemgetter("split", "score")), key=itemgetter("split")):
        bases = table(("metric", "base"), right=("base",))
        for row in rows:
            if row["subject"] == "base":
                bases.add_row(safe(key_label(row["score"])), amount(row["value"], row["unit"]))
        heading(out, f"Base on {split_label(split)}")
        out.print(bases)


def _print_types(out: Console, rates: Sequence[TypeRate]) -> None:
    """Over-refusal by type; which types the replay held nothing of stands beside them."""
    if not rates:
        return
    known = any(rate.replayed is not None for rate in rates)
    columns = ("type", "base", "result", *(["replayed"] if known else []))
    types = table(columns, right=columns[1:])
    for rate in rates:
        replayed = [str(rate.replayed) if rate.replayed else "none"] if known else []
        types.add_row(safe(rate.name), rate_text(rate.base), rate_text(rate.result), *replayed)
    heading(out, "Over-refusal by type")
    out.print(types)


def _print_principles(out: Console, title: str, lineage: list[Row]) -> None:
    """One line a principle, with the number of violations that it rests on."""
    if not lineage:
        return
    heading(out, title)
    principles = table(("", "principle", "round", "evidence"), right=("", "round", "evidence"))
    grouped = groupby(sorted(lineage, key=_place), key=itemgetter("principle_id"))
    for number, (_, group) in enumerate(grouped, 1):
        rows = list(group)
        evidence = sum(row["evidence_prompt_id"] is not None for row in rows)
        principles.add_row(str(number), safe(rows[0]["principle"]), str(rows[0]["round"]), str(evidence))
    out.print(principles)


def _print_revisions(out: Console, revisions: list[Row]) -> None:
    kept = sorted((row for row in revisions if row["kept"]), key=itemgetter("response_id"))
    if not kept:
        return
    shown = kept[:_EXAMPLES]
    heading(out, f"Revisions ({len(shown)} of the {len(kept)} that mended a violation)")
    for number, row in enumerate(shown):
        if number:
            out.print()
        out.print(fields({"prompt": row["prompt"], "response": row["response"], "revision": row["revision"]}))


def _print_decision(out: Console, attempt: int, rows: list[Row]) -> None:
    outcome = rows[0]["outcome"]
    out.print()
    out.print(Text.assemble((f"Attempt {attempt}: ", "bold"), (outcome, _OUTCOMES.get(outcome, ""))))
    for reason in rows[0]["reasons"]:
        out.print(safe(f"  {reason}"))
    if where := stopping(rows[0]["block"], rows[0]["blocks"], rows[0]["stopped"]):
        out.print(safe(f"  {where}"))
    for sentence in dict.fromkeys(leaning(row["leans"] or "") for row in rows if row["leans"]):
        out.print(safe(f"  {sentence}"))
    numbers = ("items", "before", "after", "change")
    comparisons = table(("metric", "role", "against", *numbers, "result"), right=numbers, tight=True)
    for row in (row for row in rows if row["metric"] is not None):
        comparisons.add_row(
            safe(key_label(row["metric"])),
            safe(row["role"]),
            safe(row["reference"]),
            asked_of(row["items"], row["planned"]).replace(" of ", "\nof "),
            _value(row["reference_value"], row["unit"]),
            _value(row["candidate_value"], row["unit"]),
            _change(row),
            Text(row["result"], _RESULTS.get(row["result"], "")),
        )
    if comparisons.row_count:
        out.print(comparisons)


def _value(value: float | None, unit: str) -> str:
    """A value; a dash where there is none, as the result beside it says why."""
    return "–" if value is None else amount(value, unit)


def _word(row: Row) -> str:
    points = row["change_points"]
    change = None if points is None else points / 100
    return direction(change, row["unit"], higher_is_better=bool(row["higher_is_better"]))


def _change(row: Row) -> str:
    """The change with its word, and its interval on a line below."""
    if row["change_points"] is None:
        return "–"
    ends = interval(row["change_low_points"], row["change_high_points"], row["unit"])
    return f"{shift(row['change_points'], row['unit'])} {_word(row)}\n{ends}"


def _place(row: Row) -> tuple[bool, int, int]:
    """Where a principle stands: in its constitution's order, and what is in none after that."""
    return row["position"] is None, row["position"] or 0, row["principle_id"]


def _ended(run: Row, rounds: list[Row]) -> str:
    if run["finished_at"]:
        return _moment(run["finished_at"])
    last = max(rounds, key=itemgetter("round"), default=None)
    return (
        f"not yet; last seen in round {last['round']}, {last['last_stage'] or 'at its beginning'}"
        if last
        else "not yet"
    )


def _moment(text: str) -> str:
    """An ISO 8601 time in UTC, to the second."""
    return f"{text[:10]} {text[11:19]} UTC"


def _prompts(run: Row) -> str:
    skipped = run["skipped_reasons"] or {}
    reasons = "".join(f", {count} skipped ({reason})" for reason, count in skipped.items())
    return f"{run['prompts']}{reasons}"


def _revisions(row: Row) -> str:
    """What became of the violating answers, and how many tries that took."""
    return (
        f"{row['kept_revisions']} of {row['revised']} violations mended, in {counted(row['revisions'], 'try', 'tries')}"
    )


def _responses(row: Row) -> str:
    counts = {name: f"{row[name]:.0f}" for name in ("satisfactory", "violations", "unscored")}
    return f"{row['responses']}: " + ", ".join(f"{count} {name}" for name, count in counts.items())
