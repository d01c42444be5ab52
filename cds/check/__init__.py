"""Checks everything that is written: the files, the lock, the cases, and what they prove."""

from cds.check.report import CheckReport, check

__all__ = ["CheckReport", "check"]
