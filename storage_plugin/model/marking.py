"""The mark of sentences that the page translates and this code only writes, in English."""

from __future__ import annotations


def N_(sentence: str) -> str:  # the name that gettext's tools know
    """Mark a sentence for the catalogues (``bridge/web/collecting.py``); what is raised needs no mark."""
    return sentence
