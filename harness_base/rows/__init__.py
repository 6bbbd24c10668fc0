"""Reading a file of rows into (name, value) pairs, whatever its form: red-team prompts and benchmark data alike.

It stands beside the packages for the same reason as `harness_base.errors`: two of them read such files, and neither may
import the other. A row's name is what a message calls it ("line 3", "row 2", "entry 5 of Topic/Subtopic"); a value is
a text, an object with columns, a list that the caller knows (a conversation, for instance), or null.
"""

from __future__ import annotations

from harness_base.rows.content import form_of
from harness_base.rows.reading import read_rows
from harness_base.rows.source import NamedRow, Reading

__all__ = ["NamedRow", "Reading", "form_of", "read_rows"]
