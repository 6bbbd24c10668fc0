"""Paired statistics as pure functions of numbers; docs/statistics.md explains them with an example."""
