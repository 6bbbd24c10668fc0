-- A round may try several strengths of one training, and takes the strongest that the gate lets through. Those that it
-- let through before are `passed over`: good enough, and not what the run went on with.
DROP VIEW evaluation_overview;

-- One row a measuring. `state` says what its model was: base, accepted, passed over (the gate let it through, and a
-- stronger candidate of its round as well), rejected, inconclusive, undecided (measured, but the gate has not spoken),
-- result, or other.
CREATE VIEW evaluation_overview AS
SELECT
  evaluations.id AS evaluation_id,
  runs.id AS run_id,
  runs.name AS run,
  evaluations.split,
  evaluations.subject,
  CASE
    WHEN evaluations.subject IN ('base', 'result') THEN evaluations.subject
    WHEN decisions.outcome = 'accept' AND EXISTS (
      SELECT 1 FROM adapters AS stronger JOIN decisions AS later ON later.adapter_id = stronger.id
      WHERE stronger.round_id = adapters.round_id AND stronger.attempt > adapters.attempt AND later.outcome = 'accept'
    ) THEN 'passed over'
    WHEN decisions.outcome = 'accept' THEN 'accepted'
    WHEN decisions.outcome = 'reject' THEN 'rejected'
    WHEN decisions.outcome = 'inconclusive' THEN 'inconclusive'
    WHEN evaluations.attempt IS NOT NULL THEN 'undecided'
    ELSE 'other'
  END AS state,
  rounds.number AS round,
  evaluations.attempt,
  evaluations.seconds,
  evaluations.measured_at,
  evaluations.fingerprint
FROM evaluations
LEFT JOIN runs ON runs.id = evaluations.run_id
LEFT JOIN rounds ON rounds.id = evaluations.round_id
LEFT JOIN adapters ON adapters.round_id = evaluations.round_id AND adapters.attempt = evaluations.attempt
LEFT JOIN decisions ON decisions.adapter_id = adapters.id;
