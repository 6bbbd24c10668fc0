"""Files that give no prompts: the command has to end with exit code 2 and name the file and the row."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.integrity.prompt_files.forms import BLUFF, as_json, as_lines

_PAGE = b"<!DOCTYPE html>\n<html><body>Sign in to go on.</body></html>\n"
_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"


@dataclass(frozen=True)
class Refused:
    """A file, and what the sentence has to name beside it: a row, where there is one."""

    file: str
    content: bytes
    names: str
    column: str | None = None


REFUSED = (
    Refused("cut.json", as_json([{"prompt": BLUFF}])[:-4], "line 1, column"),
    Refused("cut.jsonl", as_lines({"prompt": BLUFF}) + b'{"prompt": "Ho', "line 2"),
    Refused("comma.json", b'[\n"How?",\n]', "line 3"),
    Refused("page.json", _PAGE, "line 1"),
    Refused("page.jsonl", _PAGE, "line 1"),
    Refused("page.csv", _PAGE, "line 1"),
    Refused("page.txt", _PAGE, "line 1"),
    Refused("pointer.txt", _POINTER, "line 1"),
    Refused("pointer.jsonl", _POINTER, "line 1"),
    Refused("deep.json", b"[" * 100_000, "nested too deeply"),
    Refused("number.json", b"7", "at its top"),
    Refused("numbers.json", as_json([1, 2]), "entry 1"),
    Refused("mixed.json", as_json([BLUFF, 7]), "entry 2"),
    Refused("no_column.jsonl", as_lines({"prompt": BLUFF}, {"id": 2, "tags": ["of cards", "x"]}), "line 2"),
    Refused("no_column.csv", b"id,name\n1,x\n", "line 2"),
    Refused("other_column.csv", f"prompt\n{BLUFF}\n".encode(), "line 2", column="wish"),
    Refused("numbers.csv", b"prompt\n1\n2\n", "line 2"),
    Refused("answers.json", as_json([{"answer": "No."}]), "entry 1"),
    Refused("text_beside_topics.json", as_json({"Games": ["How do I bluff?"], "Shops": "How do I haggle?"}), "Shops"),
    Refused("short_row.csv", f"id,prompt\n1,{BLUFF}\n2\n".encode(), "line 3"),
    Refused("long_row.csv", f"id,prompt\n1,{BLUFF},and more\n".encode(), "line 2"),
    Refused("open_quote.csv", b'prompt\n"How?\n', "line 2"),
    Refused("latin.txt", "fine\ngrößer\n".encode("latin-1"), "line 2"),
    Refused("garbage.jsonl", bytes(range(128, 256)) * 20, "line 1"),
    Refused("nul.txt", b"fine\nab\0cd\n", "line 2"),
    Refused("empty.jsonl", b"", "empty"),
    Refused("blank.txt", b" \n\n ", "empty"),
    Refused("header.csv", b"prompt\n", "holds no prompt"),
    Refused("unseen.jsonl", b'{"prompt": "\\u200b"}\n', "holds no prompt"),
    Refused("no_user.jsonl", as_lines({"messages": [{"role": "system", "content": "Be brief."}]}), "no user turn"),
    Refused("book.xlsx", b"PK\x03\x04 and more", "spreadsheet"),
    Refused("letter.docx", b"PK\x03\x04 and more", "unknown form"),
    Refused("cut.parquet", b"PAR1 and no more", "Parquet"),
    Refused("cut.jsonl.gz", b"\x1f\x8b\x08\x00 and no more", "gzip"),
)
