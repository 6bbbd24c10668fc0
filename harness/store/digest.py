"""Two runs with the same seed store the same things: a hash that shows it, blind to clocks, paths and names of runs."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Final

from harness.store.connection import StoreFile

_QUERIES: Final = {
    "responses": """
        SELECT rounds.number, responses.prompt_id, responses.template,
          CASE responses.messages WHEN '' THEN responses.attack ELSE responses.messages END, responses.text, finished
        FROM responses JOIN rounds ON rounds.id = round_id WHERE run_id = ? ORDER BY responses.id""",
    "verdicts": """
        SELECT rounds.number, coalesce(direct.prompt_id, revised.prompt_id), revisions.attempt, label, category,
          verdicts.reason
        FROM verdicts
        LEFT JOIN responses AS direct ON direct.id = verdicts.response_id
        LEFT JOIN revisions ON revisions.id = verdicts.revision_id
        LEFT JOIN responses AS revised ON revised.id = revisions.response_id
        JOIN rounds ON rounds.id = coalesce(direct.round_id, revised.round_id)
        WHERE run_id = ? ORDER BY verdicts.id""",
    "revisions": """
        SELECT rounds.number, responses.prompt_id, attempt, constitution_version, revisions.text, dropped
        FROM revisions JOIN responses ON responses.id = response_id JOIN rounds ON rounds.id = round_id
        WHERE run_id = ? ORDER BY revisions.id""",
    "proposals": """
        SELECT rounds.number, position, principles.name, proposals.examples
        FROM proposals JOIN rounds ON rounds.id = proposals.round_id JOIN principles ON principles.id = principle_id
        WHERE rounds.run_id = ? ORDER BY proposals.id""",
    "appraisals": """
        SELECT rounds.number, principles.name, outcome, appraisals.reason, evidence, appraisals.examples, violations,
          fixed_with, fixed_without, harmless, refused_with, refused_without
        FROM appraisals JOIN rounds ON rounds.id = appraisals.round_id JOIN principles ON principles.id = principle_id
        WHERE rounds.run_id = ? ORDER BY appraisals.id""",
    "constitutions": """
        SELECT rounds.number, version, position, principles.name, round_number, m.examples,
          (SELECT json_group_array(prompt_id) FROM principle_evidence WHERE member_id = m.id)
        FROM constitution_members AS m JOIN constitutions ON constitutions.id = constitution_id
        JOIN rounds ON rounds.id = constitutions.round_id JOIN principles ON principles.id = m.principle_id
        WHERE rounds.run_id = ? ORDER BY m.id""",
    "decisions": """
        SELECT rounds.number, attempt, outcome, reasons FROM decisions JOIN adapters ON adapters.id = adapter_id
        JOIN rounds ON rounds.id = round_id WHERE run_id = ? ORDER BY decisions.id""",
    "scores": """
        SELECT split, subject, scores.name, value, status, items, invalid_items
        FROM scores JOIN evaluations ON evaluations.id = evaluation_id
        WHERE run_id = ? ORDER BY split, subject, scores.name""",
    "samples": """
        SELECT split, subject, scores.name, items.name, samples.value, samples.status, response
        FROM samples JOIN scores ON scores.id = score_id JOIN evaluations ON evaluations.id = evaluation_id
        JOIN items ON items.id = samples.item_id
        WHERE run_id = ? ORDER BY split, subject, scores.name, samples.id""",
}


class Digests:
    """Hashes of what a run's seed decides."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def content(self, run_id: int) -> str:
        """One SHA-256 over all of it: answers, verdicts, principles, decisions, scores and samples."""
        return hashlib.sha256(json.dumps(self.tables(run_id)).encode()).hexdigest()

    def tables(self, run_id: int) -> dict[str, str]:
        """A SHA-256 for each kind of content, so that two runs that differ show where."""
        with self._file.reading() as connection:
            return {kind: _digest(connection, query, run_id) for kind, query in _QUERIES.items()}


def _digest(connection: sqlite3.Connection, query: str, run_id: int) -> str:
    digest = hashlib.sha256()
    for row in connection.execute(query, [run_id]):
        digest.update(json.dumps(list(row)).encode() + b"\n")
    return digest.hexdigest()
