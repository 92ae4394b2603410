"""Cards and contacts for the laws: random ones, and the kinds of lines that real clients write."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from storage_plugin.model.contact import (
    FIELDS,
    PHONE_KINDS,
    PLACE_KINDS,
    Contact,
    Email,
    ImportantDate,
    Messenger,
    Phone,
    PostalAddress,
    Url,
)
from storage_plugin.vcard.charsets import without_unsafe
from storage_plugin.vcard.mapping import normalised
from tests.effort import examples

law = settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Hypothesis without a clock: the machine that runs these tests may be busy."""

SIGNS = "abzAZ019 .,;:\\\"'^=<>&|/-_+()%\n\r\täßéİſ\u0301山\u200d\u202e\x85\u2028\xa0\x0b\x1f\x00👩"
WORDS = st.sampled_from(["Anna", "Müller", "ACME", "a;b", "x,y", "C:\\new", "l1\nl2", "山田", "👩‍👩‍👧", "é", "K.-H."])
TEXTS = WORDS | st.text(SIGNS, max_size=8) | WORDS.map(lambda word: f"{word} " * 20)
NAMES = st.sampled_from(
    ["FN", "N", "ORG", "TEL", "EMAIL", "ADR", "NOTE", "TITLE", "NICKNAME", "CATEGORIES", "BDAY", "URL", "IMPP",
     "ROLE", "X-ABDATE", "X-ABRELATEDNAMES", "RELATED", "X-SKYPE", "X-SOCIALPROFILE", "X-ABLabel", "X-ABADR",
     "KIND", "PHOTO", "ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-SPOUSE", "X-ABShowAs", "X-MAIDENNAME",
     "X-CUSTOM", "x_foo", "LABEL", "GEO", "GENDER", "KEY", "REV", "tel", "LANG", "MEMBER",
     "X-ADDRESSBOOKSERVER-MEMBER", "SORT-STRING"]
)  # fmt: skip
PARAMS = st.sampled_from(
    ["", ";TYPE=WORK", ";TYPE=work,fax", ";TYPE=home;TYPE=pref", ';TYPE="HOME,VOICE"', ";HOME;VOICE",
     ";PREF=1", ";X-P=\"a;b:c\"", ";VALUE=uri", ";VALUE=text", ";X-APPLE-OMIT-YEAR=1604",
     ";TYPE=spouse;VALUE=text", ";TYPE=child;VALUE=text", ";ENCODING=QUOTED-PRINTABLE", ";CHARSET=UTF-8",
     ";ENCODING=b", ";LANGUAGE=de", ";X-SERVICE-TYPE=Skype", ";TYPE=X-FOO", ";x-user=anna", ";TYPE=twitter",
     ";CC=DE", ";LABEL=\"Weg 1\"", ";TYPE=CELL,text", ";ALTID=1", ";type=HOME;type=VOICE;type=pref"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["Anna", "Muster;Anna;Eva,Maria;Dr.,Prof.;", "ACME;;", "ABC\\, Inc.;North;Marketing", "Smith, Jones;Tax",
     "+49 89 1,,123", "tel:+1-555;ext=5", "a@example.com", ";;Weg 1,2. OG;Köln;;50667;Deutschland",
     "l1\\nl2\\Nl3\\, c\\; s\\\\ b", "http\\://x", "1996-04-15", "19960415", "--0509", "1604-05-09",
     "1996-04-15T00:00:00Z", "circa 1800", "A,B\\,C", "_$!<Mobile>!$_", "_$!<Anniversary>!$_",
     "_$!<Spouse>!$_", "_$!<Home>!$_", "_$!<HomePage>!$_", "_$!<Foo>!$_", "Durchwahl", "de", "", ";;;;;;",
     ";;;;", "group", "org", "COMPANY", "skype:anna", "xmpp:a@b", "x-apple:foo", "urn:uuid:1", "=C3=A4=3B x",
     "data:image/png;base64,AAAA", "/9j/4AAQ", "https://x/y.jpg", "  ", "Bob, Eve"]
)  # fmt: skip
GROUPS = st.sampled_from(["", "", "", "item1.", "ITEM1.", "item2.", "custom-1."])


@st.composite
def lines(draw: st.DrawFn, end: str = "\r\n") -> str:
    """One logical line, folded here and there."""
    value = draw(VALUES | TEXTS.map(lambda text: without_unsafe(text.replace("\r", "").replace("\n", "\\n"))))
    line = draw(GROUPS) + draw(NAMES) + draw(PARAMS) + ":" + value
    if draw(st.booleans()) and len(line) > 20:
        cut = draw(st.integers(8, len(line) - 1))
        line = line[:cut] + end + draw(st.sampled_from([" ", "\t"])) + line[cut:]
    return line + end


@st.composite
def cards(draw: st.DrawFn, versions: tuple[str, ...] = ("2.1", "3.0", "4.0")) -> str:
    """A card of random lines, of whichever version."""
    end = draw(st.sampled_from(["\r\n", "\n"]))
    body = draw(st.lists(lines(end), max_size=12))
    version = draw(st.sampled_from(versions))
    frame = f"BEGIN:VCARD{end}VERSION:{version}{end}UID:u-1{end}FN:Anna Muster{end}"
    return frame + "".join(body) + f"END:VCARD{end}"


KINDS = st.sampled_from([*PLACE_KINDS, "", "", "X-Foo", "school"]) | TEXTS
PHONES = st.sampled_from([*PHONE_KINDS, "", "x-foo", "cell", "fax"]) | TEXTS
LABELS = st.sampled_from(["", "", "", "Durchwahl", "Mobile", "_$!<Mobile>!$_"]) | TEXTS
DATES = st.dates().map(str) | st.dates().map(lambda day: f"--{day.month:02d}-{day.day:02d}") | st.just("")
PHOTOS = st.sampled_from(["", "", "https://example.com/a;b,c.jpg"])
SERVICES = st.sampled_from(["", "skype", "Foo"]) | TEXTS
FLAGS = st.booleans()


def few(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """A tuple of up to four."""
    return st.lists(strategy, max_size=4).map(tuple)


ADDRESSES = st.builds(
    PostalAddress, *[TEXTS | st.just("")] * 7, st.sampled_from(["", "DE", "us"]), KINDS, LABELS, FLAGS
)
TEXT_FIELDS = [
    name for name in FIELDS if name not in ("birthday", "anniversary", "photo", "is_company")
]  # fmt: skip
VALUES_OF = {
    **dict.fromkeys(TEXT_FIELDS, TEXTS),
    "birthday": DATES,
    "anniversary": DATES,
    "photo": PHOTOS,
    "is_company": FLAGS,
    "emails": few(st.builds(Email, TEXTS, KINDS, LABELS, FLAGS)),
    "phones": few(st.builds(Phone, TEXTS, PHONES, LABELS, FLAGS)),
    "addresses": few(ADDRESSES),
    "urls": few(st.builds(Url, TEXTS, KINDS, LABELS)),
    "dates": few(st.builds(ImportantDate, DATES, LABELS)),
    "messengers": few(st.builds(Messenger, TEXTS | st.just("skype:a"), SERVICES, KINDS)),
    "categories": few(TEXTS),
}


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    """A contact of some fields."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES_OF)), unique=True, max_size=8))
    return Contact(**{name: draw(VALUES_OF[name]) for name in names})


CONTACTS = contacts()
NORMAL_CONTACTS = CONTACTS.map(normalised)
