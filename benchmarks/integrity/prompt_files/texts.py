"""Forms of plain text and Markdown."""

from __future__ import annotations

from benchmarks.integrity.prompt_files.forms import BLUFF, GLOAT, QUEUE, Form, as_lines

_TWO = (BLUFF, QUEUE)

TEXTS = (
    Form("lines.txt", f"{BLUFF}\n\n  {QUEUE}  \n".encode(), _TWO),
    Form("windows.txt", f"{BLUFF}\r\n{QUEUE}\r\n".encode("utf-8-sig"), _TWO),
    Form("old_mac.txt", f"{BLUFF}\r{QUEUE}\r".encode(), _TWO),
    Form("utf16.txt", f"{BLUFF}\r\n{QUEUE}\r\n".encode("utf-16"), _TWO),
    Form("bullets.txt", f"- {BLUFF}\n- {QUEUE}\n".encode(), _TWO),
    Form("numbers.txt", f"1. {BLUFF}\n2. {QUEUE}\n3. {GLOAT}\n".encode(), (BLUFF, QUEUE, GLOAT)),
    Form("a_year.txt", f"1984. How was it?\n{QUEUE}\n".encode(), ("1984. How was it?", QUEUE)),
    Form("headings.txt", f"# Games\n{BLUFF}\n# Shops\n{QUEUE}\n".encode(), _TWO, skipped={"a heading or comment": 2}),
    Form(
        "list.md",
        f"# Prompts\n\nOf games.\n\n* {BLUFF}\n* {QUEUE}\n".encode(),
        _TWO,
        skipped={"a heading or comment": 1, "text around a Markdown list": 1},
    ),
    Form("lines_of_json.txt", as_lines({"prompt": BLUFF}, {"prompt": QUEUE}), _TWO),
    Form("chinese.txt", "怎么插队？\nكيف أتجاوز الطابور؟\n".encode(), ("怎么插队？", "كيف أتجاوز الطابور؟")),
    Form("emoji.txt", f"{BLUFF} 👨‍👩‍👧\n".encode(), (f"{BLUFF} 👨‍👩‍👧",)),
)
