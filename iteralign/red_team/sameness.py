"""When two prompts are the same, and when a prompt shows nothing at all."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters that show nothing although their category is that of letters, marks or symbols."""


def normalised(text: str) -> str:
    """What is the same for two prompts that differ only in case, spacing, Unicode form or characters that nobody sees.

    Empty for a text that shows nothing.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not (folded.isascii() and folded.isprintable()):
        spaced = (" " if character.isspace() else character for character in _BLANK.sub("", folded))
        folded = "".join(shown for shown in spaced if shown == " " or unicodedata.category(shown) not in _UNSEEN)
    return " ".join(folded.split())
