"""What a verdict looks like to machines and reviewers: JSON, JUnit, Markdown; projections of a decision."""
