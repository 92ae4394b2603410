"""The interop cases of names, notes, dates and companies, and of what is kept though nobody understands it."""

from dataclasses import replace

import pytest

from storage_plugin.model.contact import Contact
from storage_plugin.model.view import folded
from storage_plugin.vcard.groups import Group, bare_uid
from storage_plugin.vcard.intake import accept
from storage_plugin.vcard.lines import fold, parse
from storage_plugin.vcard.mapping import contact_from_vcard, group_of, new_vcard, vcard_with
from storage_plugin.vcard.search import PropertyValue, search_text, values_of
from storage_plugin.vcard.versions import as_version, carried_over
from tests.unit.vcard.builders import card, values


@pytest.mark.parametrize(("name", "field"), [("NOTE", "note"), ("TITLE", "job_title"), ("FN", "formatted_name")])
def test_VC_12_unescaped_commas_are_kept(name, field):
    text = card(f"{name}:one, two,three; four", fn="" if name == "FN" else "FN:x")
    assert getattr(contact_from_vcard(text), field) == "one, two,three; four"
    assert accept(text.encode()).text == text


def test_VC_14_escapes_of_a_note():
    text = card("NOTE:l1\\nl2\\Nl3\\, c\\; s\\\\ b")
    assert contact_from_vcard(text).note == "l1\nl2\nl3, c; s\\ b"
    assert "NOTE:l1\\nl2\\nl3\\, c\\; s\\\\ b" in values(new_vcard(contact_from_vcard(text), "u"))


def test_VC_16_semicolons_are_escaped_and_no_line_begins_with_a_colon():
    text = new_vcard(Contact(note="x" * 63 + ";:" * 60), "u")
    assert "\\;" in text and "\r\n :" not in text
    assert "\r\n :" not in fold("NOTE:" + "a" * 69 + ":" * 5 + "b" * 100)


def test_VC_17_several_notes_stay_several():
    text = card("NOTE:one", "NOTE:two", "NOTE:three")
    contact = contact_from_vcard(text)
    assert contact.note == "one\n\ntwo\n\nthree"
    assert vcard_with(text, replace(contact, note="one\n\nTWO")) == card("NOTE:one", "NOTE:TWO")
    assert vcard_with(text, replace(contact, note="")) == card()


@pytest.mark.parametrize("form", [":1996-04-15", ":19960415", ":1996-04-15T00:00:00Z", ";VALUE=date:1996-04-15"])
def test_VC_29_one_birthday_of_many_forms(form):
    text = card(f"BDAY{form}")
    assert contact_from_vcard(text).birthday == "1996-04-15"
    assert vcard_with(text, replace(contact_from_vcard(text), note="x")).startswith(
        text.removesuffix("END:VCARD\r\n")
    )


@pytest.mark.parametrize(
    "form", [";X-APPLE-OMIT-YEAR=1604:1604-05-09", ":1604-05-09", ":--0509", ":--05-09", ";VALUE=date:1604-05-09"]
)
def test_VC_30_and_VC_31_and_VC_32_birthdays_without_a_year(form):
    text = card(f"BDAY{form}")
    assert contact_from_vcard(text).birthday == "--05-09"
    assert vcard_with(text, contact_from_vcard(text)) == text


def test_VC_32_each_version_says_a_birthday_without_year_in_its_way():
    modern = card("BDAY:--0509", version="4.0")
    assert "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-09" in values(as_version(modern, "3.0"))
    assert "BDAY:--0509" in values(as_version(card("BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-09"), "4.0"))
    edited = as_version(modern, "3.0").replace("1604-05-09", "1604-05-10")
    assert carried_over(modern, edited) == modern.replace("--0509", "--0510")
    contact = Contact(birthday="--05-09")
    assert "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-09" in new_vcard(contact, "u")


def test_VC_33_a_birthday_that_is_no_date_is_kept():
    text = card("BDAY;VALUE=text:circa 1800, perhaps", version="4.0")
    assert contact_from_vcard(text).birthday == ""
    assert "BDAY;VALUE=text:circa 1800, perhaps" in vcard_with(text, replace(contact_from_vcard(text), note="x"))


def test_VC_35_company_and_department_with_further_levels():
    text = card("ORG:ABC\\, Inc.;North;Marketing")
    contact = contact_from_vcard(text)
    assert (contact.company, contact.department) == ("ABC, Inc.", "North")
    assert vcard_with(text, replace(contact, department="South")) == card("ORG:ABC\\, Inc.;South;Marketing")


def test_VC_36_a_raw_comma_in_the_company():
    contact = contact_from_vcard(card("ORG:Smith, Jones;Tax"))
    assert (contact.company, contact.department) == ("Smith, Jones", "Tax")


def test_VC_37_no_phantom_department():
    contact = contact_from_vcard(card("ORG:ACME;"))
    assert (contact.company, contact.department) == ("ACME", "")


def test_VC_38_companies_of_both_versions():
    apple = card("X-ABShowAs:COMPANY", "N:;;;;", "ORG:ACME;")
    modern = card("KIND:org", "ORG:ACME", version="4.0")
    assert contact_from_vcard(apple).is_company and contact_from_vcard(modern).is_company
    assert "X-ABShowAs:COMPANY" in values(as_version(modern, "3.0")) and "N:;;;;" in values(as_version(modern, "3.0"))
    assert "KIND:org" in values(as_version(apple, "4.0"))
    person = carried_over(modern, as_version(modern, "3.0").replace("X-ABShowAs:COMPANY\r\n", ""))
    assert not contact_from_vcard(person).is_company


def test_VC_39_lists_and_escapes_in_names():
    contact = contact_from_vcard(card("N:O\\;Neil;A\\,B;Philip,Paul;Dr.,Prof.;Jr., M.D."))
    assert (contact.family_name, contact.given_name) == ("O;Neil", "A,B")
    assert (contact.middle_name, contact.prefix, contact.suffix) == ("Philip Paul", "Dr. Prof.", "Jr., M.D.")
    text = card("N:a;b;Philip,Paul;Dr.,Prof.;")
    assert "N:a;c;Philip,Paul;Dr.,Prof.;" in vcard_with(text, replace(contact_from_vcard(text), given_name="c"))


def test_VC_40_a_short_name_is_padded():
    text = card("N:Muster;Max")
    contact = contact_from_vcard(text)
    assert (contact.family_name, contact.given_name, contact.suffix) == ("Muster", "Max", "")
    assert "N:Muster;Max;;;Jr." in vcard_with(text, replace(contact, suffix="Jr."))


def test_VC_41_names_of_seven_parts_keep_them():
    text = card("N:a;b;c;d;e;second;junior", version="4.0")
    assert vcard_with(text, replace(contact_from_vcard(text), given_name="B")) == text.replace("a;b;", "a;B;")


@pytest.mark.parametrize(
    ("lines", "name"),
    [(["N:Muster;Anna;;Dr.;"], "Dr. Anna Muster"), (["ORG:ACME;Sales"], "ACME Sales"), (["NICKNAME:Nina"], "Nina"),
     (["EMAIL:a@b.de"], "a@b.de"), (["N:;;;;", "TEL:+49 1"], "+49 1"), ([], "")],
)  # fmt: skip
def test_VC_42_a_missing_formatted_name_is_made(lines, name):
    accepted = accept(card(*lines, fn="").encode())
    assert accepted.repaired and f"FN:{name}\r\n" in accepted.text
    assert accepted.text.replace(f"FN:{name}\r\n", "") == card(*lines, fn="")


def test_VC_43_a_card_without_n_is_taken_and_shown_to_3_with_one():
    text = card(version="4.0")
    assert accept(text.encode()).text == text
    shown = as_version(text, "3.0")
    assert "N:Anna Muster;;;;" in values(shown)
    assert carried_over(text, shown) == text


def test_VC_44_and_VC_45_the_first_of_two_names_is_shown_and_both_are_kept():
    text = card("N:A;B;;;", "N:C;D;;;", "FN;LANGUAGE=ja:山田")
    contact = contact_from_vcard(text)
    assert (contact.family_name, contact.formatted_name) == ("A", "Anna Muster")
    assert accept(text.encode()).text == text
    assert vcard_with(text, replace(contact, family_name="X")) == text.replace("N:A;", "N:X;")


def test_VC_46_all_nicknames():
    text = card("NICKNAME:A,B")
    assert contact_from_vcard(text).nickname == "A, B"
    assert "NICKNAME:A,C" in vcard_with(text, replace(contact_from_vcard(text), nickname="A, C"))


GROUP = Group("Team", ("1", "2"), ("mailto:a@b.de",))


def test_VC_50_and_VC_51_groups_of_both_versions():
    apple = card("X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1",
                 "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2", "X-ADDRESSBOOKSERVER-MEMBER:mailto:a@b.de",
                 fn="FN:Team")  # fmt: skip
    modern = card("KIND:group", "MEMBER:urn:uuid:1", "MEMBER:urn:uuid:2", "MEMBER:mailto:a@b.de",
                  version="4.0", fn="FN:Team")  # fmt: skip
    for text in (apple, modern):
        assert group_of(text) == GROUP and accept(text.encode()).is_group
        other = as_version(text, "4.0" if text is apple else "3.0")
        assert group_of(other) == GROUP
        assert carried_over(text, other) == text
    assert group_of(card()) is None and not accept(card().encode()).is_group


def test_VC_53_our_folding():
    text = new_vcard(Contact(note="äöü€👩" * 60), "u")
    assert all(len(part.encode()) <= 75 for part in text.split("\r\n"))
    assert contact_from_vcard(text).note == "äöü€👩" * 60


def test_VC_58_and_VC_59_signs_and_scripts_are_kept():
    note = "]]> & < > 👩‍👩‍👧 e\u0301 \u202eabc"
    text = card(f"NOTE:{note}")
    assert accept(text.encode()).text == text and contact_from_vcard(text).note == note
    assert folded("É") in search_text(text)


def test_VC_60_unknown_properties_stay_verbatim():
    lines = ['X-CUSTOM;X-P="a;b:c":va\\,lue;x', "X_FOO:1", "x-lower;p=1:a", "GEO:geo:1,2"]
    text = card(*lines)
    contact = contact_from_vcard(text)
    edited = vcard_with(text, replace(contact, job_title="Boss", note="x", phones=()))
    assert all(f"\r\n{line}\r\n" in edited for line in lines)
    (value,) = values_of(parse(text), "x-custom")
    assert value == PropertyValue("va,lue;x", (("X-P", ("a;b:c",)),))


def test_VC_61_a_name_with_underscore_is_kept():
    assert accept(card("X_FOO:1").encode()).text == card("X_FOO:1")


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_VC_62_unknown_properties_survive_an_edit_elsewhere(version):
    text = card("item7.X-ODD;Q=z:y", "NOTE:old", version=version)
    assert "item7.X-ODD;Q=z:y" in vcard_with(text, replace(contact_from_vcard(text), note="new", company="ACME"))


def test_VC_63_structured_values_are_not_escaped():
    text = card("GENDER:M;x", "CLIENTPIDMAP:1;urn:uuid:3", version="4.0")
    assert accept(text.encode()).text == text
    assert {"GENDER:M;x", "CLIENTPIDMAP:1;urn:uuid:3"} <= set(values(as_version(text, "3.0")))


def test_VC_64_uids_are_compared_without_urn_and_never_rewritten():
    text = card().replace("UID:u-1", "UID:urn:uuid:X")
    accepted = accept(text.encode())
    assert (accepted.uid, accepted.text, bare_uid(accepted.uid)) == ("urn:uuid:X", text, "X")


@pytest.mark.parametrize("uid", ["1234", "a/b c.vcf", "x" * 300])
def test_VC_65_any_uid(uid):
    accepted = accept(card().replace("UID:u-1", f"UID:{uid}").encode())
    assert accepted.uid == uid and not accepted.repaired
    assert accept(new_vcard(Contact(formatted_name="A"), uid).encode()).uid == uid


def test_VC_67_and_VC_68_rev_and_prodid_are_kept():
    text = card("REV:strange", "PRODID:-//Apple Inc.//iOS 17//EN")
    edited = vcard_with(text, replace(contact_from_vcard(text), note="x"))
    assert "REV:strange\r\nPRODID:-//Apple Inc.//iOS 17//EN\r\n" in edited
    assert "PRODID:-//Contact Bridge//EN\r\n" in new_vcard(Contact(), "u")


def test_VC_74_caret_codes_in_parameters():
    text = card("ADR;LABEL=a^nb^'c^^d:;;Weg 1;;;;", version="4.0")
    (line,) = parse(text).named("ADR")
    assert line.param("LABEL") == 'a\nb"c^d'
    moved = vcard_with(text, replace(contact_from_vcard(text), note="x"))
    assert "LABEL=a^nb^'c^^d" in moved


def test_VC_75_parameters_of_language_and_charset_are_tolerated():
    contact = contact_from_vcard(card("N;LANGUAGE=de;CHARSET=UTF-8:Müller;Anna;;;"))
    assert contact.family_name == "Müller"


def test_quoted_printable_is_found_even_if_its_head_is_folded():
    assert "müller" in search_text(card("NOTE;ENCO\r\n DING=QUOTED-PRINTABLE:M=C3=BCller", version="2.1"))


def test_values_are_found_by_group_too():
    lines = parse(card("item1.EMAIL:a@b.de", "EMAIL;TYPE=WORK:c@d.de"))
    assert [value.text for value in values_of(lines, "EMAIL")] == ["a@b.de", "c@d.de"]
    assert [value.text for value in values_of(lines, "ITEM1.email")] == ["a@b.de"]


@pytest.mark.parametrize(
    ("modern", "shown"),
    [
        ("TZ:Europe/Berlin", "TZ;VALUE=text:Europe/Berlin"),
        ("TZ;ALTID=1:Europe/Berlin", "TZ;VALUE=text;ALTID=1:Europe/Berlin"),
        ("TZ;VALUE=text:Europe/Berlin", "TZ;VALUE=text:Europe/Berlin"),
        ("TZ;VALUE=utc-offset:-0500", "TZ;VALUE=utc-offset:-0500"),
        ("TZ:-0500", "TZ:-0500"),
    ],
)
def test_a_time_zone_by_name_is_told_as_text_where_an_offset_is_expected(modern, shown):
    text = card(modern, version="4.0")
    assert shown in values(as_version(text, "3.0"))
    assert carried_over(text, as_version(text, "3.0")) == text
    edited = as_version(text, "3.0").replace("FN:Anna Muster", "FN:Eva Muster")
    assert modern in values(carried_over(text, edited))
    assert modern.replace(";VALUE=text", "") in values(as_version(as_version(text, "3.0"), "4.0"))
