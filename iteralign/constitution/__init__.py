"""The constitution: how violations become principles, and what each of them is worth."""

from iteralign.constitution.discovery import Discovery, Found
from iteralign.constitution.settings import ConstitutionSettings

__all__ = ["ConstitutionSettings", "Discovery", "Found"]
