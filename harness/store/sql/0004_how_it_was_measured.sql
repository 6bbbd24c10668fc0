-- How log-likelihoods were computed, and what need not be measured again: a score is known by all that it depends on.

ALTER TABLE evaluations ADD COLUMN scorer TEXT NOT NULL DEFAULT 'undecided'
  CHECK (scorer IN ('undecided', 'shared-prefix', 'stock'));
ALTER TABLE evaluations ADD COLUMN scorer_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE evaluations ADD COLUMN scorer_difference REAL;
-- Empty where a score must always be measured anew.
ALTER TABLE scores ADD COLUMN content_key TEXT NOT NULL DEFAULT '';
ALTER TABLE scores ADD COLUMN reused INTEGER NOT NULL DEFAULT 0 CHECK (reused IN (0, 1));
CREATE INDEX scores_by_content ON scores (content_key, evaluation_id) WHERE content_key <> '';

DROP VIEW round_gains;
DROP VIEW run_scores;

-- One row a score, with the base's value of the same split beside it. `unit` is share, nats, or empty where lm-eval does
-- not say; scores of one `family` rest on the same rows. `fingerprint` is what it was measured with. `scorer` is how the
-- evaluation's log-likelihoods were computed, and `scorer_difference` the largest difference, in nats, from lm-eval's own
-- on the requests that both scored beforehand. `reused` is 1 where the same content had been measured before.
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
  e.fingerprint,
  measuring.scorer,
  measuring.scorer_reason,
  measuring.scorer_difference,
  scores.reused
FROM scores
JOIN evaluation_overview AS e ON e.evaluation_id = scores.evaluation_id
JOIN evaluations AS measuring ON measuring.id = scores.evaluation_id
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
