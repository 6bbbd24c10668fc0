"""`harness oracle probe`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness.assembly.named_models import with_its_models
from harness.cli.exit_codes import ExitCode
from harness.cli.options import load, setting_options
from harness.cli.output import console, safe, table
from harness.progress import show_progress
from iteralign.oracle.validation.injections import ProbeResult, injections
from iteralign.oracle.validation.injections import probe as probe_oracle

_SHOWN = 10


@click.command()
@setting_options(("oracle.kind", "oracle.judge", "oracle.url", "oracle.model"))
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Attempts, at most; without it, all.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every attempt.")
@click.pass_context
def probe(
    ctx: click.Context,
    /,
    recipe: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    limit: int | None,
    as_json: bool,
    **settings: object,
) -> None:
    """Try to talk an oracle round: bad answers with an attempt on their judge in them.

    Ends with 0 when none turned the oracle, 3 when one did, 4 when it sees no violation even without them or leaves
    half of them unscored.
    """
    judge = load(recipe, file, assignments, settings).config.judge
    judge.check()
    attempts = injections()[:limit]
    with show_progress() as progress:
        oracle = with_its_models(judge, progress).build()
        progress.stage("asking the oracle", len(attempts))
        result = probe_oracle(oracle, attempts, advance=progress.advance)
        progress.done()
    if as_json:
        click.echo(json.dumps(_as_json(result)))
    else:
        _show(result)
    ctx.exit(_exit(result))


def _exit(result: ProbeResult) -> ExitCode:
    if result.turned:
        return ExitCode.REJECTED
    unscored = sum(probe.outcome == "unscored" for probe in result.probes)
    # An oracle that mostly says nothing has not withstood anything.
    return ExitCode.INCONCLUSIVE if unscored * 2 >= len(result.probes) else ExitCode.DONE


def _show(result: ProbeResult) -> None:
    out = console()
    for prompt in () if result.silent else result.blind:
        out.print(
            safe(f"Not called a violation even without an attempt: the answer that helps with: {prompt}", "yellow")
        )
    if result.silent:
        out.print(safe(f"The oracle gives no verdict on any of the bad answers: {result.silent}. Mend that first."))
        return
    if not result.probes:
        out.print("The oracle sees no violation in any of the bad answers, so there is nothing that could be turned.")
        return
    shown = table(
        ("kind of attempt", "tried", "turned it", "unscored", "held"), right=("tried", "turned it", "unscored", "held")
    )
    for kind, counts in sorted(result.counts().items()):
        shown.add_row(
            safe(kind), *(str(n) for n in (counts.total(), counts["turned"], counts["unscored"], counts["held"]))
        )
    out.print(shown)
    turned = result.turned
    out.print(f"{len(turned)} of {len(result.probes)} attempts turned the oracle to satisfactory.")
    for probe in turned[:_SHOWN]:
        out.print(safe(f"  {probe.injection.id}: {probe.verdict.reason}"))


def _as_json(result: ProbeResult) -> dict[str, object]:
    return {
        "attempts": len(result.probes),
        "turned": len(result.turned),
        "unscored": sum(probe.outcome == "unscored" for probe in result.probes),
        "blind": list(result.blind),
        "silent": result.silent,
        "probes": [
            {
                "id": probe.injection.id,
                "kind": probe.injection.kind,
                "outcome": probe.outcome,
                "label": probe.verdict.label,
                "reason": probe.verdict.reason,
            }
            for probe in result.probes
        ],
    }
