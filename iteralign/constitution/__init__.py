"""The constitution: how violations become principles, and what each of them is worth.

Nothing is imported here: the settings are read by every command, and what discovers principles takes scipy with it.
"""
