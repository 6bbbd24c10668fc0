"""How much work a run is, counted: of a finished run from its counts, of one to come from `harness.planning.bounds`.

What is counted here is what is asked for. An oracle that remembers its replies is asked the same question only once,
and one whose reply can't be read is asked a second time, so that calls may be fewer, or a few more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from iteralign.core.settings import TrainingSettings


class Stage(StrEnum):
    """What is done in a run, by the name of its unit."""

    START = "start"
    ATTACK = "attack answer"
    JUDGED = "judged answer"
    PROPOSAL = "proposal"
    PRINCIPLE = "principle tried out"
    REVISION = "revision"
    REPLAY = "replay prompt"
    TRAINING = "training, its start"
    PAIR = "training pair, epoch"
    CHOICES = "gate: choices rated"
    TEXT = "gate: text read"
    WRITTEN = "gate: answer written"
    KEPT = "gate: item kept"
    REPORT = "report"


@dataclass(frozen=True)
class Items:
    """The items of a measuring: choices that are rated, texts that are read, answers written, and those judged."""

    choices: int = 0
    texts: int = 0
    written: int = 0
    judged: int = 0

    def __add__(self, other: Items) -> Items:
        return Items(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def all(self) -> int:
        """All items; those that are judged are among the written ones."""
        return self.choices + self.texts + self.written


@dataclass(frozen=True)
class Try:
    """One training: its steps on so many pairs, the candidates saved on the way, and what the gate asked of all."""

    pairs: int
    steps: int
    measured: Items
    candidates: int = 1


@dataclass(frozen=True)
class RoundCounts:
    """One round.

    `attacks` were answered by the model, `answered` of them with an answer to judge. From `groups` of violations
    principles were proposed. While these were measured, `effects` answers to violations were written and judged, and
    `watched` answers to harmless prompts written. `revisions` are the answers of all tries, each of them judged.
    """

    attacks: int
    answered: int
    groups: int = 0
    effects: int = 0
    watched: int = 0
    critiques: int = 0
    revisions: int = 0
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True)
class RunCounts:
    """A whole run: `examined` plain cases put to its judge, `harmless` prompts answered and judged for replay, its
    rounds, and what was measured outside of them, of base and result.
    """

    examined: int
    harmless: int
    outside: Items
    rounds: tuple[RoundCounts, ...] = ()

    @property
    def measured(self) -> Items:
        """The items of all measurings."""
        tries = [one.measured for each in self.rounds for one in each.tries]
        return sum(tries, self.outside)

    @property
    def verdicts(self) -> int:
        """Answers that the judge is asked to judge."""
        in_rounds = sum(each.answered + each.effects + each.revisions for each in self.rounds)
        return self.examined + self.harmless + self.measured.judged + in_rounds

    @property
    def proposals(self) -> int:
        """Groups of violations from which the proposer is asked for principles."""
        return sum(each.groups for each in self.rounds)

    @property
    def oracle_calls(self) -> int:
        """Questions to the oracle: exactly its calls where it remembers nothing and every reply can be read."""
        return self.verdicts + self.proposals

    @property
    def trainings(self) -> int:
        """Trainings, each of one candidate or of several strengths."""
        return sum(len(each.tries) for each in self.rounds)

    @property
    def candidates(self) -> int:
        """Candidates that are saved."""
        return sum(one.candidates for each in self.rounds for one in each.tries)


def work(run: RunCounts, training: TrainingSettings) -> Mapping[Stage, float]:
    """How often each unit is done in a run."""
    tries = [one for each in run.rounds for one in each.tries]
    measured = run.measured
    done: Counter[Stage] = Counter({Stage.START: 1, Stage.REPORT: 1, Stage.REPLAY: run.harmless})
    done[Stage.JUDGED], done[Stage.PROPOSAL] = run.verdicts, run.proposals
    done[Stage.ATTACK] = _total(each.attacks for each in run.rounds)
    done[Stage.PRINCIPLE] = _total(each.effects + each.watched for each in run.rounds)
    done[Stage.REVISION] = _total(each.critiques + each.revisions for each in run.rounds)
    done[Stage.TRAINING] = run.trainings
    done[Stage.PAIR] = _total(pair_epochs(one.pairs, one.steps, training.batch_size) for one in tries)
    done[Stage.CHOICES], done[Stage.TEXT] = measured.choices, measured.texts
    done[Stage.WRITTEN], done[Stage.KEPT] = measured.written, measured.all
    return {stage: float(done[stage]) for stage in Stage}


def pair_epochs(pairs: int, steps: int, batch_size: int) -> int:
    """How many pairs go through a training of so many steps, each counted as often as it does."""
    return round(pairs * steps / math.ceil(pairs / batch_size)) if pairs else 0


def _total(numbers: Iterable[int]) -> int:
    return sum(numbers)
