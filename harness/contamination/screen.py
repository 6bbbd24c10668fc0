"""Keeps what is measured out of what a run trains on: prompts, replay and revisions alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from harness.contamination.matching import GateItems
from harness.contamination.records import Item, Match
from harness_base.errors import ContaminationError
from iteralign.core.records import Principle, TrainingPair
from iteralign.red_team.pool import LoadedPrompts, left_out_for
from tasks.data.split import is_measured, question_key

Kind = Literal["red-team prompt", "harmless prompt", "revision", "replay"]
Record = Callable[[Kind, Sequence[Match]], None]

_KINDS: dict[str, Kind] = {
    "revision": "revision",
    "replayed_revision": "replay",
    "replayed_harmless": "harmless prompt",
}
_ATTACK_TASKS = "attack tasks"


class Screen:
    """Holds texts against `questions`, each a task, an item and its text. With `strict` an overlap is an error.

    The questions that the attack tasks keep to themselves are held against too, whatever the run measures: a later
    run may measure them. `record` is told of every match; until there is a run to record it in, matches are kept for
    it. Matches of texts that were seen before are remembered, since the same pairs come again in every round.
    """

    def __init__(self, questions: Iterable[tuple[str, str, str]], *, strict: bool) -> None:
        self._items = GateItems(Item(*question) for question in questions)
        self._strict = strict
        self._seen: dict[str, Match | None] = {}
        self._waiting: list[tuple[Kind, list[Match]]] = []
        self._record: Record | None = None

    def record_with(self, record: Record) -> None:
        """Where matches go from now on, those found so far first."""
        for kind, matches in self._waiting:
            record(kind, matches)
        self._waiting.clear()
        self._record = record

    def prompts(self, loaded: LoadedPrompts, kind: Kind) -> LoadedPrompts:
        """The prompts that no task measures; the others are counted among the skipped ones, by the task.

        Raises ContaminationError under `strict`.
        """
        texts = [text for prompt in loaded.prompts for text in prompt.conversation.texts]
        tasks = {match.text: match.item.task for match in self._matches(texts, kind)}
        reasons: dict[str, str] = {}
        for prompt in loaded.prompts:
            measured_by = [tasks[text] for text in prompt.conversation.texts if text in tasks]
            if measured_by:
                reasons[prompt.text] = overlap(measured_by[0])
        return left_out_for(loaded, reasons)

    def pairs(self, pairs: Sequence[TrainingPair]) -> list[TrainingPair]:
        """The training pairs of which neither prompt nor answer holds what a task measures.

        Raises ContaminationError under `strict`.
        """
        measured: set[str] = set()
        for kind in dict.fromkeys(_KINDS[pair.kind] for pair in pairs):
            of_kind = [pair for pair in pairs if _KINDS[pair.kind] == kind]
            texts = dict.fromkeys(text for pair in of_kind for text in _texts(pair))
            measured |= {match.text for match in self._matches(list(texts), kind)}
        return [pair for pair in pairs if measured.isdisjoint(_texts(pair))]

    def examples(self, principles: Iterable[Principle]) -> None:
        """Raise ContaminationError where a worked example holds what a task measures, strict or not.

        People write them, and what is revised under them is trained on: leaving one out would change what they wrote.
        """
        texts = [text for one in principles for example in one.examples for text in (example.request, example.answer)]
        for text, match in zip(texts, self._items.matches(texts), strict=True):
            if found := match or _held_out(text):
                raise ContaminationError(
                    f"The constitution's worked example {text[:80]!r} {_against(found)}: take it out, since a model "
                    "must not be measured on what it was shown."
                )

    def why_measured(self, texts: Sequence[str]) -> list[str]:
        """Of each text what it has to do with what a task measures ("equals item 1 of truth"); empty where nothing.

        For what a proposer wrote, which is left out and ends no run, strict or not.
        """
        found = zip(texts, self._items.matches(list(texts)), strict=True)
        return [_against(match) if (match := held or _held_out(text)) else "" for text, held in found]

    def _matches(self, texts: Sequence[str], kind: Kind) -> list[Match]:
        """The matches of those texts that match an item."""
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        for text, match in zip(new, self._items.matches(new), strict=True):
            self._seen[text] = match or _held_out(text)
        matches = [match for text in dict.fromkeys(texts) if (match := self._seen[text])]
        if matches and self._strict:
            raise ContaminationError(_sentence(kind, matches))
        if matches and self._record:
            self._record(kind, matches)
        elif matches:
            self._waiting.append((kind, matches))
        return matches


def _texts(pair: TrainingPair) -> tuple[str, ...]:
    """All that a training pair would teach: what is said before the answer, and the answer."""
    return (*pair.prompt.texts, pair.answer)


def overlap(task: str) -> str:
    """Why a prompt is left out that `task` measures."""
    return f"measured by the {task}" if task == _ATTACK_TASKS else f"measured by the task {task}"


def _held_out(text: str) -> Match | None:
    """A match for what an attack task keeps to itself, known by its hash alone."""
    return Match(text, Item(_ATTACK_TASKS, question_key(text), ""), "equal", 1.0) if is_measured(text) else None


def _sentence(kind: Kind, matches: Sequence[Match]) -> str:
    first = matches[0]
    return (
        f"{len(matches)} of the texts to train on are measured by a task, first the {kind} {first.text[:80]!r}, which "
        f"{_against(first)}: take them out, or leave --strict out to have them left out and counted."
    )


def _against(match: Match) -> str:
    """What a text has to do with what is measured: "equals item 1 of truth"."""
    ways = {"equal": "equals", "near": "nearly equals", "contains": "contains"}
    item = f"item {match.item.item_id} of {match.item.task}"
    if match.item.task == _ATTACK_TASKS:
        item = "a question that the attack tasks keep to measure on"
    return f"{ways[match.how]} {item}"
