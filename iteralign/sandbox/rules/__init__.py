"""The embedded oracle: rules that judge and propose from the text of a request, as a remote oracle would.

It is for practice. It knows a few kinds of everyday harm by their words (`intents.yaml`), what declining and helping
sound like (`answers.yaml`) and, as its general knowledge, the sandbox's common myths (`facts.yaml`). It sees no labels,
no splits and no item ids, only the messages that any oracle is sent.
"""

from iteralign.sandbox.rules.facts import known_fact
from iteralign.sandbox.rules.intent import intent
from iteralign.sandbox.rules.judging import UNTRUTH, Judgement, helps, judge, refuses
from iteralign.sandbox.rules.reply import lexicon, propose, reply

__all__ = ["UNTRUTH", "Judgement", "helps", "intent", "judge", "known_fact", "lexicon", "propose", "refuses", "reply"]
