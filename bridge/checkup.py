"""What ``check`` looks at: settings, who may read the data, the database, Radicale, and the text of each card."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from bridge.place import NotThere, Place
from bridge.settings import WrongSettings
from storage_plugin.model.book import BookError
from storage_plugin.model.marking import N_
from storage_plugin.model.watching import Watch, unwatched

RADICALE = "3.9"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is as it should be, and a sentence."""

    what: str
    is_good: bool
    text: str


def checkup(place: Place, *, texts: bool = True, watch: Watch = unwatched) -> Iterator[Finding]:
    """Look at an installation; what cannot be looked at because something before it is wrong is left out.

    ``texts``: read each card, too, which takes seconds.
    """
    yield _radicale()
    try:
        place.settings()
    except WrongSettings as error:
        yield Finding(N_("settings"), False, str(error))
        return
    where = str(place.settings_file) if place.settings_file.exists() else N_("defaults")
    yield Finding(N_("settings"), True, f"{where}.")
    yield from _permissions(place)
    try:
        yield from _database(place, texts, watch)
    except (BookError, NotThere) as error:
        yield Finding(N_("database"), False, f"{error}.".replace("..", "."))


def _radicale() -> Finding:
    found = version("radicale")
    is_good = found.startswith(f"{RADICALE}.")
    return Finding("Radicale", is_good, f"version {found}{'' if is_good else f', but {RADICALE}.* is needed'}.")


def _permissions(place: Place) -> Iterator[Finding]:
    if not place.folder.exists():
        return
    for path in (place.folder, *sorted(place.folder.iterdir())):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(N_("permissions"), False, f"others may read {path}: chmod go-rwx {path}")
            return
    yield Finding(N_("permissions"), True, f"{place.folder} is its owner's alone.")


def _database(place: Place, texts: bool, watch: Watch) -> Iterator[Finding]:
    from storage_plugin.database.address_book import SqlAddressBook
    from storage_plugin.database.migrate import books, check_schema
    from storage_plugin.model.book import ChangeNumber, Viewer
    from storage_plugin.model.view import View

    with place.opened() as database:
        check_schema(database)
        with database.reading() as connection:
            names = books(connection)
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        yield Finding(N_("database"), True, f"{kind}, {len(names)} book{'s' if len(names) > 1 else ''}.")
        for name, key in names.items() if texts else ():
            viewer = Viewer(0, "", key, "", View(show_accounts=True), ChangeNumber(0), writes_v4=True)
            cards = watch(SqlAddressBook(database, viewer).all_cards(), f"Reading {name}")
            yield _texts(name, [(card.uid, card.stored) for card in cards])


def _texts(book: str, cards: list[tuple[str, str]]) -> Finding:
    broken = [uid for uid, text in cards if not _is_whole(uid, text)]
    if broken:
        return Finding(
            N_("cards"), False, f"{book}: {len(broken)} of {len(cards)} cannot be read, first {broken[0]}."
        )
    return Finding(N_("cards"), True, f"{book}: {len(cards)} shared cards, the text of each is whole.")


def _is_whole(uid: str, text: str) -> bool:
    from storage_plugin.database.incoming import uid_key
    from storage_plugin.vcard.intake import NotAVCard, accept

    try:
        return uid_key(accept(text.encode()).uid) == uid
    except NotAVCard:
        return False
