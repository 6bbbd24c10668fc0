"""Groups of violations of one kind, so that each kind is put to the oracle by itself and none is drowned by another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer

from harness_base.errors import ConfigError
from iteralign.core.content import content_id
from iteralign.core.records import JudgedResponse

Embed = Callable[[Sequence[str]], Any]
"""From texts to an array of one row a text; rows are compared by their cosine."""

_DISTANCE = 0.75
"""Average cosine distance within a cluster, at most. Texts that share no word are 1 apart."""
_CATEGORY_WEIGHT = 3


@dataclass(frozen=True)
class Cluster:
    """Violations of one kind: those shown to the proposer, and those held out to test its proposal."""

    shown: tuple[JudgedResponse, ...]
    held_out: tuple[JudgedResponse, ...]


def clusters(violations: Sequence[JudgedResponse], embed: Embed | None = None) -> list[list[JudgedResponse]]:
    """Violations grouped by what the judge said of them and what was asked, the largest group first.

    Agglomerative clustering with average linkage. Without `embed` texts are compared by their words (TF-IDF). The
    result does not depend on the order of `violations`.
    """
    ordered = sorted(violations, key=attrgetter("prompt_id"))
    if len(ordered) < 2:
        return [ordered] if ordered else []
    rows = (embed or tfidf)([_text(violation) for violation in ordered])
    model = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=_DISTANCE)
    groups: dict[int, list[JudgedResponse]] = {}
    for number, violation in zip(model.fit_predict(rows), ordered, strict=True):
        groups.setdefault(int(number), []).append(violation)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0].prompt_id))


def split(group: Sequence[JudgedResponse], *, max_shown: int, max_held_out: int) -> Cluster:
    """Half of a group to propose from, at most `max_shown`; up to `max_held_out` of the others to test with.

    Which is which hangs on a hash of the prompt and on nothing else.
    """
    ordered = sorted(group, key=lambda violation: content_id("shown", violation.prompt_id))
    shown = min(max_shown, (len(ordered) + 1) // 2)
    return Cluster(tuple(ordered[:shown]), tuple(ordered[shown : shown + max_held_out]))


def tfidf(texts: Sequence[str]) -> Any:
    """Rows of word weights; a text without any known word gets a place of its own instead of a row of zeros."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", token_pattern=r"(?u)\b\w+\b")
    try:
        rows = vectorizer.fit_transform(texts).toarray()
    except ValueError:  # nothing but stop words: every text is alike as far as words can tell
        return np.ones((len(texts), 1))
    empty = ~rows.any(axis=1)
    return np.hstack([rows, empty[:, None].astype(float)])


def sentence_embedder(folder: Path) -> Embed:
    """Compare by the embeddings of a local sentence-transformers model, the extra `embeddings`.

    Raises ConfigError where the package is missing or the folder is no such model.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise ConfigError(
            "constitution.embedding_model needs sentence-transformers: install iteralign-harness[embeddings]."
        ) from None
    if not folder.is_dir():
        raise ConfigError(
            f"constitution.embedding_model {folder} is no folder: give that of a sentence-transformers model."
        )
    try:
        model = SentenceTransformer(str(folder), local_files_only=True, trust_remote_code=False, device="cpu")
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ConfigError(
            f"constitution.embedding_model {folder} can't be loaded: {str(error).splitlines()[0]}"
        ) from error
    return lambda texts: model.encode(list(texts), show_progress_bar=False)


def _text(violation: JudgedResponse) -> str:
    verdict, conversation = violation.verdict, violation.response.attack.prompt.conversation
    return " ".join([*[verdict.category] * _CATEGORY_WEIGHT, verdict.reason, *conversation.user_turns])
