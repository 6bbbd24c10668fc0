"""One run with a clock on its stages, or its plan: `python -m benchmarks.affordable.happened DIR [--plan] [FLAG…]`.

The flags are those of `harness align-and-eval`. With `--serve` its oracle is the embedded rules behind HTTP on this
machine, whose server counts the requests. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.planning.costs import Timed
from harness.planning.counts import Items, RoundCounts, RunCounts, Stage

if TYPE_CHECKING:
    from harness.config.schema import RunConfig

_BEGAN = time.monotonic()
_RATING, _READING, _WRITING, _JUDGING = "rating choices", "reading texts", "writing answers", "judging answers"
_ROUNDS = """
SELECT number,
  (SELECT count(*) FROM responses WHERE round_id = rounds.id),
  (SELECT count(*) FROM responses WHERE round_id = rounds.id AND text <> ''),
  (SELECT count(*) FROM revisions JOIN responses ON responses.id = response_id
    WHERE round_id = rounds.id AND revisions.text <> '')
FROM rounds
"""
"""Nobody is asked to judge an answer that is not there."""


@dataclass(frozen=True)
class Happened:
    """What a run's progress was told: each stage's text, steps and seconds; the seconds until the first of the run's
    own, and the oracle's requests as whoever answered them counted.
    """

    stages: tuple[tuple[str, int, float], ...]
    start_s: float
    requests: int
    disk_bytes: int

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> Happened:
        stages = tuple((str(text), int(total), float(seconds)) for text, total, seconds in fields["stages"])
        return cls(stages, fields["start_s"], fields["requests"], fields["disk_bytes"])

    def totals(self, *endings: str, within: str = "") -> Timed:
        """Steps and seconds of all stages whose text ends so, and has `within` in it."""
        found = [each for each in self.stages if each[0].endswith(endings) and within in each[0]]
        return Timed(sum(total for _, total, _ in found), sum(seconds for _, _, seconds in found))


def units_of(happened: Happened) -> dict[str, Timed]:
    """What each unit took in the run, by the stage's name."""
    tries = tuple(f"try {number}" for number in range(1, 10))
    revised = happened.totals(*tries, within="writing answers, ")
    judged = happened.totals(*tries, within="judging answers, ")
    others = happened.totals(_JUDGING, "those answers", "examining the judge", ": judge")
    return {
        Stage.START: Timed(1, happened.start_s),
        Stage.ATTACK: happened.totals(": answer"),
        Stage.JUDGED: Timed(judged.units + others.units, judged.seconds + others.seconds),
        Stage.PROPOSAL: happened.totals("asking for principles"),
        Stage.PRINCIPLE: happened.totals("under a principle", "under it"),
        Stage.REVISION: revised,
        Stage.REPLAY: happened.totals("for replay"),
        Stage.CHOICES: happened.totals(_RATING),
        Stage.TEXT: happened.totals(_READING),
        Stage.WRITTEN: happened.totals(f": {_WRITING}", within="measuring "),
        "training step": happened.totals(": train"),
        Stage.REPORT: Timed(1, happened.totals("writing the report").seconds),
    }


def counts_of(store: Path, happened: Happened) -> RunCounts:
    """The counts of a finished run, by SQL and by how many steps its stages had."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        rounds = tuple(_rounds(connection, happened))
    measured = happened.totals(_JUDGING, within="measuring ").units
    harmless = happened.totals("answering harmless prompts for replay").units
    examined = happened.totals("examining the judge").units
    return RunCounts(examined, harmless, Items(written=measured, judged=measured), rounds)


def _rounds(connection: sqlite3.Connection, happened: Happened) -> Iterator[RoundCounts]:
    for number, responses, answered, revisions in connection.execute(_ROUNDS):
        propose = f"round {number}: propose: "
        yield RoundCounts(
            attacks=responses,
            answered=answered,
            groups=happened.totals("asking for principles", within=propose).units,
            effects=happened.totals("under a principle", within=propose).units,
            revisions=revisions,
        )


def main(arguments: Sequence[str]) -> int:
    served = "--serve" in arguments
    planned = "--plan" in arguments
    runs_dir, *flags = [each for each in arguments if each not in ("--serve", "--plan")]
    with _oracle(served) as (asked, of_oracle):
        flags = [*flags, *of_oracle, "--runs-dir", runs_dir]
        if planned:
            return _plan(flags)
        return _go(flags, Path(runs_dir), asked)


@contextmanager
def _oracle(served: bool) -> Iterator[tuple[list[int], list[str]]]:
    """A list as long as there were requests, and the flags that name the oracle."""
    asked: list[int] = []
    if not served:
        yield asked, []
        return
    from iteralign.sandbox.oracle import rules_reply
    from iteralign.sandbox.server import MODEL_NAME, start_in_thread

    lock = threading.Lock()

    def counted(messages: list[dict[str, str]]) -> str:
        with lock:
            asked.append(1)
        return rules_reply(messages)

    os.environ["OPENAI_API_KEY"] = "none-is-needed"
    with start_in_thread(counted) as url:
        yield asked, ["--oracle", "openai", "--oracle-url", url, "--oracle-model", MODEL_NAME]


def _plan(flags: Sequence[str]) -> int:
    from harness.cli.main import harness

    harness(["plan", "--json", "--probe-oracle", *flags])
    return 0


def _go(flags: Sequence[str], runs_dir: Path, asked: list[int]) -> int:
    from harness.cli.quiet import quiet_libraries
    from harness.probing.clock import StageClock
    from harness.run.pipeline import align_and_eval

    quiet_libraries()
    clock = StageClock()
    questions = _counted_questions()
    align_and_eval(_configuration(flags), progress=clock)
    loading = ("loading", "holding the prompts")
    first = next(each for each in clock.stages if not each.text.startswith(loading))
    happened = Happened(
        tuple((each.text, each.total or 0, each.seconds) for each in clock.stages),
        first.began - (time.perf_counter() - (time.monotonic() - _BEGAN)),
        len(asked) or sum(questions),
        sum(file.stat().st_size for file in runs_dir.rglob("*") if file.is_file()),
    )
    print(json.dumps(asdict(happened)))
    return 0


def _configuration(flags: Sequence[str]) -> RunConfig:
    """As the command line reads them."""
    from harness.cli.align import align_and_eval
    from harness.cli.options import load

    given = align_and_eval.make_context("align-and-eval", list(flags)).params
    settings = {key: value for key, value in given.items() if key not in ("recipe", "file", "assignments")}
    for other in ("resume", "force", "dry_run"):
        settings.pop(other)
    return load(given["recipe"], given["file"], given["assignments"], settings).config


def _counted_questions() -> list[int]:
    """How many questions each call of the run's oracle brings, from now on: its answers to judge, or its groups."""
    from harness.run import parts

    questions: list[int] = []
    build = parts.build_roles

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def count(several: Sequence[Any], **settings: Any) -> Any:
            questions.append(len(several))
            return method(several, **settings)

        return count

    def built(*arguments: Any) -> Any:
        judge, oracle = build(*arguments)
        for name in ("judge", "judge_harmless"):
            if hasattr(judge, name):
                setattr(judge, name, counted(getattr(judge, name)))
        object.__setattr__(oracle, "propose", counted(oracle.propose))
        return judge, oracle

    parts.build_roles = built
    return questions


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
