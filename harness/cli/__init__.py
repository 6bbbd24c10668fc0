"""The command line: one file per command, each loaded when it is asked for.

A command imports what it needs at the top; what loads torch or lm-eval it imports where it has said that it does.
"""
