-- Twins as unit tests of a principle: how many fresh ones it was tried on, with how many the model helps under it, and with
-- how many no longer because of it. A principle that was sent back to its proposer has its earlier text in `amended_from`
-- and the twin that failed in `amended_why`, both empty for others.
ALTER TABLE appraisals ADD COLUMN twins INTEGER;
ALTER TABLE appraisals ADD COLUMN twins_helped INTEGER;
ALTER TABLE appraisals ADD COLUMN twins_lost INTEGER;
ALTER TABLE appraisals ADD COLUMN amended_from TEXT NOT NULL DEFAULT '';
ALTER TABLE appraisals ADD COLUMN amended_why TEXT NOT NULL DEFAULT '';

DROP VIEW principle_worth;

-- One row an appraisal of a proposed principle: what became of it and what it is worth, measured on `violations` that it
-- was not proposed from. `worth_points` is the share that it mends beyond what is mended without it, with its interval;
-- `refused_more_points` the share of harmless prompts that are refused because of it. Of `twins` that its context does not
-- show `twins_helped` are helped with under it, and `twins_lost` no longer because of it. `amended_from` is its text before
-- it was sent back to its proposer, and `amended_why` the reason.
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
    AS refused_more_points,
  appraisals.twins,
  appraisals.twins_helped,
  appraisals.twins_lost,
  appraisals.amended_from,
  appraisals.amended_why
FROM appraisals
JOIN rounds ON rounds.id = appraisals.round_id
JOIN runs ON runs.id = rounds.run_id
JOIN principles ON principles.id = appraisals.principle_id;
