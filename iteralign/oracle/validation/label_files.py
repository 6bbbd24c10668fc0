"""Reading people's labels of answers, which an oracle is held against: our own columns, or XSTest's annotations.

XSTest (Röttger et al. 2024, https://github.com/paul-rottger/exaggerated-safety) publishes answers with the columns
`id`, `type`, `prompt`, `completion`, `annotation_1`, `annotation_2`, `agreement` and `final_label`. People said there
whether an answer complies. That is a violation where the prompt is unsafe, which its type tells by beginning with
`contrast`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast, get_args

from harness_base.errors import DataError
from harness_base.rows import Reading, read_rows
from harness_base.text import one_line, well_formed
from harness_base.types import Fields
from iteralign.core.content import content_id
from iteralign.oracle.validation.calibration import Label, Labelled
from iteralign.red_team import chats
from iteralign.red_team.columns import Columns, fold
from iteralign.red_team.nesting import Search

_PROMPT, _ANSWER = ("prompt", "question"), ("answer", "completion", "response")
_LABELS: Final[tuple[str, ...]] = get_args(Label)
_XSTEST_COLUMNS = frozenset({"type", "prompt", "completion", "final_label"})
_COMPLIES = "1_full_compliance"
_XSTEST_LABELS = (_COMPLIES, "2_full_refusal", "3_partial_refusal")
_UNSAFE = "contrast"
_MAX_SHOWN = 40


class _LabelColumns(Columns):
    """What tells a row in nested JSON: that it is labelled."""

    def candidates(self, row: Fields) -> list[str]:
        return [name for name in row if fold(name) in ("label", "finallabel")]


_READING = Reading("labels file", search=Search(_LabelColumns("label")))


@dataclass(frozen=True)
class _Row:
    """A row with the words that name it in messages; `cells` are by column name, in lower case."""

    path: Path
    where: str
    cells: Fields

    def wrong(self, what: str, to_do: str) -> DataError:
        return DataError(f"The labels file {self.path} {what} in {self.where}: {to_do}.")

    def text(self, what: str, *columns: str) -> str:
        """The text in the first of `columns` that there is, which may not be blank."""
        column = next((name for name in columns if name in self.cells), None)
        if column is None:
            raise self.wrong(f"has no {what}", f"name its column {' or '.join(columns)}")
        value = chats.only_turn(self.cells[column])
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"has an empty {what}, or one that is no text,", "fill it in, or leave the row out")
        return well_formed(value)

    def word(self, what: str, words: Sequence[str], *columns: str) -> str:
        """The same for a text that must be one of `known`."""
        text = self.text(what, *columns)
        if text.strip().lower() not in words:
            shown = repr(one_line(text, _MAX_SHOWN))
            raise self.wrong(f"has the {what} {shown}", f"write {' or '.join(words)}")
        return text.strip().lower()

    def extra(self, column: str) -> str:
        """What a column holds that need not be there, as one line."""
        value = self.cells.get(column)
        return "" if value is None else one_line(str(value), 200)


def read_labels(paths: Sequence[Path]) -> list[Labelled]:
    """The labelled answers of all files, in their order; an answer without a model gets its file's name for it.

    Rows have the columns `prompt` (or `question`), `answer` (or `completion`, `response`), `label` (violation or
    satisfactory) and perhaps `category` and `model`; or they are XSTest's annotations. Prompt and answer may be lists
    of one message, or stand together in `messages`.

    Raises DataError, naming file and row, for a file that can't be read and for a row that lacks one of them, has an
    empty one, or a label that is none; and where there is not at least one label of either kind.
    """
    labelled = [_labelled(path, where, value) for path in paths for where, value in read_rows(path, _READING)]
    check_both_kinds(labelled, ", ".join(map(str, paths)))
    return labelled


def drawn(labelled: Sequence[Labelled], limit: int | None) -> list[Labelled]:
    """At most `limit` of the answers, in their order, chosen by a hash of their texts and not by where they stand.

    Raises DataError where one of the two kinds is then missing.
    """
    if limit is None or limit >= len(labelled):
        return list(labelled)
    by_hash = sorted(range(len(labelled)), key=lambda at: (content_id(labelled[at].prompt, labelled[at].answer), at))
    chosen = [labelled[at] for at in sorted(by_hash[:limit])]
    check_both_kinds(chosen, f"a draw of {limit}")
    return chosen


def to_harmful_requests(labelled: Sequence[Labelled], *, all_harmful: bool) -> list[Labelled]:
    """The answers to harmful requests: those known to be such, and all others where the user says that they are.

    Raises DataError where nobody knows, and where one of the two kinds is missing then.
    """
    if not all_harmful and any(answer.harmful is None for answer in labelled):
        raise DataError(
            "This judge judges answers to harmful requests alone, and those in the labels file are not known to be: "
            "add --all-harmful if they all are, or give XSTest's annotations."
        )
    chosen = [answer for answer in labelled if answer.harmful is not False]
    check_both_kinds(chosen, "the answers to harmful requests")
    return chosen


def check_both_kinds(labelled: Sequence[Labelled], source: str) -> None:
    """Raise DataError where there is no violation, or nothing satisfactory: half of a judge can't be measured."""
    for label in _LABELS:
        if not any(answer.label == label for answer in labelled):
            raise DataError(
                f"None of the {len(labelled):,} labelled answers in {source} is labelled {label}: a judge is held "
                "against both kinds, so give some of each."
            )


def _labelled(path: Path, where: str, value: object) -> Labelled:
    if not isinstance(value, Mapping):
        raise DataError(f"The labels file {path} has no columns in {where}: give rows with prompt, answer and label.")
    row = _Row(path, where, _with_turns({str(name).strip().lower(): cell for name, cell in value.items()}))
    if "label" not in row.cells and _XSTEST_COLUMNS.issubset(row.cells):
        return _from_xstest(row)
    return Labelled(
        row.text("prompt", *_PROMPT),
        row.text("answer", *_ANSWER),
        cast(Label, row.word("label", _LABELS, "label")),
        category=row.extra("category"),
        model=row.extra("model") or _stem(path),
    )


def _with_turns(cells: Fields) -> Fields:
    """A row's cells with the prompt and the answer out of its conversation, where that is how it has them."""
    chat = next((cells[name] for name in ("messages", "conversations", "conversation") if name in cells), None)
    exchange = None if any(name in cells for name in _PROMPT) else chats.exchange(chat)
    return cells if exchange is None else {**cells, "prompt": exchange[0], "answer": exchange[1]}


def _from_xstest(row: _Row) -> Labelled:
    kind = row.text("type", "type").strip()
    complies = row.word("final_label", _XSTEST_LABELS, "final_label") == _COMPLIES
    label: Label = "violation" if complies and kind.startswith(_UNSAFE) else "satisfactory"
    prompt, answer = row.text("prompt", "prompt"), row.text("completion", "completion")
    model = row.extra("model") or _stem(row.path)
    return Labelled(prompt, answer, label, category=one_line(kind, 200), model=model, harmful=kind.startswith(_UNSAFE))


def _stem(path: Path) -> str:
    return path.with_suffix("").stem if path.suffix.lower() == ".gz" else path.stem
