-- What a score is of: its unit, the evidence it rests on, and how many items lost their beginning. And what was taken
-- away from the training side because the gate measures on it.

ALTER TABLE scores ADD COLUMN unit TEXT NOT NULL DEFAULT 'share' CHECK (unit IN ('share', 'nats', ''));
ALTER TABLE scores ADD COLUMN family TEXT NOT NULL DEFAULT '';
ALTER TABLE scores ADD COLUMN truncated_items INTEGER NOT NULL DEFAULT 0;
ALTER TABLE comparisons ADD COLUMN unit TEXT NOT NULL DEFAULT 'share' CHECK (unit IN ('share', 'nats', ''));

-- `kind` is what would have been trained on. Before the first round nothing belongs to a round yet.
CREATE TABLE overlaps (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('red-team prompt', 'harmless prompt', 'revision', 'replay')),
  text TEXT NOT NULL,
  task TEXT NOT NULL,
  item TEXT NOT NULL,
  item_text TEXT NOT NULL,
  how TEXT NOT NULL CHECK (how IN ('equal', 'near', 'contains')),
  similarity REAL NOT NULL,
  UNIQUE (run_id, kind, text)
) STRICT;

DROP VIEW round_gains;
DROP VIEW run_scores;
DROP VIEW gate_decisions;

-- One row a score, with the base's value of the same split beside it. `unit` is share, nats, or empty where lm-eval does
-- not say; scores of one `family` rest on the same rows. `fingerprint` is what it was measured with.
CREATE VIEW run_scores AS
SELECT
  e.run_id,
  e.run,
  e.evaluation_id,
  e.split,
  e.subject,
  e.state,
  e.round,
  e.attempt,
  scores.task,
  scores.metric,
  scores.name AS score,
  scores.higher_is_better,
  scores.unit,
  scores.family,
  scores.value,
  scores.status,
  scores.reason,
  scores.items,
  scores.invalid_items,
  scores.truncated_items,
  base_scores.value AS base_value,
  100 * (scores.value - base_scores.value) AS change_points,
  100 * (scores.value - base_scores.value)
    * CASE scores.higher_is_better WHEN 1 THEN 1 ELSE -1 END AS gain_points,
  e.fingerprint
FROM scores
JOIN evaluation_overview AS e ON e.evaluation_id = scores.evaluation_id
LEFT JOIN evaluations AS base ON base.run_id = e.run_id AND base.subject = 'base' AND base.split = e.split
LEFT JOIN scores AS base_scores
  ON base_scores.evaluation_id = base.id AND base_scores.task = scores.task AND base_scores.metric = scores.metric;

-- One row a candidate and metric: its value beside the base's and beside that of the model accepted before it.
CREATE VIEW round_gains AS
WITH candidates AS (
  SELECT
    e.*,
    coalesce(
      (SELECT before.evaluation_id FROM evaluation_overview AS before
        WHERE before.run_id = e.run_id AND before.split = e.split AND before.state = 'accepted'
          AND before.round < e.round
        ORDER BY before.round DESC LIMIT 1),
      (SELECT evaluations.id FROM evaluations
        WHERE evaluations.run_id = e.run_id AND evaluations.split = e.split AND evaluations.subject = 'base')
    ) AS before_id
  FROM evaluation_overview AS e
  WHERE e.round IS NOT NULL
)
SELECT
  s.run_id,
  s.run,
  s.split,
  s.round,
  s.attempt,
  s.subject,
  s.state,
  s.task,
  s.metric,
  s.score,
  s.higher_is_better,
  s.unit,
  s.base_value,
  before.value AS accepted_value,
  s.value,
  s.status,
  s.reason,
  s.gain_points AS gain_over_base_points,
  100 * (s.value - before.value) * CASE s.higher_is_better WHEN 1 THEN 1 ELSE -1 END AS gain_over_accepted_points
FROM candidates
JOIN run_scores AS s ON s.evaluation_id = candidates.evaluation_id
LEFT JOIN scores AS before
  ON before.evaluation_id = candidates.before_id AND before.task = s.task AND before.metric = s.metric;

-- One row a comparison of a decision (one with empty comparison columns where the gate compared nothing).
CREATE VIEW gate_decisions AS
SELECT
  rounds.run_id,
  runs.name AS run,
  rounds.number AS round,
  adapters.attempt,
  adapters.name AS adapter,
  adapters.path AS adapter_path,
  adapters.content_hash,
  adapters.steps,
  adapters.loss_first,
  adapters.loss_last,
  adapters.largest_logit_change,
  adapters.settings,
  decisions.outcome,
  decisions.reasons,
  comparisons.metric,
  comparisons.role,
  comparisons.unit,
  comparisons.reference,
  comparisons.result,
  comparisons.reason,
  comparisons.candidate_value,
  comparisons.reference_value,
  100 * comparisons.effect AS effect_points,
  100 * comparisons.low AS low_points,
  100 * comparisons.high AS high_points,
  100 * comparisons.margin AS margin_points,
  comparisons.items,
  comparisons.better,
  comparisons.worse
FROM decisions
JOIN adapters ON adapters.id = decisions.adapter_id
JOIN rounds ON rounds.id = adapters.round_id
JOIN runs ON runs.id = rounds.run_id
LEFT JOIN comparisons ON comparisons.decision_id = decisions.id;

-- One row a text that was kept from training because an item of the run's tasks equals it, nearly equals it, or stands in
-- it.
CREATE VIEW contamination AS
SELECT
  overlaps.run_id,
  runs.name AS run,
  overlaps.kind,
  overlaps.how,
  overlaps.similarity,
  overlaps.task,
  overlaps.item,
  overlaps.item_text,
  overlaps.text
FROM overlaps
JOIN runs ON runs.id = overlaps.run_id;
