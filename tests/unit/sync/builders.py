"""Records, items and links in few words."""

from dataclasses import replace

from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.mirror import Item, ItemId, Link, Local, Origin, Photos, Stamp

NICK = Contact(formatted_name="Nick Brigandi", given_name="Nick", family_name="Brigandi", company="Contoso")
EDITED = replace(NICK, job_title="Buyer")
ANDREA = Contact(
    formatted_name="Andrea Dunker",
    given_name="Andrea",
    family_name="Dunker",
    emails=(Email("andrea@contoso.example"),),
    phones=(Phone("+49 89 1234567", "work"),),
)
COMPANY = Contact(formatted_name="Contoso", company="Contoso", emails=(Email("info@contoso.example"),))


def stamp_of(contact):
    return Stamp("office", "book-1", contact)


def local(view=NICK, number=1, **more):
    return Local(ContactId(number), 1, view, **more)


def item(view=NICK, id="item-1", **more):
    return Item(ItemId(id), more.pop("version", "v1"), view, **({"flagged": True} | more))


def link(view=NICK, origin=Origin.CREATED, *, theirs=None, number=1, id="item-1", **more):
    more = {"version": "v1", "flagged": True, "photos": Photos()} | more
    return Link(ContactId(number), ItemId(id), more.pop("version"), origin, view, theirs or view, **more)
