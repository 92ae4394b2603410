"""The account of a contact: found by a part of its name, and linked by a click. What the card calls it stays."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.pages.contact import asked, is_account
from bridge.web.pages.contacts import number
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.browsing import Wanted
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, NotFound, Precondition, Record, Refused
from storage_plugin.model.contact import display_name

SHOWN = 20
"""Accounts that are offered; who wants another one types more of its name."""

NONE = ContactId(0)


def choose(visit: Visit) -> Answer:
    """Offer accounts; htmx asks for the list alone."""
    viewing = Viewing(visit.database, visit.who)
    record = _contact(visit, viewing)
    words = visit.query.get("q")
    found = viewing.lines(Wanted(words=words, accounts=True, language=visit.language.code))
    account = viewing.get(record.account_id) if record.account_id else None
    shows = {
        "record": record,
        "name": display_name(record.contact),
        "account": account and display_name(account.contact),
        "words": words,
        "accounts": found.lines[:SHOWN],
        "more": max(0, found.total - SHOWN),
    }
    return Page("_accounts.html" if visit.is_fragment else "contact_account.html", shows)


def link(visit: Visit) -> Answer:
    """Link a contact to the account that was chosen, or to none."""
    viewing = Viewing(visit.database, visit.who)
    record = _contact(visit, viewing)
    said = visit.form.get("account")
    key = ContactId(number(said))
    if not key and said != str(NONE):
        raise Refused(visit._("Choose an account."))
    account = viewing.get(key) if key else None
    revision = number(visit.form.get("revision"))
    try:
        visit.contacts.save(record.contact, visit.by, contact_id=record.id, revision=revision, account_id=key)
    except Precondition:
        raise Refused(visit._("Somebody else changed this contact meanwhile: look at it again.")) from None
    if account is None:
        return Redirect(f"/contacts/{record.id}", visit._("The contact is linked to no account now."))
    name = display_name(account.contact)
    return Redirect(f"/contacts/{record.id}", visit._("The account of the contact is %(name)s now.", name=name))


def _contact(visit: Visit, viewing: Viewing) -> Record:
    record = viewing.changeable(asked(visit))
    if is_account(visit, record):
        raise NotFound(visit._("An account is linked to no other one."))
    return record


ROUTES = [
    Route("GET", "/contacts/{id:[0-9]+}/account", choose),
    Route("POST", "/contacts/{id:[0-9]+}/account", link),
]
