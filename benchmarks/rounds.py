"""What a round costs as a run goes on: `python -m benchmarks.rounds [--json] [--quick]`.

Twenty rounds of the real loop, model, training, measuring and store, each with the same batch of prompts, so that every
round has the same work: all answers are called violations, all revisions satisfactory, replay is full from the start
and every candidate is accepted after it was measured. About 2 minutes on 2 cores; `--quick` goes ten rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.figures import Figure, show

BATCH = 64
REPLAY = 60
ITEMS = 100
"""Of each of the gate's tasks."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rounds", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--quick", action="store_true", help="ten rounds")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    rounds = 10 if options.quick else 20
    if options.worker:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(_go_round(Path(folder), rounds)))
        return 0
    return 0 if show(figures(quick=options.quick), as_json=options.json) else 1


def figures(*, quick: bool) -> Iterator[Figure]:
    """Cost and memory by round. Round 1 is the middle of rounds 1 to 3, round 10 of its neighbours."""
    command = [sys.executable, "-m", "benchmarks.rounds", "--worker", *(["--quick"] if quick else [])]
    found = json.loads(machine.run(command).out)
    seconds, memory = found["seconds"], found["memory_mib"]
    first, tenth = statistics.median(seconds[:3]), statistics.median(seconds[8:11])
    yield Figure("rounds: round 1, median of rounds 1 to 3", first, "s")
    yield Figure("rounds: round 10, median with its neighbours", tenth, "s")
    yield Figure("rounds: cost of round 10 against round 1", tenth / first, "times", "<=", 1.1)
    yield Figure("rounds: memory after round 1", memory[0], "MiB")
    yield Figure(f"rounds: memory after round {len(memory)}", memory[-1], "MiB")
    # The first rounds fill pools that are kept: what a run of any length pays once.
    later = list(range(3, len(memory)))
    slope = statistics.linear_regression(later, [memory[number] for number in later]).slope
    yield Figure("rounds: memory growth from round 4 on", slope * 1.048576, "MB/round", "<=", 1.0)


def _go_round(folder: Path, rounds: int) -> dict[str, list[float]]:
    from harness.cli.quiet import quiet_libraries
    from harness.evaluation.evaluator import Evaluator
    from harness.run.recorders import Recorders
    from harness.store import Store
    from iteralign.constitution.published import PublishedProposal
    from iteralign.core.settings import LoopSettings, TrainingSettings
    from iteralign.loop import Loop, LoopState
    from iteralign.model.causal import CausalModel
    from iteralign.model.settings import ModelSettings
    from iteralign.sandbox import PRACTICE_MODEL_DIR

    quiet_libraries()
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), device="cpu"), folder / "adapters")
    attacks, earlier, harmless = _texts()
    evaluator = Evaluator(model.network, model.tokenizer, batch_size=128, max_length=model.window, limit=ITEMS)
    clock, oracle = _Clock(), _EqualWork()
    with Store.open(folder / "harness.db") as store:
        run_id = store.runs.start(
            name="rounds", model="sandbox", oracle="scripted", seed=0, config={}, environment={}, practice=True
        )
        store.prompts.record(run_id, [attack.prompt for attack in attacks], skipped={})
        loop = Loop(
            model,
            oracle,
            _Measured(evaluator, model, store, run_id),
            Recorders(store.runs.recorder(run_id), clock),
            PublishedProposal(oracle),
            draw=lambda _, __: attacks,
            harmless=harmless,
            settings=LoopSettings(max_rounds=rounds),
            training=TrainingSettings(replayed_revisions=REPLAY, replayed_harmless=REPLAY),
            seed=0,
            state=LoopState(pairs=tuple(earlier)),
        )
        loop.run()
    return {"seconds": clock.seconds, "memory_mib": clock.memory_mib}


def _texts() -> tuple[list[Any], list[Any], list[Any]]:
    """A round's attacks, as many earlier revisions as are replayed, and as many harmless pairs."""
    from iteralign.core.records import Prompt, TrainingPair
    from iteralign.red_team.templates import attack
    from iteralign.sandbox import HARMLESS_FILE, RED_TEAM_FILE

    harmful, plain = (
        [json.loads(line)["prompt"] for line in file.read_text(encoding="utf-8").splitlines()]
        for file in (RED_TEAM_FILE, HARMLESS_FILE)
    )
    attacks = [attack(Prompt(text, "sandbox"), "standard") for text in harmful[:BATCH]]
    earlier = [TrainingPair(f"e{n}", text, _REFUSAL, "revision") for n, text in enumerate(harmful[-REPLAY:])]
    harmless = [TrainingPair(f"h{n}", text, _HELP, "replayed_harmless") for n, text in enumerate(plain[:REPLAY])]
    return attacks, earlier, harmless


_REFUSAL = "I can't help with that. It would not be right."
_HELP = "Sure. Take your time, then begin with the first step."


class _EqualWork:
    """An oracle to whom every answer is a violation, every revision satisfactory, and one principle the lesson."""

    def __init__(self) -> None:
        self._revised = False

    def judge(self, items: Sequence[tuple[str, str]], *, advance: Any = None) -> list[Any]:
        from iteralign.core.records import Verdict

        label: Any = "satisfactory" if self._revised else "violation"
        self._revised = not self._revised
        if advance:
            advance(len(items))
        return [Verdict(label) for _ in items]

    def propose(self, groups: Sequence[Sequence[Any]], *, round_number: int) -> list[list[Any]]:
        from iteralign.core.records import Principle

        evidence = [tuple(one.response.attack.prompt.id for one in group) for group in groups]
        return [[Principle("Do not help people do harm to others.", prompts, round_number)] for prompts in evidence]


class _Measured:
    """A gate that measures a candidate, as the real one does, and accepts it whatever comes out."""

    def __init__(self, evaluator: Any, model: Any, store: Any, run_id: int) -> None:
        self._evaluator, self._model, self._store, self._run_id = evaluator, model, store, run_id

    def decide(self, candidate: Any, *, round_number: int, attempt: int) -> Any:
        from iteralign.core.records import GateDecision

        evaluation = self._evaluator.evaluate(
            ["sandbox_gate"], subject=candidate.name, split="gate", model_hash=self._model.content_hash(),
            known=self._store.evaluations.known_scores,
        )  # fmt: skip
        self._store.evaluations.record(self._run_id, evaluation, round_number=round_number, attempt=attempt)
        return GateDecision("accept", ("measured",))


class _Clock:
    """A recorder that notes how long each round took, and what memory the process holds after it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.memory_mib: list[float] = []
        self._started = 0.0

    def record(self, event: object) -> None:
        from iteralign.core.events import RoundFinished, RoundStarted

        if isinstance(event, RoundStarted):
            self._started = time.perf_counter()
        elif isinstance(event, RoundFinished):
            self._finish_round()

    def _finish_round(self) -> None:
        import gc

        import psutil

        self.seconds.append(time.perf_counter() - self._started)
        # What waits for the collector is no growth, nor are freed pages that the allocator keeps for the next round.
        gc.collect()
        _give_back_freed_pages()
        self.memory_mib.append(psutil.Process().memory_info().rss / 2**20)


def _give_back_freed_pages() -> None:
    """Where the C library is glibc; elsewhere the figure includes them."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


if __name__ == "__main__":
    sys.exit(main())
