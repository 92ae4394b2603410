"""What the code below the page says in English is known again, and said in the visitor's language."""

import re

import pytest

from bridge.web.collecting import sentences as collected
from bridge.web.collecting import sentences_in
from bridge.web.languages import NAMES, language
from bridge.web.sentences import FIELDS, LONGEST, SPOKEN, sentences

PLACE = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def texts():
    return list(collected())


def example(text):
    """Fill a text in: with attributes, with a sentence, or with names as people and machines have them."""

    def value(place):
        name = place[1]
        if name in FIELDS:
            return "emails, note"
        return "It was being changed during the run." if name in SPOKEN else f"Ada-{name}/7"

    return PLACE.sub(value, text)


@pytest.mark.parametrize("code", NAMES)
def test_every_sentence_is_known_again(code, texts):
    """Each is found by its own pattern, not by another one that fits, too."""
    said = sentences(language(code))
    wrong = [(text, found) for text in texts if alike(found := said.pattern_of(example(text))) != alike(text)]
    assert wrong == []


def alike(text):
    return text[:1].lower() + text[1:].removesuffix(".")


@pytest.mark.parametrize("code", [code for code in NAMES if code != "en"])
def test_every_sentence_keeps_its_values(code, texts):
    said = sentences(language(code))
    for text in texts:
        values = {place for place in PLACE.findall(text) if place not in FIELDS | SPOKEN}
        assert [name for name in values if f"Ada-{name}/7" not in said(example(text))] == [], text


@pytest.fixture
def german():
    return sentences(language("de"))


@pytest.mark.parametrize(
    ("english", "wanted"),
    {
        "there is no user bob": "es gibt keinen Benutzer bob",
        "There is no user bob.": "Es gibt keinen Benutzer bob.",
        "Ada: update": "Ada: aktualisieren",
        "Ada: Byron: send emails and note, set the category": (
            "Ada: Byron: E-Mail-Adressen, Notiz senden, die Kategorie setzen"
        ),
        "contact 7: update (conflict in note, photo)": "Kontakt 7: aktualisieren (Konflikt bei Notiz, Foto)",
        "J. R. Hartley: left as it is: it was changed in the book since.": (
            "J. R. Hartley: bleibt, wie es ist: Er wurde seitdem im Adressbuch geändert."
        ),
        "There is no server named a.b. Try again in a while.": (
            "Es gibt keinen Server namens a.b. Versuchen Sie es nach einer Weile noch einmal."
        ),
        "Exchange refuses this account: Denied. Ask.": "Exchange weist dieses Konto ab: Denied. Ask.",
        "The mirror of bob has failed since 2026-11-21T09:00:00.000Z.": (
            f"Die Spiegelung von bob schlägt seit {language('de').time('2026-11-21T09:00:00.000Z')} fehl."
        ),
    }.items(),
)
def test_what_is_put_together_is_said_in_its_parts(german, english, wanted):
    assert german(english) == wanted


@pytest.mark.parametrize("text", ["", "Ada Lovelace", "Access is denied. Ask.", "a: b: c, d", "<b>: x"])
def test_what_is_not_known_stays_as_it_is(german, text):
    assert german(text) == text


def test_a_text_without_end_costs_nothing(german):
    text = "Ada: update. There: " * LONGEST
    assert german(text) == text


def test_english_stays_english_but_for_values(german):
    english = sentences(language("en"))
    assert english("Ada: send emails and given_name") == "Ada: send E-mail addresses, First name"
    assert english("there is no user bob") == "there is no user bob"


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('raise Refused(f"there is no user {name!r}")', ["there is no user %(name)s"]),
        ('raise CannotConnect("Not there.", cure="Go on.")', ["Not there.", "Go on."]),
        ("raise Refused(f\"{len(left)} {'is' if one else 'are'} left\")", ["%(left)s is left", "%(left)s are left"]),
        ('raise Refused(error.reason or f"{a.name} and {b.name}")', ["%(name)s and %(name2)s"]),
        ('Step("sign in", False, f"{error} {cure}")', ["sign in"]),
        ('reason = N_("stop again")', ["stop again"]),
        ('def f():\n    why = f"{a} is gone"\n    other = "no word"\n    raise NotFound(why)', ["%(a)s is gone"]),
        ('return Unavailable("the database is away")', ["the database is away"]),
        ('raise TypeError("no word for readers")', []),
        ('LOG.info("no word for readers")', []),
    ],
)
def test_what_the_code_raises_or_marks_is_collected(code, texts):
    assert list(sentences_in(code)) == texts
