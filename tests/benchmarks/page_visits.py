"""What the benchmark of the page asks for: every GET route, those of contacts with what people look for there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.benchmarks.page_firm import COWORKER, CUSTOMER, EDITS, Firm

PAGE, SEARCH = 100.0, 30.0
"""The goals in milliseconds of the server's time: of every page, and of a search as one types."""

WORDS = {
    "one letter": "e",
    "three letters": "mül",
    "a name": "featherstone",
    "two words": "siobhán manchester",
    "Cyrillic": "шевченко",
    "Japanese": "山田",
    "an address": "@gb.example",
    "a customer number": "10500",
    "nobody": "zyzzyva",
}
"""What somebody types into the search."""

FILTER = urlencode(
    {
        "property": ["emails.address", "addresses.city", ""],
        "operator": ["contains", "is-not", "is"],
        "value": [".example", "Berlin", ""],
        "match": "all",
        "new_contacts": "inbox",
    },
    doseq=True,
)
"""A filter that is not set yet, as its form sends it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One page: ``route`` as in ``bridge.web.routes``; ``goal`` in milliseconds, None where none was set."""

    route: str
    name: str
    path: str
    goal: float | None = PAGE
    is_fragment: bool = False


def wishes(firm: Firm, job: str) -> Sequence[Wish]:
    """Name all that is asked for; ``job`` is an import that was previewed."""
    of_contacts = [*_of_contacts(firm), *_of_a_contact(firm)]
    return [*of_contacts, *_of_the_mirror(firm), *_of_people(firm), *_of_the_firm(job), *_of_the_way_in()]


def _of_contacts(firm: Firm) -> Sequence[Wish]:
    lists = {
        "contacts, first page": {},
        "contacts, page 90": {"page": 90},
        "contacts by company": {"sort": "company"},
        "contacts by change": {"sort": "changed"},
        "contacts of a type": {"type": CUSTOMER},
        "contacts of a category": {"category": "Supplier"},
    }
    route = "/contacts"
    return [
        *(Wish(route, name, f"{route}?{urlencode(asked)}") for name, asked in lists.items()),
        *(
            Wish(route, f"search: {name}", f"{route}?{urlencode({'q': words})}", SEARCH, True)
            for name, words in WORDS.items()
        ),
        Wish("/trash", "deleted items", "/trash"),
        Wish("/duplicates", "duplicates", "/duplicates"),
        Wish("/duplicates/choose", "two contacts side by side", _choose(firm)),
        Wish("/inbox", "inbox", "/inbox"),
    ]


def _choose(firm: Firm) -> str:
    return "/duplicates/choose?" + urlencode({"id": firm.twins}, doseq=True)


def _of_a_contact(firm: Firm) -> Sequence[Wish]:
    route = "/contacts/{id:[0-9]+}"
    return [
        Wish(route, "a contact", f"/contacts/{firm.contact}"),
        Wish(route, "a company and its people", f"/contacts/{firm.account}"),
        Wish(f"{route}/photo", "a photo", f"/contacts/{firm.photo}/photo"),
        Wish(f"{route}/edit", "editing a contact", f"/contacts/{firm.contact}/edit"),
        Wish(f"{route}/history", f"history of {EDITS} changes", f"/contacts/{firm.contact}/history"),
        Wish(f"{route}/account", "choosing the company of a contact", f"/contacts/{firm.contact}/account?q=gmbh"),
        Wish("/contacts/new", "a new contact", "/contacts/new"),
    ]


def _of_the_mirror(firm: Firm) -> Sequence[Wish]:
    return [
        Wish("/mirror", "the mirror", "/mirror"),
        Wish("/mirror/work", "work under way, of which there is none", "/mirror/work"),
        Wish("/mirror/live", "the same, live", "/mirror/live"),
        Wish("/mirror/runs/{run}", "log of a run", f"/mirror/runs/{firm.run}"),
        Wish("/mirror/runs/{run}", "log of a run, contact 9,000 on", f"/mirror/runs/{firm.run}?start=9000"),
        Wish("/mirror/start", "starting a mirror, which is refused", "/mirror/start"),
        Wish("/mirror/change", "settings of the mirror", "/mirror/change"),
        Wish("/mirror/stop", "stopping the mirror", "/mirror/stop"),
        Wish("/mirror/clean-up", "clean-ups", "/mirror/clean-up"),
        Wish("/mirror/database", "switching the database", "/mirror/database"),
        Wish("/mirrors", "all mirrors", "/mirrors"),
        Wish("/conflicts", "conflicts", "/conflicts"),
        Wish("/conflicts/{conflict}", "a conflict", f"/conflicts/{firm.conflict}"),
    ]


def _of_people(firm: Firm) -> Sequence[Wish]:
    device, user = r"/devices/{device:\d+}", r"/users/{user:\d+}"
    of_device, of_user = f"/devices/{firm.device}", f"/users/{firm.coworker}"
    profile = "contacts.mobileconfig"
    return [
        Wish("/devices", "devices", "/devices"),
        Wish(device, "a device", of_device),
        Wish(f"{device}/{profile}", "profile for an iPhone", f"{of_device}/{profile}"),
        Wish(f"{device}/undo", "undo what a device did", f"{of_device}/undo"),
        Wish("/me", "one's own settings", "/me"),
        Wish("/users", "users", "/users"),
        Wish(user, f"a user ({COWORKER})", of_user),
        Wish(f"{user}/view/count", "count of a filter", f"{of_user}/view/count?{FILTER}"),
        Wish("/view", "one's own filter", "/view"),
        Wish("/view/count", "count of one's own filter", f"/view/count?{FILTER}"),
    ]


def _of_the_firm(job: str) -> Sequence[Wish]:
    return [
        Wish("/types", "record types", "/types"),
        Wish("/import", "import", "/import"),
        Wish("/import/{job}", "preview of an import", f"/import/{job}"),
        Wish("/import/{job}/refused.csv", "what an import refuses", f"/import/{job}/refused.csv"),
        Wish("/export", "export", "/export"),
        Wish("/erasure", "erasure", "/erasure"),
        Wish("/erasure", "erasure: look for a person", "/erasure?" + urlencode({"q": "featherstone callum"})),
        Wish("/status", "status", "/status"),
        Wish("/status/check", "check of all cards", "/status/check", None),
        Wish("/export/mine/{format}", "export to CSV, all one sees", "/export/mine/csv", None),
        Wish("/export/shared/{format}", "export to vCard, all shared", "/export/shared/vcf", None),
    ]


def _of_the_way_in() -> Sequence[Wish]:
    return [
        Wish("/", "the way in", "/"),
        Wish("/welcome", "welcome", "/welcome"),
        Wish("/sign-in", "sign-in", "/sign-in"),
        Wish("/sign-in/openid", "sign-in elsewhere, which is not set", "/sign-in/openid"),
        Wish("/sign-in/openid/done", "and back from there", "/sign-in/openid/done"),
        Wish("/first-run", "first run, which is over", "/first-run"),
    ]
