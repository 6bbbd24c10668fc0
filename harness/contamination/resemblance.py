"""The resemblance of Broder (1997): the Jaccard index of two texts' sets of shingles, here of letters within words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer

RESEMBLANCE = 0.5
"""From which on two questions may be edits of each other."""
SHINGLE = 4  # letters; a word's first and last shingle hold the space beside it
_CHUNK = 128  # texts that are held against all questions at once: 10,000 questions take some 50 MB then
_FEATURES = 2**22  # of the hashed shingles: two that share a slot are too rare to move a resemblance

_HASHING = HashingVectorizer(
    analyzer="char_wb",
    ngram_range=(SHINGLE, SHINGLE),
    n_features=_FEATURES,
    binary=True,
    norm=None,
    alternate_sign=False,
    lowercase=False,
)


class Shingled:
    """Normalised questions as sets of shingles."""

    def __init__(self, questions: Sequence[str]) -> None:
        matrix = _shingles(questions)
        self._sizes = matrix.getnnz(axis=1)
        self._questions_of = matrix.T.tocsr()

    def resembling(self, texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
        """The number of a text, that of a question and their resemblance, wherever it is at least RESEMBLANCE.

        They come in the texts' order, the closest questions of each text first.
        """
        matrix = _shingles(texts)
        sizes = matrix.getnnz(axis=1)
        for start in range(0, len(texts), _CHUNK):
            shared = (matrix[start : start + _CHUNK] @ self._questions_of).tocoo()
            rows, columns = shared.row + start, shared.col
            resemblances = shared.data / (sizes[rows] + self._sizes[columns] - shared.data)
            close = resemblances >= RESEMBLANCE
            pairs = zip(rows[close].tolist(), columns[close].tolist(), resemblances[close].tolist(), strict=True)
            yield from sorted(pairs, key=lambda pair: (pair[0], -pair[2], pair[1]))


def _shingles(questions: Sequence[str]) -> csr_matrix:
    """A sparse matrix of ones, with a row for each question and a column for each slot of the hashed shingles."""
    return _HASHING.transform(questions)
