-- How a constitution came about: every call of an oracle, what each proposed principle is worth, what people decided, and
-- how far an oracle can be trusted.

ALTER TABLE verdicts ADD COLUMN severity TEXT NOT NULL DEFAULT '';
ALTER TABLE verdicts ADD COLUMN quote TEXT NOT NULL DEFAULT '';
-- `dropped` says why a satisfactory revision may not be trained on.
ALTER TABLE revisions ADD COLUMN dropped TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN critique TEXT NOT NULL DEFAULT '';

-- Instructions are long and few, so that calls only point at them.
CREATE TABLE oracle_instructions (
  id TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

-- Every question to an oracle with the whole reply. `key` names endpoint, model, version of the prompt, parameters,
-- content and repeat: a call that was answered and could be read is never made again. It outlives its run.
CREATE TABLE oracle_calls (
  id INTEGER PRIMARY KEY,
  run_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
  key TEXT NOT NULL,
  oracle TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('judge', 'propose')),
  request_id TEXT NOT NULL,
  instructions_id TEXT NOT NULL REFERENCES oracle_instructions (id),
  question TEXT NOT NULL,
  reply TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('read', 'unreadable', 'failed')),
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  tokens_in INTEGER,
  tokens_out INTEGER,
  seconds REAL NOT NULL,
  asked_at TEXT NOT NULL,
  CHECK ((status = 'read') = (reason = ''))
) STRICT;
CREATE INDEX oracle_calls_by_key ON oracle_calls (key);
CREATE INDEX oracle_calls_by_run ON oracle_calls (run_id);
CREATE INDEX oracle_calls_by_instructions ON oracle_calls (instructions_id);

-- What became of a proposed principle. `evidence` lists the prompts that it was proposed from. The counts are those of `iteralign.records.Worth`, empty where it was not measured.
CREATE TABLE appraisals (
  id INTEGER PRIMARY KEY,
  round_id INTEGER NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
  principle_id INTEGER NOT NULL REFERENCES principles (id) ON DELETE CASCADE,
  outcome TEXT NOT NULL CHECK (outcome IN ('adopted', 'merged', 'waiting', 'retired', 'refused')),
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL CHECK (json_valid(evidence)),
  violations INTEGER,
  fixed_with INTEGER,
  fixed_without INTEGER,
  low REAL,
  high REAL,
  confidence REAL,
  harmless INTEGER,
  refused_with INTEGER,
  refused_without INTEGER
) STRICT;
CREATE INDEX appraisals_by_round ON appraisals (round_id);
CREATE INDEX appraisals_by_principle ON appraisals (principle_id);

-- What people did to a run's constitution: each row is a version with all of its principles as JSON, and the texts of those
-- that were taken out. `pending` is a version that waits for a person; it is the program's own row.
CREATE TABLE constitution_edits (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  round_number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('pending', 'approve', 'edit', 'import', 'retire')),
  principles TEXT NOT NULL CHECK (json_valid(principles)),
  removed TEXT NOT NULL CHECK (json_valid(removed)),
  made_by TEXT NOT NULL,
  why TEXT NOT NULL,
  made_at TEXT NOT NULL
) STRICT;
CREATE INDEX constitution_edits_by_run ON constitution_edits (run_id);

-- An oracle held against people's labels. `result` is the whole of it as JSON.
CREATE TABLE calibrations (
  id INTEGER PRIMARY KEY,
  oracle TEXT NOT NULL,
  labels TEXT NOT NULL,
  result TEXT NOT NULL CHECK (json_valid(result)),
  made_at TEXT NOT NULL
) STRICT;

DROP VIEW revision_history;

-- One row a revision: what the model first answered, why that was a violation, and what it answered instead. `kept` says
-- whether it may be trained on; a satisfactory one that may not has the reason in `dropped`.
CREATE VIEW revision_history AS
SELECT
  rounds.run_id,
  runs.name AS run,
  rounds.number AS round,
  responses.id AS response_id,
  responses.prompt_id,
  prompts.text AS prompt,
  responses.template,
  responses.attack,
  responses.text AS response,
  first.category,
  first.severity,
  first.reason AS violation_reason,
  first.quote,
  revisions.attempt,
  revisions.constitution_version,
  revisions.critique,
  revisions.text AS revision,
  second.label AS verdict,
  second.reason AS verdict_reason,
  revisions.dropped,
  second.label = 'satisfactory' AND revisions.dropped = '' AS kept
FROM revisions
JOIN responses ON responses.id = revisions.response_id
JOIN prompts ON prompts.id = responses.prompt_id
JOIN rounds ON rounds.id = responses.round_id
JOIN runs ON runs.id = rounds.run_id
LEFT JOIN verdicts AS first ON first.response_id = responses.id
LEFT JOIN verdicts AS second ON second.revision_id = revisions.id;

DROP VIEW round_overview;

-- One row a round: what was found and what became of it.
CREATE VIEW round_overview AS
SELECT
  rounds.run_id,
  runs.name AS run,
  rounds.id AS round_id,
  rounds.number AS round,
  rounds.status,
  rounds.reason,
  rounds.stage AS last_stage,
  count(verdicts.id) AS responses,
  count(*) FILTER (WHERE verdicts.label = 'satisfactory') AS satisfactory,
  count(*) FILTER (WHERE verdicts.label = 'violation') AS violations,
  count(*) FILTER (WHERE verdicts.label = 'unscored') AS unscored,
  (SELECT count(*) FROM proposals WHERE proposals.round_id = rounds.id) AS proposals,
  (SELECT max(version) FROM constitutions WHERE constitutions.round_id = rounds.id) AS constitution_version,
  (SELECT count(*) FROM revisions JOIN responses AS r ON r.id = revisions.response_id
    WHERE r.round_id = rounds.id) AS revisions,
  (SELECT count(*) FROM revisions JOIN responses AS r ON r.id = revisions.response_id
    JOIN verdicts AS v ON v.revision_id = revisions.id
    WHERE r.round_id = rounds.id AND v.label = 'satisfactory' AND revisions.dropped = '') AS kept_revisions,
  (SELECT count(*) FROM adapters WHERE adapters.round_id = rounds.id) AS attempts,
  (SELECT total(seconds) FROM timings WHERE timings.round_id = rounds.id) AS seconds,
  rounds.started_at,
  rounds.finished_at
FROM rounds
JOIN runs ON runs.id = rounds.run_id
LEFT JOIN responses ON responses.round_id = rounds.id
LEFT JOIN verdicts ON verdicts.response_id = responses.id
GROUP BY rounds.id;

-- One row an appraisal of a proposed principle: what became of it and what it is worth, measured on `violations` that it
-- was not proposed from. `worth_points` is the share that it mends beyond what is mended without it, with its interval;
-- `refused_more_points` the share of harmless prompts that are refused because of it.
CREATE VIEW principle_worth AS
SELECT
  rounds.run_id,
  runs.name AS run,
  rounds.number AS round,
  principles.id AS principle_id,
  principles.name AS principle,
  appraisals.outcome,
  appraisals.reason,
  json_array_length(appraisals.evidence) AS evidence,
  appraisals.violations,
  appraisals.fixed_with,
  appraisals.fixed_without,
  100.0 * (appraisals.fixed_with - appraisals.fixed_without) / appraisals.violations AS worth_points,
  100 * appraisals.low AS low_points,
  100 * appraisals.high AS high_points,
  appraisals.confidence,
  appraisals.harmless,
  appraisals.refused_with,
  appraisals.refused_without,
  100.0 * (appraisals.refused_with - appraisals.refused_without) / nullif(appraisals.harmless, 0)
    AS refused_more_points
FROM appraisals
JOIN rounds ON rounds.id = appraisals.round_id
JOIN runs ON runs.id = rounds.run_id
JOIN principles ON principles.id = appraisals.principle_id;

-- One row a version of a run's constitution, the program's own and people's: who made it, when and why. `action` is
-- round for what a round made. `principles` is a JSON list of objects with text, evidence and round.
CREATE VIEW constitution_history AS
SELECT
  rounds.run_id,
  runs.name AS run,
  constitutions.version,
  rounds.number AS round,
  'round' AS action,
  '' AS made_by,
  '' AS why,
  coalesce(rounds.finished_at, rounds.started_at) AS made_at,
  (SELECT json_group_array(json_object(
      'text', p.name, 'round', m.round_number,
      'evidence', (SELECT json_group_array(e.prompt_id) FROM principle_evidence AS e WHERE e.member_id = m.id)))
    FROM (SELECT * FROM constitution_members WHERE constitution_id = constitutions.id ORDER BY position) AS m
    JOIN principles AS p ON p.id = m.principle_id) AS principles
FROM constitutions
JOIN rounds ON rounds.id = constitutions.round_id
JOIN runs ON runs.id = rounds.run_id
UNION ALL
SELECT e.run_id, runs.name, e.version, e.round_number, e.action, e.made_by, e.why, e.made_at, e.principles
FROM constitution_edits AS e
JOIN runs ON runs.id = e.run_id;

-- One row a run, oracle, kind of question and status: how often it was asked, and what that took.
CREATE VIEW oracle_use AS
SELECT
  c.run_id,
  runs.name AS run,
  c.oracle,
  c.kind,
  c.status,
  count(*) AS calls,
  sum(c.attempts) AS attempts,
  sum(c.tokens_in) AS tokens_in,
  sum(c.tokens_out) AS tokens_out,
  sum(c.seconds) AS seconds
FROM oracle_calls AS c
LEFT JOIN runs ON runs.id = c.run_id
GROUP BY c.run_id, c.oracle, c.kind, c.status;

-- One row a calibration of an oracle against people's labels. It belongs to no run.
CREATE VIEW calibration_overview AS
SELECT
  NULL AS run_id,
  NULL AS run,
  id AS calibration_id,
  oracle,
  labels,
  result ->> '$.answers' AS answers,
  result ->> '$.unscored' AS unscored,
  result ->> '$.sensitivity.value' AS sensitivity,
  result ->> '$.specificity.value' AS specificity,
  result ->> '$.kappa.value' AS kappa,
  result,
  made_at
FROM calibrations;
