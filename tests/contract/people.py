"""Contacts as people have them: what any service takes, in the kinds and counts that Outlook has fields for."""

from __future__ import annotations

from hypothesis import strategies as st

from storage_plugin.model.contact import Contact, Email, Phone, PostalAddress, Url

ANNA = Contact(
    formatted_name="Anna Müller",
    given_name="Anna",
    family_name="Müller",
    company="ACME, Inc.; Köln",
    job_title="Head of Sales",
    note="First line\nsecond, with; signs",
    emails=(Email("anna@example.com", "work"), Email("a.mueller@example.org", "home")),
    phones=(Phone("+49 221 1234-0", "work"), Phone("+49 171 5550100", "mobile")),
    categories=("Friends", "Berlin"),
)
BERT = Contact(
    formatted_name="Bert Weber", given_name="Bert", family_name="Weber", emails=(Email("bert@example.com"),)
)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + bytes(range(64)) + bytes.fromhex("ffd9")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)

WORDS = st.sampled_from(
    ["Anna", "Müller", "ACME, Inc.", "a;b", "C:\\new", "山田", "O'Neil", "K.-H.", "1 & 2 <3>", 'Ärzte "Nord"']
)
TEXTS = st.just("") | WORDS | st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
MAILS = st.sampled_from(
    ["anna@example.com", "a.b+c@example.org", "x@y.example", "mail@sub.example.net", "q@z.example"]
)
NUMBERS = st.sampled_from(["+49 221 1234-0", "0171 5550100", "+1 (555) 0100", "110", "+44 20 7946 0000"])
PLACES = st.sampled_from(["work", "home", "other"])
PHONE_KINDS = st.sampled_from(["work", "home", "mobile", "work_fax", "pager", "main", "other"])
BIRTHDAYS = st.dates().map(str) | st.just("")
ADDRESSES = st.builds(
    PostalAddress, street=WORDS, city=TEXTS, region=TEXTS, postal_code=st.just("50667"), country=TEXTS, kind=PLACES
)
TAGS = st.sampled_from(["Friends", "Berlin", "Kunde", "VIP"])


def some(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """A tuple of up to five different ones."""
    return st.lists(strategy, max_size=5, unique=True).map(tuple)


PEOPLE = st.builds(
    Contact,
    formatted_name=WORDS,
    given_name=TEXTS,
    middle_name=TEXTS,
    family_name=WORDS,
    nickname=TEXTS,
    company=TEXTS,
    department=TEXTS,
    job_title=TEXTS,
    birthday=BIRTHDAYS,
    note=st.lists(TEXTS.filter(bool), max_size=3).map("\n".join),
    emails=some(st.builds(Email, MAILS, PLACES)),
    phones=some(st.builds(Phone, NUMBERS, PHONE_KINDS)),
    addresses=some(ADDRESSES),
    urls=some(st.builds(Url, st.sampled_from(["https://example.com", "https://a.example/b?c=d"]), PLACES)),
    categories=some(TAGS),
)
