"""What the fields of a contact are called on the page."""

from __future__ import annotations

from bridge.web.languages import Language


def fields(spoken: Language) -> dict[str, str]:
    """Name each field of a contact, in the order in which a page shows them."""
    _ = spoken.said
    return {
        "prefix": _("Title"),
        "given_name": _("First name"),
        "middle_name": _("Middle name"),
        "family_name": _("Last name"),
        "suffix": _("Suffix"),
        "formatted_name": _("Full name"),
        "file_as": _("File as"),
        "company": _("Company"),
        "job_title": _("Job title"),
        "department": _("Department"),
        "office": _("Office"),
        "profession": _("Profession"),
        "manager": _("Manager"),
        "assistant": _("Assistant"),
        "emails": _("E-mail addresses"),
        "phones": _("Telephone numbers"),
        "addresses": _("Postal addresses"),
        "urls": _("Web pages"),
        "messengers": _("Messengers"),
        "birthday": _("Birthday"),
        "anniversary": _("Anniversary"),
        "dates": _("Other dates"),
        "nickname": _("Nickname"),
        "maiden_name": _("Maiden name"),
        "spouse": _("Spouse"),
        "children": _("Children"),
        "phonetic_given_name": _("Phonetic first name"),
        "phonetic_family_name": _("Phonetic last name"),
        "phonetic_company": _("Phonetic company"),
        "categories": _("Categories"),
        "note": _("Note"),
        "photo": _("Photo"),
        "is_company": _("This is a company, not a person"),
        "type": _("Record type"),
        "customer_number": _("Customer number"),
        "shared": _("Shared with the firm"),
        "card": _("Other lines of the card"),
    }


def parts(spoken: Language) -> dict[str, str]:
    """Name what an entry of a list consists of."""
    _ = spoken.said
    return {
        "address": _("Address"),
        "number": _("Number"),
        "handle": _("Name there"),
        "service": _("Service"),
        "value": _("Date"),
        "kind": _("Kind"),
        "label": _("Own label"),
        "preferred": _("Preferred"),
        "street": _("Street"),
        "extended": _("Addition"),
        "po_box": _("Post office box"),
        "postal_code": _("Postal code"),
        "city": _("City"),
        "region": _("Region"),
        "country": _("Country"),
    }


def kinds(spoken: Language) -> dict[str, str]:
    """Name the kinds of entries; one that is not here is a device's own word."""
    _ = spoken.said
    return {
        "": _("not said"),
        "work": _("Work"),
        "home": _("Home"),
        "mobile": _("Mobile"),
        "main": _("Main"),
        "work_fax": _("Fax at work"),
        "home_fax": _("Fax at home"),
        "other_fax": _("Other fax"),
        "pager": _("Pager"),
        "car": _("Car"),
        "assistant": _("Assistant"),
        "callback": _("Callback"),
        "isdn": _("ISDN"),
        "radio": _("Radio"),
        "telex": _("Telex"),
        "text": _("Text telephone"),
        "video": _("Video"),
        "other": _("Other"),
    }


def named(spoken: Language, field: str) -> str:
    """Name a field of the history; an own field goes by its name."""
    return field.removeprefix("custom.") if field.startswith("custom.") else fields(spoken).get(field, field)
