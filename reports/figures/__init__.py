"""The report's figures as PNG, drawn with matplotlib's Agg and without its global state.

Each module draws one figure in a given theme. A new one is a module with its `FIGURE`, a line in `FIGURES`, and the
place in a template where it is shown.
"""

from typing import Final

from reports.figures import frontier, headline, time, trajectory
from reports.figures.kinds import FigureKind

FIGURES: Final[tuple[FigureKind, ...]] = (frontier.FIGURE, headline.FIGURE, trajectory.FIGURE, time.FIGURE)
"""Every figure of a run's report. The panels of single metrics stand beside them: there is one for each metric."""

__all__ = ["FIGURES", "FigureKind"]
