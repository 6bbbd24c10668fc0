"""How it is said, wherever a decision is shown, that a gate asked only as much as it needed."""

from __future__ import annotations

_WHY = {
    "go": "its GO stood",
    "harm": "the harm that it found stood",
    "futility": "a gain had become unlikely",
}
_LEANS = {
    "better": "Such an estimate lies on average on the better side of the truth, since asking ended on a high.",
    "worse": "Such an estimate lies on average on the worse side of the truth, since asking ended on a low.",
}


def stopping(block: int, blocks: int, stopped: str) -> str:
    """One sentence: after which block it was decided, and why not later; empty where all was asked at once."""
    if not blocks:
        return ""
    why = _WHY.get(stopped, "")
    return f"Decided after block {block} of {blocks}{f', since {why}' if why else ''}."


def asked_of(items: int, planned: int) -> str:
    """How many items of how many were asked, or only how many where that was all."""
    return f"{items:,} of {planned:,}" if planned > items else f"{items:,}"


def leaning(leans: str) -> str:
    """On which side of the truth an estimate lies on average after an early end; empty where nothing ended early."""
    return _LEANS.get(leans, "")
