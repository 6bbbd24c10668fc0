from __future__ import annotations

import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iteralign.oracle.secrets import without_key

KEY = "sk-Test_0123456789+abc/def"
SHORT = "secret"


def _escaped(form: str) -> str:
    return "".join(form.format(ord(one)) for one in KEY)


FORMS = [
    KEY,
    KEY.upper(),
    _escaped("\\u{:04x}"),
    _escaped("\\\\u{:04X}"),
    _escaped("\\x{:02x}"),
    _escaped("\\u{{{:04x}}}"),
    _escaped("%{:02X}"),
    _escaped("%25{:02x}"),
    _escaped("&#{};"),
    _escaped("&#x{:x};"),
    "\\u0073\\u006b" + KEY[2:],
    json.dumps(KEY),
    json.dumps(json.dumps({"key": KEY})),
    urllib.parse.quote(KEY, safe=""),
    html.escape(KEY),
    "\u200b".join(KEY),
    "\\u200b".join(KEY),
    "\u00ad\ufeff".join(KEY),
    "\ufe0f".join(KEY),
    "\u2800\u3164".join(KEY),
    "\n".join(KEY),
    " ".join(KEY),
    "\\n".join(KEY),
    f"{KEY[:9]}\r\n   {KEY[9:]}",
    "".join(chr(ord(one) + 0xFEE0) for one in KEY),
    KEY.encode().hex(),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(f"a{KEY}".encode()).decode(),
    base64.b64encode(f"user:{KEY}@host".encode()).decode(),
    base64.urlsafe_b64encode(f"ab{KEY}".encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_taken_out_however_it_is_spelt(form: str) -> None:
    """And nothing else is."""
    found = without_key(f"before {form} after", KEY)
    assert found.startswith("before ")
    assert found.endswith(" after")
    assert "[key]" in found
    assert len(found) < 40  # base64 keeps the letters that the key shares with its neighbours


def test_every_occurrence_is_taken_out() -> None:
    assert without_key(f"{KEY}, {KEY} and {KEY[:-1]}", KEY) == f"[key], [key] and {KEY[:-1]}"


def test_text_without_the_key_stays_as_it_is() -> None:
    text = '{"id": "sk-", "reason": "a \\u0073 \\n b"} %73 &#115; ⓢ'
    assert without_key(text, KEY) == text


@given(st.text(), st.text())
def test_the_rest_of_a_text_is_kept_to_the_letter(before: str, after: str) -> None:
    assert without_key(f"{before}|{SHORT}|{after}", SHORT).count("|[key]|") >= 1
    assert without_key(before, "0" * 40) == before or "0" in before


def test_what_is_too_short_for_a_key_is_left() -> None:
    assert without_key("a b c", "b") == "a b c"
