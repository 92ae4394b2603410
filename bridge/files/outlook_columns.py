"""The columns of Outlook's CSV by what they mean: the English name first, which we write, then what else is read."""

from __future__ import annotations

SINGLE: dict[str, tuple[str, ...]] = {
    "prefix": ("Title", "Anrede", "Titel", "Name Prefix"),
    "given_name": ("First Name", "Vorname", "Given Name"),
    "middle_name": ("Middle Name", "Weitere Vornamen", "Zweiter Vorname", "Additional Name"),
    "family_name": ("Last Name", "Nachname", "Surname", "Family Name", "Familienname"),
    "suffix": ("Suffix", "Namenszusatz"),
    "nickname": ("Nickname", "Spitzname"),
    "phonetic_given_name": ("Given Yomi", "Yomi Given Name"),
    "phonetic_family_name": ("Surname Yomi", "Yomi Surname"),
    "phonetic_company": ("Company Yomi",),
    "file_as": ("File As", "Speichern unter"),
    "formatted_name": ("Full Name", "Display Name", "Vollständiger Name", "Anzeigename"),
    "company": ("Company", "Firma", "Organization", "Unternehmen"),
    "department": ("Department", "Abteilung"),
    "office": ("Office Location", "Büro", "Office"),
    "job_title": ("Job Title", "Position"),
    "profession": ("Profession", "Beruf"),
    "assistant": ("Assistant's Name", "Name Assistent", "Assistent(in)", "Name des Assistenten"),
    "manager": ("Manager's Name", "Name des/der Vorgesetzten", "Vorgesetzte(r)", "Name des Vorgesetzten"),
    "spouse": ("Spouse", "Partner", "Partner/in", "Ehepartner"),
    "children": ("Children", "Kinder"),
    "note": ("Notes", "Notizen", "Note", "Bemerkungen"),
}
"""Columns of which the text is the value of an attribute of Contact."""

OTHER: dict[str, tuple[str, ...]] = {
    "customer_number": ("Customer Number", "Customer ID", "Kundennummer", "Kunden-Nr.", "Kundennr"),
    "uid": ("UID",),
    "categories": ("Categories", "Kategorien"),
    "birthday": ("Birthday", "Geburtstag"),
    "anniversary": ("Anniversary", "Jahrestag", "Jubiläum"),
    "messenger": ("IMAddress", "IM Address", "Chatadresse", "Sofortnachricht"),
    "name": ("Name",),
}
"""Columns that need reading: lists, dates, and "Name", which is a surname beside "Vorname" and a full name alone."""

EMAILS: tuple[tuple[str, ...], ...] = (
    ("E-mail Address", "E-Mail-Adresse", "Email", "E-Mail", "E-mail 1 Address", "E-Mail 1: Adresse", "Email Address"),
    ("E-mail 2 Address", "E-Mail 2: Adresse", "E-Mail-Adresse 2", "Email 2"),
    ("E-mail 3 Address", "E-Mail 3: Adresse", "E-Mail-Adresse 3", "Email 3"),
)

PHONES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("Primary Phone", "Haupttelefon")),
    ("work", ("Business Phone", "Telefon geschäftlich", "Telefon (geschäftlich)", "Telefon")),
    ("work", ("Business Phone 2", "Telefon geschäftlich 2", "Telefon (geschäftlich 2)")),
    ("main", ("Company Main Phone", "Telefon Firma", "Telefonzentrale Firma")),
    ("mobile", ("Mobile Phone", "Mobiltelefon", "Mobil", "Handy")),
    ("home", ("Home Phone", "Telefon privat", "Telefon (privat)")),
    ("home", ("Home Phone 2", "Telefon privat 2", "Telefon (privat 2)")),
    ("work_fax", ("Business Fax", "Fax geschäftlich", "Fax (geschäftlich)", "Fax")),
    ("home_fax", ("Home Fax", "Fax privat", "Fax (privat)")),
    ("other_fax", ("Other Fax", "Weiteres Fax")),
    ("other", ("Other Phone", "Weiteres Telefon")),
    ("assistant", ("Assistant's Phone", "Telefon Assistent", "Telefon des Assistenten")),
    ("callback", ("Callback", "Rückmeldung", "Rückruf")),
    ("car", ("Car Phone", "Autotelefon")),
    ("isdn", ("ISDN",)),
    ("pager", ("Pager",)),
    ("radio", ("Radio Phone", "Funkruf", "Funktelefon")),
    ("text", ("TTY/TDD Phone", "Telefon für Hörbehinderte", "Texttelefon")),
    ("telex", ("Telex",)),
)

PLACES: tuple[tuple[str, str, str], ...] = (
    ("work", "Business", "geschäftlich"),
    ("home", "Home", "privat"),
    ("other", "Other", "Weitere"),
)

ADDRESS_PARTS: dict[str, tuple[str, ...]] = {
    "street": ("{en} Street", "Straße {de}", "Strasse {de}", "{de} Straße", "{de} Strasse"),
    "street 2": ("{en} Street 2", "Straße {de} 2", "Strasse {de} 2", "{de} Straße 2"),
    "street 3": ("{en} Street 3", "Straße {de} 3", "Strasse {de} 3", "{de} Straße 3"),
    "city": ("{en} City", "Ort {de}", "{de}r Ort"),
    "region": ("{en} State", "Region {de}", "Bundesland {de}", "Bundesland/Kanton {de}", "{de}s/r Bundesland/Kanton"),
    "postal_code": ("{en} Postal Code", "Postleitzahl {de}", "PLZ {de}", "{de} Postleitzahl"),
    "country": ("{en} Country/Region", "{en} Country", "Land/Region {de}", "Land {de}", "{de}s/e Land/Region"),
    "po_box": ("{en} Address PO Box", "Postfach {de}", "{de}s Postfach", "Adresse {de} - Postfach"),
}

URLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("work", ("Web Page", "Webseite", "Business Home Page", "Website")),
    ("home", ("Personal Web Page", "Private Webseite")),
)

IGNORED: dict[str, tuple[str, ...]] = {
    "": (
        *("E-mail Type", "E-mail 2 Type", "E-mail 3 Type", "E-Mail-Typ", "E-Mail 2: Typ", "E-Mail 3: Typ"),
        *("E-mail Display Name", "E-mail 2 Display Name", "E-mail 3 Display Name", "Initials", "Initialen"),
        *("E-Mail: Angezeigter Name", "E-Mail 2: Angezeigter Name", "E-Mail 3: Angezeigter Name"),
        *("Business Address", "Home Address", "Other Address"),
    ),
    "normal": ("Priority", "Priorität", "Sensitivity", "Vertraulichkeit"),
    "false": ("Private", "Privat"),
    "falsch": ("Private", "Privat"),
    "unspecified": ("Gender", "Geschlecht"),
    "keine angabe": ("Gender", "Geschlecht"),
}
"""Columns that say nothing of the contact: always (``""``), or where they hold just this value (in lower case)."""
