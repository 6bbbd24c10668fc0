"""The constitution: how violations become principles, and what each of them is worth."""

from iteralign.constitution.discovery import Discovered, Discovery
from iteralign.constitution.settings import ConstitutionSettings

__all__ = ["ConstitutionSettings", "Discovered", "Discovery"]
