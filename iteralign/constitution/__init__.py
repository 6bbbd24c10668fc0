"""The constitution: how violations become principles, and what each of them is worth."""

from iteralign.constitution.discovery import Discovery, DiscoverySettings, Found

__all__ = ["Discovery", "DiscoverySettings", "Found"]
