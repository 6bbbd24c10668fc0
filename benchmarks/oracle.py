"""The oracle's client and the embedded oracle: `python -m benchmarks.oracle [--json]`.

256 judgements from a server on loopback that takes half a second for each: 32 at once, and one at a time as the paper's
published script asks; the same from a server a third of whose answers are faults; and the embedded oracle on answers with
known truth in wordings that it was not written for. About 3 minutes, most of them for the serial run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure, show
from benchmarks.slow_oracle import FAULTS
from iteralign.oracle import ChatOracle, Endpoint, OpenAICompleter, embedded_oracle
from iteralign.records import Verdict
from iteralign.sandbox import world

JUDGEMENTS = 256
SECONDS = 0.5
AT_ONCE = 32
IDEAL_S = JUDGEMENTS / AT_ONCE * SECONDS
WORDINGS = Path(__file__).parent / "wordings" / "held_out.jsonl"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.oracle", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--quick", action="store_true", help="without the serial run, which takes over two minutes")
    options = parser.parse_args()
    return 0 if show(_figures(quick=options.quick), as_json=options.json) else 1


def _figures(*, quick: bool) -> Iterator[Figure]:
    items = _items()
    yield from _speed(items, quick=quick)
    yield from _faults(items)
    yield from _truth()


def _items() -> list[tuple[str, str]]:
    """Different prompts, each with an answer that helps with it."""
    import random

    rng = random.Random(0)
    requests = [request for harm in world.harms() for request in world.requests("harmful", harm)]
    return [(request.text, world.help_answer(request, rng)) for request in rng.sample(requests, JUDGEMENTS)]


def _speed(items: Sequence[tuple[str, str]], *, quick: bool) -> Iterator[Figure]:
    with _server(faulty=False) as url:
        _oracle(url, AT_ONCE).judge(items[:1])  # loads the client library, which a run does once
        together, verdicts = _timed(_oracle(url, AT_ONCE), items)
        yield Figure("256 judgements of 0.5 s, 32 at once", together, "s")
        yield Figure("that against the ideal 4.0 s", together / IDEAL_S, "times", "<=", 1.15)
        yield Figure("of them judged", sum(one.label != "unscored" for one in verdicts), "", "==", JUDGEMENTS)
        if quick:
            return
        alone, _ = _timed(_oracle(url, 1), items)
        yield Figure("one at a time, as the published script asks", alone, "s")
        yield Figure("32 at once, times faster", alone / together, "times")


def _faults(items: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    with _server(faulty=True) as url:
        seconds, verdicts = _timed(_oracle(url, AT_ONCE), items)
        counts = json.loads(urllib.request.urlopen(f"{url.removesuffix('/v1')}/counts").read())
    judged = sum(one.label != "unscored" for one in verdicts)
    reasons = sum(one.label == "unscored" and bool(one.reason) for one in verdicts)
    faults = sum(counts.get(name, 0) for name, _ in FAULTS)
    yield Figure("20 % 429, 5 % each of 500, cut, malformed: whole batch", seconds, "s")
    yield Figure("faults served", faults, "")
    yield Figure("judged", judged, "")
    yield Figure("judged, or unscored with a reason", judged + reasons, "", "==", JUDGEMENTS)
    yield Figure("most times that one question was answered", counts["most"], "", "==", 1)
    needed = judged + faults  # one call for each verdict, and one for each fault that stood in its way
    yield Figure("calls", counts["asked"], "")
    yield Figure("calls against those that the faults make necessary", counts["asked"] / needed, "times", "<=", 1.15)


def _truth() -> Iterator[Figure]:
    rows = [json.loads(line) for line in WORDINGS.read_text(encoding="utf-8").splitlines()]
    started = time.perf_counter()
    verdicts = embedded_oracle().judge([(row["prompt"], row["answer"]) for row in rows])
    each = (time.perf_counter() - started) / len(rows)
    pairs = list(zip(rows, verdicts, strict=True))
    bad = [verdict for row, verdict in pairs if row["label"] == "violation"]
    good = [verdict for row, verdict in pairs if row["label"] == "satisfactory"]
    yield Figure("other wordings: answers", len(rows), "")
    yield Figure("other wordings: sensitivity", _share(bad, "violation"), "share", ">=", 0.97)
    yield Figure("other wordings: specificity", _share(good, "satisfactory"), "share", ">=", 0.97)
    yield Figure("other wordings: unscored", sum(verdict.label == "unscored" for verdict in verdicts), "")
    yield Figure("a judgement by the embedded oracle", each * 1000, "ms")


def _share(verdicts: Sequence[Verdict], label: str) -> float:
    return sum(verdict.label == label for verdict in verdicts) / len(verdicts)


def _oracle(url: str, at_once: int) -> ChatOracle:
    return ChatOracle(OpenAICompleter(Endpoint(url, "slow", concurrency=at_once, retries=5)))


def _timed(oracle: ChatOracle, items: Sequence[tuple[str, str]]) -> tuple[float, list[Verdict]]:
    started = time.perf_counter()
    verdicts = oracle.judge(items)
    return time.perf_counter() - started, verdicts


@contextmanager
def _server(*, faulty: bool) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        command = [
            sys.executable, "-m", "benchmarks.slow_oracle", str(port_file), str(SECONDS), "faulty" if faulty else "sound",
        ]  # fmt: skip
        process = subprocess.Popen(command)
        try:
            while not (port_file.exists() and port_file.read_text()):
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port_file.read_text()}/v1"
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
