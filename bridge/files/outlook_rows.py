"""Contacts → rows under Outlook's English column names, as Outlook imports them and ``import`` reads them back."""

from __future__ import annotations

from bridge.files.outlook_columns import ADDRESS_PARTS, EMAILS, OTHER, PHONES, PLACES, SINGLE, URLS
from storage_plugin.model.contact import Contact, Phone


def outlook_from_contact(contact: Contact, *, customer_number: str = "", uid: str = "") -> dict[str, str]:
    """Give the filled cells by column name."""
    cells = {titles[0]: getattr(contact, name) for name, titles in SINGLE.items()}
    cells |= {
        OTHER["customer_number"][0]: customer_number,
        OTHER["uid"][0]: uid,
        OTHER["birthday"][0]: contact.birthday,
        OTHER["anniversary"][0]: contact.anniversary,
        OTHER["categories"][0]: joined_categories(contact.categories),
        OTHER["messenger"][0]: contact.messengers[0].handle if contact.messengers else "",
    }
    for at, email in enumerate(contact.emails):
        cells[EMAILS[at][0] if at < len(EMAILS) else f"E-mail {at + 1} Address"] = email.address
    for kind, titles in URLS:
        cells[titles[0]] = next((url.address for url in contact.urls if (url.kind == "home") == (kind == "home")), "")
    cells |= _phones(contact) | _addresses(contact)
    return {title: value for title, value in cells.items() if value}


def header(rows: list[dict[str, str]]) -> list[str]:
    """Give the columns: Outlook's, in its order, and those more that ``rows`` fill."""
    usual = [titles[0] for titles in SINGLE.values()]
    usual += [title for kind, en, de in PLACES for title in _titles(en, de).values()]
    usual += (
        [titles[0] for _, titles in PHONES] + [titles[0] for titles in EMAILS] + [titles[0] for _, titles in URLS]
    )
    usual += [titles[0] for name, titles in OTHER.items() if name != "name"]
    return list(dict.fromkeys([*usual, *sorted({title for row in rows for title in row} - set(usual))]))


def joined_categories(categories: tuple[str, ...]) -> str:
    """Join with semicolons; one alone that has a comma in it gets a semicolon too, or it would be read as two."""
    text = ";".join(categories)
    return f"{text};" if "," in text and ";" not in text else text


def _phones(contact: Contact) -> dict[str, str]:
    cells: dict[str, str] = {}
    overflow: list[Phone] = []
    for phone in contact.phones:
        free = (titles[0] for kind, titles in PHONES if kind == phone.kind and titles[0] not in cells)
        if title := next(free, ""):
            cells[title] = phone.number
        else:
            overflow.append(phone)
    for at, phone in enumerate(overflow):
        title = "Other Phone" if at == 0 and "Other Phone" not in cells else f"Other Phone {at + 2}"
        cells[title] = phone.number
    return cells


def _addresses(contact: Contact) -> dict[str, str]:
    cells: dict[str, str] = {}
    for kind, en, de in PLACES:
        kinds = (kind, "") if kind == "other" else (kind,)
        address = next((each for each in contact.addresses if each.kind in kinds), None)
        if address is None:
            continue
        for part, title in _titles(en, de).items():
            cells[title] = getattr(address, part)
    return cells


def _titles(en: str, de: str) -> dict[str, str]:
    return {
        part: titles[0].format(en=en, de=de)
        for part, titles in ADDRESS_PARTS.items()
        if part not in ("street 2", "street 3")
    }
