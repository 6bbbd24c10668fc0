"""Judges that go by the form of an answer, whether it refuses what was asked: alone, or before an oracle is asked."""
