"""Random views of few values, so that both sides often say the same, nearly the same, or the opposite."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from storage_plugin.model.contact import Contact, Email, ImportantDate, Messenger, Phone, PostalAddress, Url
from tests.effort import examples

law = settings(
    max_examples=examples(40),
    deadline=None,
    derandomize="EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
"""Hypothesis without a clock, since the machine may be busy; the same examples each time, but for EXAMPLES=400."""

KINDS = st.sampled_from(["work", "home"])
EMAILS = st.builds(Email, st.sampled_from(["a@x", "b@x", "c@x", "A@x"]), KINDS)
PHONES = st.builds(Phone, st.sampled_from(["1", "2", "3", "+1", "x"]), KINDS)
STREETS = st.builds(PostalAddress, street=st.sampled_from(["Weg 1", "Weg 2"]), city=st.just("Ulm"), kind=KINDS)


def few(strategy, most=3):
    return st.lists(strategy, max_size=most, unique=True).map(tuple)


NAMES = st.sampled_from(["", "Anna", "Anne", "Muster", "Meier"])

VIEWS = st.builds(
    Contact,
    formatted_name=st.sampled_from(["", "Anna Muster", "Anne Meier", "Muster, Anna", "Chef"]),
    given_name=NAMES,
    family_name=NAMES,
    job_title=st.sampled_from(["", "Buyer", "Boss"]),
    is_company=st.booleans(),
    emails=few(EMAILS),
    phones=few(PHONES),
    addresses=few(STREETS, 2),
    urls=few(st.builds(Url, st.sampled_from(["https://x", "https://x/", "https://y"]), KINDS), 2),
    dates=few(st.builds(ImportantDate, st.sampled_from(["2001-01-01", "2002-02-02"]), st.sampled_from(["", "x"])), 2),
    messengers=few(st.builds(Messenger, st.sampled_from(["a", "b"]), st.sampled_from(["xmpp", "skype"])), 2),
    categories=few(st.sampled_from(["Kunde", "kunde", "VIP", "Presse"])),
)


USED = [
    "formatted_name", "given_name", "family_name", "job_title", "is_company",
    "emails", "phones", "addresses", "urls", "dates", "messengers", "categories",
]  # fmt: skip
"""The fields that VIEWS fills."""


@st.composite
def edits(draw, view):
    """The view after an edit of a few fields, or none."""
    other = draw(VIEWS)
    names = draw(st.lists(st.sampled_from(USED), max_size=6, unique=True))
    return Contact(**{name: getattr(other if name in names else view, name) for name in Contact.__slots__})


@st.composite
def triples(draw):
    """A base, and what became of it on two sides."""
    base = draw(VIEWS)
    return base, draw(edits(base)), draw(edits(base))
