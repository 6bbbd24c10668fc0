"""The prompts of one file, with what was left out of it and what a reader should know about how it was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness_base.errors import DataError
from harness_base.rows import NamedRow, Reading, form_of, read_rows
from harness_base.types import Fields
from iteralign.core.conversation import Conversation
from iteralign.red_team import chats
from iteralign.red_team.chats import Asked
from iteralign.red_team.columns import PROMPT_COLUMNS, Columns, asked, cell, context_of, fold, is_number, likeness
from iteralign.red_team.lists import listed
from iteralign.red_team.nesting import Search
from iteralign.red_team.sameness import normalised

OTHER_TURN = "a turn of the model or of the system"

_MAX_NAMED = 12
_LONGEST_NAME = 40
_EARLIER = "with earlier turns, which the model is not shown: the last user turn is the prompt"
_LATER = "with later turns, which are left aside: the first human turn is the prompt"
_SYSTEM = "with a system message, which the model is not shown"
_HEADLESS = "in a table without a header"
_SENTENCE = 2  # see `columns.likeness`
_ANSWERS = ("chosen", "rejected")  # beside a prompt they are answers to it
_TABLES = (".csv", ".tsv")
_LISTS = (".txt", ".md")


@dataclass(frozen=True)
class PromptFile:
    """A file's prompts as they stand there, empty where a row has none. A text is a conversation of one user turn.

    `skipped` counts, by reason, rows that are there and yet no prompt; `notes` are sentences about how it was read.
    """

    name: str
    texts: Sequence[Conversation | str]
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()


def read_prompts(path: Path, column: str | None = None, *, what: str = "red-team file") -> PromptFile:
    """Read the prompts of one file, those in `column` where it is named. `what` is the kind of file, for messages.

    Raises DataError, with file and row, for a file that can't be used or holds no prompt at all.
    """
    columns = Columns(column)
    search = Search(columns)
    reading = Reading(what, columns=columns.needed, search=search)
    reader = _Reader(path, columns, what)
    try:
        texts = reader.texts(list(read_rows(path, reading)))
    except RecursionError:
        raise DataError(f"The {what} {path} holds JSON that is nested too deeply to read.") from None
    if not any(map(normalised, texts)):
        why = "".join(f" ({count:,}: {reason})" for reason, count in reader.skipped.items())
        raise DataError(f"The {what} {path} holds no prompt{why}: give one with at least one.")
    return PromptFile(path.name, texts, dict(reader.skipped), tuple(f"{note}." for note in reader.notes(search.aside)))


class _Reader:
    """Reads the rows of one file, and counts on the way."""

    def __init__(self, path: Path, columns: Columns, what: str) -> None:
        self._path = path
        self._file = f"The {what} {path}"
        self._columns = columns
        self._usable: dict[str, None] = {}
        self._beside: set[str] = set()
        self._texts: list[str] = []
        self._taken: Counter[tuple[str, ...]] = Counter()
        self._marks: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()

    def texts(self, rows: Sequence[NamedRow]) -> list[str]:
        form = form_of(self._path)
        if form in _LISTS and all(isinstance(value, str) for _, value in rows):
            self._check_no_table(rows if form == ".md" else [])
            rows, left_out = listed(rows, marked_up=form == ".md")
            self.skipped.update(left_out)
        elif form in _TABLES:
            rows = self._with_first_line(rows)
        self._usable = self._usable_columns(rows)
        self._texts = [text for where, value in rows if (text := self._text(where, value)) is not None]
        return self._texts

    def notes(self, aside: Iterable[str]) -> Iterator[str]:
        """What a reader should know: which columns, what a conversation had before, and which lists are no prompts."""
        if self._taken:
            yield f"{self._path.name}: prompts taken from {self._columns_taken()}"
        all_of_them = sum(map(bool, self._texts))
        for what, count in self._marks.items():
            yield f"{self._path.name}: of {all_of_them:,} prompt{'' if all_of_them == 1 else 's'}, {count:,} {what}"
        used = {*_ANSWERS, *(name for names in self._taken for name in names)}
        if aside := [*aside, *(name for name in self._usable if name not in used)]:
            yield f"{self._path.name}: not taken for prompts: {_names(aside)}"

    def _columns_taken(self) -> str:
        ways = [
            f"column {_plain(first)}" + (f" with {' and '.join(map(_plain, others))}" if others else "")
            for (first, *others) in self._taken
        ]
        counts = [f" ({count:,})" if len(self._taken) > 1 else "" for count in self._taken.values()]
        return ", ".join(f"{way}{count}" for way, count in zip(ways, counts, strict=True))

    def _check_no_table(self, rows: Sequence[NamedRow]) -> None:
        where = next((where for where, line in rows if line.lstrip().startswith("|")), None)
        if where:
            raise DataError(f"{self._file} holds a table in {where}: save it as CSV, and name that.")

    def _with_first_line(self, rows: Sequence[NamedRow]) -> Sequence[NamedRow]:
        """Rows of one column without a header: what was read as its name is a prompt, where it reads like one."""
        names = list(rows[0][1]) if rows else []
        if len(names) != 1 or self._columns.candidates(rows[0][1]) or len(names[0].split()) < 3:
            return rows
        self._marks[_HEADLESS] += len(rows) + 1
        return [("line 1", names[0]), *((where, value[names[0]]) for where, value in rows)]

    def _usable_columns(self, rows: Sequence[NamedRow]) -> dict[str, None]:
        """The columns that hold something like a request in any row: sentences, if any column holds such."""
        best: dict[str, int] = {}
        for _, row in rows:
            if not isinstance(row, Mapping):
                continue
            filled = [name for name in self._columns.candidates(row) if not _is_empty(cell(row, name))]
            for name in filled:
                if best.get(name, 0) < _SENTENCE:
                    best[name] = max(best.get(name, 0), likeness(cell(row, name), name))
            # What is filled beside another column is no other name of it.
            self._beside.update(filled[1:])
        least = 1 if self._columns.named else min(_SENTENCE, max(best.values(), default=1)) or 1
        return {name: None for name, like in best.items() if like >= least or self._columns.named}

    def _text(self, where: str, value: object) -> str | None:
        """The prompt in a row, empty where there is none; None where the row is known to be none, and is counted."""
        if isinstance(value, Mapping) and not (chats.is_message(value) and not self._columns.named):
            return self._of_columns(where, value)
        return self._counted(where, asked(value))

    def _of_columns(self, where: str, row: Fields) -> str | None:
        column = self._column(where, row)
        if self._columns.named is None and column not in self._usable and is_number(cell(row, column)):
            raise DataError(
                f"{self._file} has a number in {where}, column {_short(column)!r}, where a prompt "
                "should be: name the prompts' column with --red-team-column."
            )
        text = self._counted(where, asked(cell(row, column), column))
        if not text:
            return text
        context = [] if self._columns.named else list(context_of(row, column))
        if not all(isinstance(row[name], str) for name in context):
            raise DataError(
                f"The red-team file {self._path} has in {where} a context that is no text, beside the prompt in column "
                f"{_short(column)!r}: put it in quotes, or take that column alone with --red-team-column."
            )
        self._taken[(column, *context)] += 1
        self._mark_columns(row)
        return "\n\n".join([text, *(row[name].strip() for name in context)])

    def _column(self, where: str, row: Fields) -> str:
        candidates = self._columns.candidates(row)
        if not candidates:
            raise self._no_column(where, row)
        usable = [name for name in candidates if name in self._usable] or candidates
        others = [name for name in usable[1:] if name not in self._beside]
        return next((name for name in (usable[0], *others) if not _is_empty(cell(row, name))), usable[0])

    def _counted(self, where: str, prompt: Asked | None) -> str | None:
        if prompt is None:
            raise DataError(f"{self._file} has a prompt in {where} that is no text: put it in quotes.")
        if prompt.why:
            self.skipped[prompt.why] += 1
            return None
        for mark, holds in ((_EARLIER, prompt.earlier), (_LATER, prompt.later), (_SYSTEM, prompt.system)):
            if prompt.text and holds:
                self._marks[mark] += 1
        # JSON can name halves of a character that no other part of the program could store.
        return prompt.text.encode("utf-8", "replace").decode("utf-8")

    def _mark_columns(self, row: Fields) -> None:
        """Count what other columns say of a row: that it goes on from something."""
        names = {fold(name) for name in row if row[name]}
        if names & {"system", "systemprompt"}:
            self._marks[_SYSTEM] += 1
        if "history" in names:
            self._marks[_EARLIER] += 1

    def _no_column(self, where: str, row: Fields) -> DataError:
        seen = f"it has {_names(row)}"
        if self._columns.named is not None:
            return DataError(
                f"{self._file} has no column {self._columns.named!r} in {where}: {seen}. "
                "Set red_team.column to one of them, or leave it out."
            )
        return DataError(
            f"{self._file} has no column with prompts in {where}: {seen}, and none "
            f"is named {', '.join(PROMPT_COLUMNS[:5])} or alike: name it with --red-team-column."
        )


def _is_empty(value: object) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _names(names: Iterable[str]) -> str:
    listed_names = [repr(_short(str(name))) for name in names]
    more = ", …" if len(listed_names) > _MAX_NAMED else ""
    return ", ".join(listed_names[:_MAX_NAMED]) + more if listed_names else "none"


def _short(name: str) -> str:
    return name[:_LONGEST_NAME]


def _plain(name: str) -> str:
    """A name as it stands, or quoted where it holds anything but letters, digits and what parts them."""
    name = name.strip()
    return _short(name) if all(letter.isalnum() or letter in " _-." for letter in name) else repr(_short(name))
