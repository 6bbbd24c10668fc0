-- A gate that stops when it knows asks only a part of the items: such scores are marked, and beside each stands what the
-- other model came to on the same items.

-- How many items the task has where only a part of them was asked; NULL where all were.
ALTER TABLE scores ADD COLUMN task_items INTEGER;

DROP VIEW round_gains;
DROP VIEW run_scores;

-- One row a score, with the base's value of the same split beside it; of partial scores both values and the change are those
-- of the items that both were asked. `unit` is share, nats, or empty
-- where lm-eval does not say; scores of one `family` rest on the same rows. `items` were asked; where those are a part of the
-- task's, `task_items` is how many it has. `fingerprint` is what it was measured with. `scorer` is how the evaluation's
-- log-likelihoods were computed, and `scorer_difference` the largest difference, in nats, from lm-eval's own on the requests
-- that both scored beforehand. `reused` is 1 where the same content had been measured before.
CREATE VIEW run_scores AS
WITH beside_base AS (
  SELECT
    scores.*,
    e.run_id,
    e.run,
    e.split,
    e.subject,
    e.state,
    e.round,
    e.attempt,
    e.fingerprint,
    measuring.scorer,
    measuring.scorer_reason,
    measuring.scorer_difference,
    CASE
      WHEN scores.task_items IS NULL AND base_scores.task_items IS NULL THEN base_scores.value
      ELSE (SELECT avg(theirs.value) FROM samples AS ours
        JOIN samples AS theirs ON theirs.score_id = base_scores.id AND theirs.item_id = ours.item_id
        WHERE ours.score_id = scores.id AND ours.value IS NOT NULL)
    END AS base_value,
    CASE
      WHEN scores.task_items IS NULL AND base_scores.task_items IS NULL THEN scores.value - base_scores.value
      ELSE (SELECT avg(ours.value - theirs.value) FROM samples AS ours
        JOIN samples AS theirs ON theirs.score_id = base_scores.id AND theirs.item_id = ours.item_id
        WHERE ours.score_id = scores.id)
    END AS change
  FROM scores
  JOIN evaluation_overview AS e ON e.evaluation_id = scores.evaluation_id
  JOIN evaluations AS measuring ON measuring.id = scores.evaluation_id
  LEFT JOIN evaluations AS base ON base.run_id = e.run_id AND base.subject = 'base' AND base.split = e.split
  LEFT JOIN scores AS base_scores
    ON base_scores.evaluation_id = base.id AND base_scores.task = scores.task AND base_scores.metric = scores.metric
)
SELECT
  run_id,
  run,
  evaluation_id,
  split,
  subject,
  state,
  round,
  attempt,
  task,
  metric,
  name AS score,
  higher_is_better,
  unit,
  family,
  value,
  status,
  reason,
  items,
  task_items,
  invalid_items,
  truncated_items,
  base_value,
  100 * change AS change_points,
  100 * change * CASE higher_is_better WHEN 1 THEN 1 ELSE -1 END AS gain_points,
  fingerprint,
  scorer,
  scorer_reason,
  scorer_difference,
  reused,
  id AS score_id
FROM beside_base;

-- One row a candidate and metric: its value beside the base's and beside that of the model accepted before it, on the same
-- items.
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
), beside_accepted AS (
  SELECT
    s.*,
    CASE
      WHEN s.task_items IS NULL AND before.task_items IS NULL THEN before.value
      ELSE (SELECT avg(theirs.value) FROM samples AS ours
        JOIN samples AS theirs ON theirs.score_id = before.id AND theirs.item_id = ours.item_id
        WHERE ours.score_id = s.score_id AND ours.value IS NOT NULL)
    END AS accepted_value,
    CASE
      WHEN s.task_items IS NULL AND before.task_items IS NULL THEN s.value - before.value
      ELSE (SELECT avg(ours.value - theirs.value) FROM samples AS ours
        JOIN samples AS theirs ON theirs.score_id = before.id AND theirs.item_id = ours.item_id
        WHERE ours.score_id = s.score_id)
    END AS change
  FROM candidates
  JOIN run_scores AS s ON s.evaluation_id = candidates.evaluation_id
  LEFT JOIN scores AS before
    ON before.evaluation_id = candidates.before_id AND before.task = s.task AND before.metric = s.metric
)
SELECT
  run_id,
  run,
  split,
  round,
  attempt,
  subject,
  state,
  task,
  metric,
  score,
  higher_is_better,
  unit,
  base_value,
  accepted_value,
  value,
  status,
  reason,
  items,
  task_items,
  gain_points AS gain_over_base_points,
  100 * change * CASE higher_is_better WHEN 1 THEN 1 ELSE -1 END AS gain_over_accepted_points
FROM beside_accepted;

-- A decision that was taken after `block` of `blocks`; both 0 where all items were asked at once. `stopped` says why it was
-- taken before the last item: go and harm stood, futility means that a gain had become unlikely, and `unlikely` which.
ALTER TABLE decisions ADD COLUMN block INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN blocks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN stopped TEXT NOT NULL DEFAULT '' CHECK (stopped IN ('', 'go', 'harm', 'futility'));
ALTER TABLE decisions ADD COLUMN unlikely TEXT NOT NULL DEFAULT '';
-- `planned` is how many items the blocks hold of the metric, 0 where all are asked at once; it was decided at its own look
-- number `look`, with the share `spent` of the level. `leans` is the side of the truth on which such an estimate lies on
-- average, empty where nothing of it was stopped.
ALTER TABLE comparisons ADD COLUMN planned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE comparisons ADD COLUMN look INTEGER NOT NULL DEFAULT 0;
ALTER TABLE comparisons ADD COLUMN spent REAL NOT NULL DEFAULT 1;
ALTER TABLE comparisons ADD COLUMN leans TEXT NOT NULL DEFAULT '' CHECK (leans IN ('', 'better', 'worse'));

DROP VIEW gate_decisions;

-- One row a comparison of a decision (one with empty comparison columns where the gate compared nothing). `looks` is among
-- how many looks at the same items the risk of an error is divided; the intervals are at `confidence`. A change is the
-- candidate's value less the reference's, so that its sign is that of the figures, with its interval. The effect is what
-- the statistics count with: the same change signed so that positive is better, with the judge's errors taken out where
-- `method` says so. The p-values are one-sided: for a gain, a loss, and a loss smaller than the margin.
-- `detectable_points` is the smallest true effect that the items would have shown four times out of five.
-- Where the gate asks in blocks, `items` of `planned` were asked when it decided; see the columns of `decisions`.
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
  decisions.looks,
  decisions.block,
  decisions.blocks,
  decisions.stopped,
  decisions.unlikely,
  comparisons.metric,
  comparisons.role,
  comparisons.unit,
  comparisons.higher_is_better,
  comparisons.reference,
  comparisons.result,
  comparisons.reason,
  comparisons.candidate_value,
  comparisons.reference_value,
  100 * comparisons.change AS change_points,
  100 * comparisons.change_low AS change_low_points,
  100 * comparisons.change_high AS change_high_points,
  100 * comparisons.effect AS effect_points,
  100 * comparisons.low AS low_points,
  100 * comparisons.high AS high_points,
  100 * comparisons.margin AS margin_points,
  comparisons.items,
  comparisons.planned,
  comparisons.look,
  comparisons.spent,
  comparisons.leans,
  comparisons.better,
  comparisons.worse,
  comparisons.clusters,
  comparisons.method,
  comparisons.confidence,
  comparisons.p_better,
  comparisons.p_worse,
  comparisons.p_kept,
  100 * comparisons.detectable AS detectable_points,
  comparisons.items_needed,
  comparisons.note
FROM decisions
JOIN adapters ON adapters.id = decisions.adapter_id
JOIN rounds ON rounds.id = adapters.round_id
JOIN runs ON runs.id = rounds.run_id
LEFT JOIN comparisons ON comparisons.decision_id = decisions.id;
