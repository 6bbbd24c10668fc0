-- What a verdict rests on: clusters, method, p-values and power of each comparison; checks outside of the loop; and the
-- baselines that releases are held against.

ALTER TABLE decisions ADD COLUMN looks INTEGER NOT NULL DEFAULT 1;
ALTER TABLE comparisons ADD COLUMN clusters INTEGER NOT NULL DEFAULT 0;
ALTER TABLE comparisons ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE comparisons ADD COLUMN confidence REAL;
ALTER TABLE comparisons ADD COLUMN p_better REAL;
ALTER TABLE comparisons ADD COLUMN p_worse REAL;
ALTER TABLE comparisons ADD COLUMN p_kept REAL;
ALTER TABLE comparisons ADD COLUMN detectable REAL;
ALTER TABLE comparisons ADD COLUMN items_needed INTEGER;
ALTER TABLE comparisons ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- `kind` is final for a run's result on items that no round has seen, release for `harness check`. `evidence` is the whole
-- decision as JSON, as harness/ci/evidence.schema.json describes it.
CREATE TABLE checks (
  id INTEGER PRIMARY KEY,
  run_id INTEGER UNIQUE REFERENCES runs (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('final', 'release')),
  name TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('accept', 'reject', 'inconclusive')),
  evidence TEXT NOT NULL CHECK (json_valid(evidence)),
  decided_at TEXT NOT NULL
) STRICT;

-- Each has an evaluation of its own, which nothing replaces. `content_hash` is that of the exported file.
CREATE TABLE baselines (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  evaluation_id INTEGER NOT NULL UNIQUE REFERENCES evaluations (id),
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  blessed_by TEXT NOT NULL,
  blessed_at TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  retired_by TEXT,
  retired_at TEXT,
  retired_reason TEXT
) STRICT;

DROP VIEW gate_decisions;

-- One row a comparison of a decision (one with empty comparison columns where the gate compared nothing). `looks` is among
-- how many looks at the same items the risk of an error is divided; the interval is at `confidence`. The p-values are
-- one-sided: for a gain, a loss, and a loss smaller than the margin. `detectable_points` is the smallest true effect that
-- the items would have shown four times out of five.
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

-- One row a check: a run's result on its final items, or a release against a baseline (then without a run).
CREATE VIEW check_decisions AS
SELECT
  checks.run_id,
  runs.name AS run,
  checks.kind,
  checks.name,
  checks.outcome,
  checks.evidence ->> '$.reasons' AS reasons,
  checks.evidence,
  checks.decided_at
FROM checks
LEFT JOIN runs ON runs.id = checks.run_id;

-- One row a baseline, retired ones too. It belongs to no run: `run` is where its evaluation came from.
CREATE VIEW baseline_overview AS
SELECT
  NULL AS run_id,
  baselines.source AS run,
  baselines.name,
  baselines.reason,
  baselines.blessed_by,
  baselines.blessed_at,
  baselines.content_hash,
  baselines.retired_by,
  baselines.retired_at,
  baselines.retired_reason,
  baselines.evaluation_id,
  evaluations.measured_at,
  evaluations.fingerprint
FROM baselines
JOIN evaluations ON evaluations.id = baselines.evaluation_id;
