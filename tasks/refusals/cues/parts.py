"""Pieces of patterns that several cues are made of."""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """A pattern that matches where any of these does."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


CANNOT = (
    r"(?:can(?:'?t| ?not| in no way| never)|won'?t(?: be able to)?|will (?:not|never)(?: be able to)?|could(?: not|"
    r"n't)|"
    r"(?:'m|am|'re|are) (?:\w+ )?(?:unable to|not (?:able|willing|allowed|permitted|going|here|designed|programmed|"
    r"equipped|authori[sz]ed|in a position|capable of|comfortable)(?: to)?))"
)
SERVE = (
    r"(?:help(?! (?:but|it|feel|think|notice|wonder))|assist|aid|support|provid(?:e|ing)|giv(?:e|ing)|offer|"
    r"shar(?:e|ing)|"
    r"suppl(?:y|ying)|do (?:that|this|it|so|what)|answer|respond|reply|comply|fulfil+|engag(?:e|ing)|discuss|describe|"
    r"explain|advise|suggest|condone|encourage|promote|endorse|facilitate|participate|generat(?:e|ing)|creat(?:e|ing)|"
    r"writ(?:e|ing)|produc(?:e|ing)|compose|draft|take part|tell you|teach|guide|walk you|go along|continue|proceed|"
    r"complete|satisfy|accommodate|address|entertain|process|perform|list|recommend (?:or|and|any|ways)|disclose|"
    r"reveal|accept (?:the|this|that|your)|agree (?:to|with)|argue (?:that|for|in)|cooperate|indulge|play along|"
    r"translate|joke|comment|make light|show you|telling|helping|assisting|writing|"
    r"justify|speculate|make (?:such|jokes|any|assumptions|generali[sz]ations)|be (?:a )?part|allow|meet|grant)"
)
SELF = r"\bi(?: |(?='))"
ADVERBS = r"(?:(?:simply|just|really|definitely|certainly|absolutely|also|therefore|unfortunately|still|must say) )?"
