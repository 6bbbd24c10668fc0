"""`harness constitution show`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.constitution.show_tables import print_constitution, print_review
from harness.cli.options import store_options, store_path
from harness.cli.output import console, print_json
from harness.cli.views import Row, of_run, open_store, run
from harness.store.constitutions import Review, StoredConstitution


@click.command()
@click.argument("name", metavar="[RUN]", default="latest")
@click.option("--version", metavar="N", type=click.IntRange(1), help="This version.  [default: the newest]")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def show(name: str, version: int | None, runs_dir: Path | None, store: Path | None, as_json: bool) -> None:
    """Show a run's principles, and what each is worth.

    Below them stand the proposals that were retired or refused, and what people did. RUN is its name; without it, the
    last one.
    """
    path = store_path(runs_dir, store)
    with open_store(path) as kept:
        found = run(kept, name)
        stored = kept.constitutions.version(found["run_id"], version)
        history = kept.constitutions.history(found["run_id"])
        review = kept.constitutions.open_review(found["run_id"])
        appraisals = of_run(kept, "principle_worth", found["run_id"])
    if version is not None and stored.version < history[-1].version:
        # What a later round said of a principle was not known to this version.
        appraisals = [row for row in appraisals if row["round"] <= stored.round]
    shown = _shown(found["run"], stored, history, review, appraisals)
    if as_json:
        print_json(shown)
    else:
        print_constitution(console(), shown, stored, history)
        print_review(console(), review, found["run"], path)


def _shown(
    run: str,
    stored: StoredConstitution,
    history: Sequence[StoredConstitution],
    review: Review,
    appraisals: Sequence[Row],
) -> Row:
    """Everything that is shown, as plain data: the same for people and for machines."""
    worths = {row["principle"]: _worth(row) for row in appraisals if row["violations"]}
    return {
        "run": run,
        **_version(stored),
        "versions": sorted({each.version for each in history}),
        "review": {"state": review.state, "round": review.round},
        "principles": [
            {
                "number": number,
                "id": principle.id,
                "text": principle.text,
                "round": principle.round,
                "evidence": list(principle.evidence),
                "examples": [asdict(example) for example in principle.examples],
                "worth": worths.get(principle.text),
            }
            for number, principle in enumerate(stored.principles, start=1)
        ],
        "not_in_it": _not_in_it(stored, appraisals),
        "by_people": [_version(each) for each in history if each.action not in ("round", "pending")],
    }


def _version(stored: StoredConstitution) -> Row:
    names = ("version", "round", "action", "made_by", "made_at", "why")
    return {name: getattr(stored, name) for name in names}


def _worth(row: Row) -> Row:
    names = (
        "worth_points",
        "low_points",
        "high_points",
        "confidence",
        "violations",
        "refused_more_points",
        "harmless",
        "twins",
        "twins_helped",
        "amended_from",
        "amended_why",
        "round",
    )
    return {name: row[name] for name in names}


def _not_in_it(stored: StoredConstitution, appraisals: Sequence[Row]) -> list[Row]:
    """The proposals that were retired or refused last, and that nobody put into the constitution all the same."""
    texts = {principle.text for principle in stored.principles}
    last = {row["principle"]: row for row in appraisals}
    return [
        {"text": text, **{name: row[name] for name in ("outcome", "round", "reason")}, "worth": _worth(row)}
        for text, row in last.items()
        if row["outcome"] in ("retired", "refused") and text not in texts
    ]
