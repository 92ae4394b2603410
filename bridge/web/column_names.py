"""What the columns are called from which people choose when they import a table; the rest is called as in Outlook."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.web.languages import Language


def column_names(spoken: Language) -> Mapping[str, str]:
    """Name Outlook's columns in a language."""
    _ = spoken.said
    return {
        "Full Name": _("Full name"),
        "Title": _("Title before the name"),
        "First Name": _("First name"),
        "Middle Name": _("Middle name"),
        "Last Name": _("Surname"),
        "Suffix": _("Title after the name"),
        "Nickname": _("Nickname"),
        "File As": _("File as"),
        "Company": _("Company"),
        "Department": _("Department"),
        "Office Location": _("Office"),
        "Job Title": _("Job title"),
        "Profession": _("Profession"),
        "E-mail Address": _("E-mail"),
        "E-mail 2 Address": _("Second e-mail"),
        "E-mail 3 Address": _("Third e-mail"),
        "Business Phone": _("Telephone at work"),
        "Business Phone 2": _("Second telephone at work"),
        "Mobile Phone": _("Mobile telephone"),
        "Home Phone": _("Telephone at home"),
        "Business Fax": _("Fax at work"),
        "Business Street": _("Street (work)"),
        "Business City": _("City (work)"),
        "Business State": _("Region (work)"),
        "Business Postal Code": _("Postal code (work)"),
        "Business Country/Region": _("Country (work)"),
        "Home Street": _("Street (home)"),
        "Home City": _("City (home)"),
        "Home State": _("Region (home)"),
        "Home Postal Code": _("Postal code (home)"),
        "Home Country/Region": _("Country (home)"),
        "Web Page": _("Web page"),
        "Customer Number": _("Customer number"),
        "Categories": _("Categories"),
        "Birthday": _("Birthday"),
        "Anniversary": _("Anniversary"),
        "Notes": _("Note"),
    }
