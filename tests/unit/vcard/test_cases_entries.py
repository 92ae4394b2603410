"""The interop cases of phones, e-mails, addresses and other lists, as real clients write them."""

from dataclasses import replace

import pytest

from storage_plugin.model.contact import Email, ImportantDate, Messenger, Phone, PostalAddress, Url
from storage_plugin.vcard.mapping import contact_from_vcard, new_vcard, vcard_with
from storage_plugin.vcard.versions import as_version, carried_over
from tests.unit.vcard.builders import card, values


def phones(*lines, version="3.0"):
    return contact_from_vcard(card(*lines, version=version)).phones


def test_VC_01_a_label_stays_with_its_phone():
    text = card("item1.TEL;TYPE=WORK:1", "item1.X-ABLabel:Durchwahl", "TEL:2")
    assert contact_from_vcard(text).phones == (Phone("1", "work", "Durchwahl"), Phone("2"))
    edited = vcard_with(text, replace(contact_from_vcard(text), phones=(Phone("9", "work", "Durchwahl"), Phone("2"))))
    assert edited == text.replace("WORK:1", "WORK:9")
    gone = vcard_with(text, replace(contact_from_vcard(text), phones=(Phone("2"),)))
    assert gone == card("TEL:2")


@pytest.mark.parametrize("group", ["custom-1", "A1B2C3"])
def test_VC_02_groups_of_any_name(group):
    text = card(f"{group}.TEL:1", f"{group}.X-ABLabel:Durchwahl")
    assert contact_from_vcard(text).phones == (Phone("1", "", "Durchwahl"),)


def test_VC_03_groups_and_names_are_compared_without_case():
    text = card("item1.tel:1", "ITEM1.x-ablabel:Durchwahl")
    assert contact_from_vcard(text).phones == (Phone("1", "", "Durchwahl"),)
    assert vcard_with(text, replace(contact_from_vcard(text), phones=())) == card()


def test_VC_04_a_label_without_group_is_kept_and_means_nothing():
    text = card("X-ABLabel:Durchwahl", "TEL:1")
    assert contact_from_vcard(text).phones == (Phone("1"),)
    assert "X-ABLabel:Durchwahl\r\n" in vcard_with(text, replace(contact_from_vcard(text), phones=()))


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Mobile", "mobile"), ("AssistantPhone", "assistant"), ("Main", "main"), ("HomeFAX", "home_fax"),
     ("WorkFAX", "work_fax"), ("Pager", "pager"), ("Work", "work"), ("Other", "other"), ("CarPhone", "car")],
)  # fmt: skip
def test_VC_05_built_in_labels_are_kinds_and_stay_as_they_are(word, kind):
    text = card("item1.TEL:1", f"item1.X-ABLabel:_$!<{word}>!$_")
    assert contact_from_vcard(text).phones == (Phone("1", kind),)
    edited = vcard_with(text, replace(contact_from_vcard(text), phones=(Phone("2", kind),)))
    assert edited == text.replace("TEL:1", "TEL:2")


def test_VC_05_unknown_built_in_labels_are_shown_without_their_frame():
    text = card("item1.URL:x", "item1.X-ABLabel:_$!<School>!$_", "item2.URL:y", "item2.X-ABLabel:_$!<HomePage>!$_")
    assert contact_from_vcard(text).urls == (Url("x", "", "School"), Url("y"))


def test_VC_06_repeated_types_and_pref_of_apple():
    text = card("TEL;type=HOME;type=VOICE;type=pref:1")
    assert contact_from_vcard(text).phones == (Phone("1", "home", preferred=True),)
    assert 'TEL;TYPE="HOME,VOICE";PREF=1:1' in as_version(text, "4.0")


def test_VC_07_a_quoted_list_is_read_and_never_written_in_3():
    assert phones('TEL;TYPE="HOME,VOICE":1') == (Phone("1", "home"),)
    contact = contact_from_vcard(card('TEL;TYPE="HOME,FAX":1'))
    assert "TEL;TYPE=HOME,FAX:1" in new_vcard(contact, "u")
    assert 'TEL;TYPE="home,fax":1' in new_vcard(contact, "u", "4.0")
    assert "TEL;TYPE=home,fax:1" in as_version(new_vcard(contact, "u", "4.0"), "3.0")


def test_VC_08_bare_types_of_2_1():
    assert phones("TEL;HOME;VOICE:1", "TEL;WORK;FAX:2", version="2.1") == (Phone("1", "home"), Phone("2", "work_fax"))
    assert phones(*as_version(card("TEL;HOME;FAX:1", version="2.1"), "3.0").split("\r\n")) == (
        Phone("1", "home_fax"),
    )


@pytest.mark.parametrize(
    ("types", "kind"),
    [("work,fax", "work_fax"), ("WORKFAX", "work_fax"), ("CELL,IPHONE", "mobile"),
     ("X-EVOLUTION-ASSISTANT", "assistant"),
     ("X-EVOLUTION-TTYTDD", "text"), ("textphone", "text"), ("cell,text,voice", "mobile"), ("X-Boat", "X-Boat"),
     ("VOICE", ""), ("FAX", "other_fax"), ("work,X-Boat", "work"), ("video", "video")],
)  # fmt: skip
def test_VC_09_one_vocabulary_of_phones(types, kind):
    text = card(f"TEL;TYPE={types}:1")
    assert contact_from_vcard(text).phones == (Phone("1", kind),)
    edited = vcard_with(text, replace(contact_from_vcard(text), phones=(Phone("2", kind),)))
    assert edited == text.replace(":1\r\nEND", ":2\r\nEND")


def test_VC_10_a_tel_uri_keeps_its_extension():
    text = card("TEL;VALUE=uri;PREF=1:tel:+1-555;ext=5", version="4.0")
    assert contact_from_vcard(text).phones == (Phone("+1-555 ext. 5", preferred=True),)
    assert vcard_with(text, contact_from_vcard(text)) == text
    assert "TEL;TYPE=PREF:+1-555 ext. 5" in values(as_version(text, "3.0"))


def test_VC_11_dial_pauses_are_part_of_the_number():
    assert phones("TEL:+49 89 1,,123") == (Phone("+49 89 1,,123"),)


def test_VC_13_a_url_with_commas_is_whole():
    address = "https://maps.example/@48.1,11.5,17z;x=1"
    text = card(f"URL:{address}")
    assert contact_from_vcard(text).urls == (Url(address),)
    assert f"URL:{address}\r\n" in new_vcard(contact_from_vcard(text), "u")


def test_VC_15_an_escaped_colon_is_a_colon():
    text = card("item1.URL;type=pref:http\\://x", "NOTE:a\\:b")
    contact = contact_from_vcard(text)
    assert (contact.urls[0].address, contact.note) == ("http://x", "a:b")
    assert vcard_with(text, contact) == text
    assert "\\" not in new_vcard(contact, "u")
    assert "item1.URL;PREF=1:http://x" in values(as_version(text, "4.0"))


URIS = {
    "URL": "https://x/@48.1,11.5?a=1;b=2",
    "SOURCE": "ldap://x/cn=a,dc=b",
    "PHOTO": "https://x/a,b;c.jpg",
    "LOGO": "https://x/a,b;c.jpg",
    "SOUND": "https://x/a,b;c.ogg",
    "KEY": "https://x/a,b;c.asc",
    "IMPP": "xmpp:a,b;c@x",
    "RELATED;TYPE=friend": "urn:x:a,b;c",
    "MEMBER": "urn:x:a,b;c",
    "FBURL": "https://x/a,b;c",
    "CALURI": "https://x/a,b;c",
    "CALADRURI": "mailto:a,b;c@x",
}


@pytest.mark.parametrize("name", URIS)
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_uri_is_told_in_another_version_without_backslashes(name, version):
    escaped = URIS[name].replace(":", "\\:").replace(",", "\\,").replace(";", "\\;")
    text = card(f"{name}:{escaped}", version=version)
    converted = values(as_version(text, {"3.0": "4.0", "4.0": "3.0"}[version]))
    assert [line for line in converted if line.endswith(f":{URIS[name]}")], converted
    assert not [line for line in converted if "\\" in line]


def test_a_url_that_an_iphone_writes_over_a_4_0_card_has_no_backslash():
    stored = card("NOTE:a\\, b", version="4.0")
    url = "item1.URL;type=WORK;type=pref:https\\://example.com/@48.1\\,11.5?a=1\\;b=2"
    edited = as_version(stored, "3.0").replace("END:VCARD", f"{url}\r\nEND:VCARD")
    carried = values(carried_over(stored, edited))
    assert "item1.URL;TYPE=WORK;PREF=1:https://example.com/@48.1,11.5?a=1;b=2" in carried
    assert "NOTE:a\\, b" in carried


def test_a_backslash_that_was_typed_into_a_url_stays():
    for version, other in (("3.0", "4.0"), ("4.0", "3.0")):
        text = card("URL:file://C:\\\\a\\,b", version=version)
        assert contact_from_vcard(as_version(text, other)).urls == contact_from_vcard(text).urls
        assert contact_from_vcard(text).urls == (Url("file://C:\\a,b"),)


def test_names_and_texts_are_no_uris():
    text = card("RELATED;TYPE=friend;VALUE=text:a\\, b: c", "RELATED:Muster\\, Anna", "KEY;VALUE=text:a:b\\,c")
    assert [line for line in values(as_version(text, "4.0")) if "\\," not in line] == values(card(version="4.0"))


def test_VC_34_anniversaries_of_all_clients_are_one_field():
    for line in ("X-ANNIVERSARY:2001-02-03", "X-MS-ANNIVERSARY:20010203", "X-EVOLUTION-ANNIVERSARY:2001-02-03",
                 "item1.X-ABDATE:2001-02-03\r\nitem1.X-ABLabel:_$!<Anniversary>!$_"):  # fmt: skip
        text = card(line)
        assert contact_from_vcard(text).anniversary == "2001-02-03"
        edited = vcard_with(text, replace(contact_from_vcard(text), anniversary="2002-02-03"))
        assert contact_from_vcard(edited).anniversary == "2002-02-03" and edited.count("200") == 1
        assert "ANNIVERSARY:20010203" in values(as_version(text, "4.0"))
    shown = as_version(card("ANNIVERSARY:20010203", version="4.0"), "3.0")
    assert "item1.X-ABDATE:2001-02-03\r\nitem1.X-ABLabel:_$!<Anniversary>!$_" in shown


def test_other_dates_keep_their_label():
    text = card("item1.X-ABDATE;type=pref:2001-02-03", "item1.X-ABLabel:Jubiläum")
    assert contact_from_vcard(text).dates == (ImportantDate("2001-02-03", "Jubiläum"),)


def test_VC_47_and_VC_48_categories_are_cut_at_bare_commas_only():
    assert contact_from_vcard(card("CATEGORIES:A,B\\,C")).categories == ("A", "B,C")
    assert contact_from_vcard(card("CATEGORIES:CatA\\,CatB")).categories == ("CatA,CatB",)


def test_VC_49_a_category_removed_leaves_the_others_alone():
    text = card("CATEGORIES:A,B\\,C, D", "CATEGORIES:E")
    edited = vcard_with(text, replace(contact_from_vcard(text), categories=("A", "D", "E", "F")))
    assert edited == card("CATEGORIES:A, D", "CATEGORIES:E,F")


def test_VC_69_messengers_of_all_kinds():
    text = card("IMPP;X-SERVICE-TYPE=Skype;type=HOME:skype:anna", "X-SKYPE:bert", "IMPP:xmpp:a@b",
                "X-SOCIALPROFILE;type=twitter;x-user=eva:http://twitter.com/eva",
                "IMPP;X-SERVICE-TYPE=Foo:x-apple:carl")  # fmt: skip
    contact = contact_from_vcard(text)
    assert contact.messengers == (
        Messenger("anna", "skype", "home"), Messenger("bert", "skype"), Messenger("a@b", "xmpp"),
        Messenger("eva", "twitter"), Messenger("carl", "foo"),
    )  # fmt: skip
    changed = (*contact.messengers[:3], Messenger("eve", "twitter"), contact.messengers[4])
    edited = vcard_with(text, replace(contact, messengers=changed))
    assert "X-SOCIALPROFILE;TYPE=twitter;X-USER=eve:http://twitter.com/eve" in values(edited)


def test_VC_70_phonetic_and_maiden_names():
    lines = ["X-PHONETIC-FIRST-NAME:はなこ", "X-PHONETIC-LAST-NAME:やまだ", "X-MAIDENNAME:Sato", "X-PHONETIC-ORG:え"]
    contact = contact_from_vcard(card(*lines))
    assert (contact.phonetic_given_name, contact.phonetic_family_name) == ("はなこ", "やまだ")
    assert (contact.maiden_name, contact.phonetic_company) == ("Sato", "え")


@pytest.mark.parametrize("role", ["spouse", "manager", "assistant"])
def test_VC_71_people_of_all_clients(role):
    forms = [f"item1.X-ABRELATEDNAMES:Eva\r\nitem1.X-ABLabel:_$!<{role.capitalize()}>!$_",
             f"RELATED;TYPE={role};VALUE=text:Eva", f"X-EVOLUTION-{role.upper()}:Eva",
             f"X-MS-{role.upper()}:Eva"]  # fmt: skip
    for form in forms:
        text = card(form)
        assert getattr(contact_from_vcard(text), role) == "Eva"
        edited = vcard_with(text, replace(contact_from_vcard(text), **{role: "Ida"}))
        assert edited == text.replace("Eva", "Ida")
        assert vcard_with(text, replace(contact_from_vcard(text), **{role: ""})) == card()


def test_VC_71_children_are_several():
    text = card("RELATED;TYPE=child;VALUE=text:Ida", "RELATED;TYPE=child;VALUE=text:Max", version="4.0")
    contact = contact_from_vcard(text)
    assert contact.children == "Ida, Max"
    assert vcard_with(text, replace(contact, children="Max")) == text.replace(
        "RELATED;TYPE=child;VALUE=text:Ida\r\n", ""
    )


def test_VC_71_a_relation_that_is_a_link_is_no_name():
    text = card("RELATED;TYPE=spouse:urn:uuid:f81d4fae", version="4.0")
    assert contact_from_vcard(text).spouse == ""
    assert "RELATED;TYPE=spouse:urn:uuid:f81d4fae" in vcard_with(
        text, replace(contact_from_vcard(text), spouse="Eva")
    )


def test_VC_72_addresses_with_code_label_and_lines():
    text = card('item1.ADR;TYPE=WORK;LABEL="Weg 1":;;Weg 1\\nHof;Köln;;50667;Deutschland', "item1.X-ABADR:de",
                "LABEL;TYPE=WORK:Weg 1", "LABEL;TYPE=HOME:other")  # fmt: skip
    contact = contact_from_vcard(text)
    (address,) = contact.addresses
    assert (address.street, address.country_code, address.kind) == ("Weg 1\nHof", "DE", "work")
    moved = vcard_with(text, replace(contact, addresses=(replace(address, street="Weg 2"),)))
    assert "item1.ADR;TYPE=WORK;LABEL=Weg 2^n50667 Köln^nDeutschland:;;Weg 2;Köln;;50667;Deutschland" in values(moved)
    assert "LABEL;TYPE=WORK:Weg 2\\n50667 Köln\\nDeutschland" in values(moved) and "LABEL;TYPE=HOME:other" in moved
    assert "item1.X-ABADR:de" in moved
    noted = vcard_with(text, replace(contact, note="new"))
    assert noted == text.replace("END:VCARD", "NOTE:new\r\nEND:VCARD")


def test_VC_73_a_comma_in_a_street_is_kept():
    text = card("ADR:;;Weg 1,2. OG;Köln;;;")
    assert contact_from_vcard(text).addresses == (PostalAddress(street="Weg 1,2. OG", city="Köln"),)


def test_VC_41_addresses_of_18_parts_keep_them():
    more = ";".join(f"p{number}" for number in range(8, 19))
    text = card(f"ADR:;;Weg 1;Köln;;;;{more}", version="4.0")
    contact = contact_from_vcard(text)
    edited = vcard_with(text, replace(contact, addresses=(PostalAddress(street="Weg 2", city="Köln"),)))
    assert edited == text.replace("Weg 1", "Weg 2")


def test_VC_84_empty_values_are_no_entries_and_stay():
    text = card("TEL;TYPE=work:", "EMAIL:", "ADR:;;;;;;", "ORG:;", "URL: ", "NICKNAME:", "CATEGORIES:", "IMPP:")
    contact = contact_from_vcard(text)
    assert not (contact.phones or contact.emails or contact.addresses or contact.urls or contact.messengers)
    assert not (contact.company or contact.nickname or contact.categories)
    assert vcard_with(text, replace(contact, note="x")) == text.replace("END:VCARD", "NOTE:x\r\nEND:VCARD")


def test_VC_85_and_VC_86_one_of_many_e_mails_is_removed_and_the_others_stay():
    lines = [f"EMAIL;TYPE=INTERNET;X-P={number}:{number}@x.de" for number in range(1, 6)]
    contact = contact_from_vcard(card(*lines))
    assert len(contact.emails) == 5
    kept = contact.emails[:1] + contact.emails[2:]
    assert vcard_with(card(*lines), replace(contact, emails=kept)) == card(lines[0], *lines[2:])


def test_entries_in_another_order_are_moved_with_their_bytes():
    text = card("item1.EMAIL;X-P=1:a@b.de", "item1.X-ABLabel:eins", "NOTE:x", "email;x-p=2:c@d.de")
    contact = contact_from_vcard(text)
    edited = vcard_with(text, replace(contact, emails=contact.emails[::-1]))
    assert edited == card("email;x-p=2:c@d.de", "item1.X-ABLabel:eins", "NOTE:x", "item1.EMAIL;X-P=1:a@b.de")


def test_a_label_that_two_lines_share_stays_when_one_of_them_goes_or_is_renamed():
    text = card("a.TEL:1", "a.EMAIL:x@y.de", "a.X-ABLabel:Praxis", "a.X-ABADR:de")
    contact = contact_from_vcard(text)
    gone = contact_from_vcard(vcard_with(text, replace(contact, phones=())))
    assert gone == replace(contact, phones=()) and gone.emails[0].label == "Praxis"
    renamed = replace(contact, phones=(Phone("1", "", "Büro"),))
    assert contact_from_vcard(vcard_with(text, renamed)) == renamed


def test_new_entries_come_behind_the_last_one_of_their_kind():
    text = card("EMAIL:a@b.de", "NOTE:x")
    edited = vcard_with(
        text, replace(contact_from_vcard(text), emails=(Email("a@b.de"), Email("c@d.de", "work", "Büro")))
    )
    assert edited == card("EMAIL:a@b.de", "item1.EMAIL;TYPE=INTERNET,WORK:c@d.de", "item1.X-ABLabel:Büro", "NOTE:x")
