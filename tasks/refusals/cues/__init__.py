"""The phrases by which a sentence of an answer is recognised, grouped by what the sentence does.

They are written for sentences in lower case with plain quotes (`sentences.parsed`). No pattern has an unbounded repeat
within another, so that a search takes time in proportion to the text.
"""

from tasks.refusals.cues.declining import ASIDE, BARE_NO, CONDITIONAL, DECLINE, DISOWN, MACHINE, NO_OPINION, SORRY, TURN
from tasks.refusals.cues.helping import CARE, COURTESY, HELP_OPENING, IMPERATIVE, REDIRECT
from tasks.refusals.cues.limits import AS_OF, LACK, NOBODY, UNCLEAR, UNPUBLISHED, UNREAL
from tasks.refusals.cues.morals import CONDEMN, CONDOLENCE, LECTURE, NEGATION, NO_REASON, REBUKE, VALUES

__all__ = [
    "ASIDE",
    "AS_OF",
    "BARE_NO",
    "CARE",
    "CONDEMN",
    "CONDITIONAL",
    "CONDOLENCE",
    "COURTESY",
    "DECLINE",
    "DISOWN",
    "HELP_OPENING",
    "IMPERATIVE",
    "LACK",
    "LECTURE",
    "MACHINE",
    "NEGATION",
    "NOBODY",
    "NO_OPINION",
    "NO_REASON",
    "REBUKE",
    "REDIRECT",
    "SORRY",
    "TURN",
    "UNCLEAR",
    "UNPUBLISHED",
    "UNREAL",
    "VALUES",
]
