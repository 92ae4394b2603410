"""The owner of a contacts folder of any kind, who works in it by a connection of his or her own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Flag, Item
from tests.contract.folder import Folder
from tests.mirror.crashing import Death
from tests.mirror.office import person
from tests.mirror.places import Place


class Owner:
    """Makes, edits and deletes items by name; ``photo`` is given as bytes."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def items(self) -> list[Item]:
        with self._folder() as folder:
            return list(folder.all().values())

    def make(self, contact: Contact | str) -> None:
        with self._folder() as folder:
            folder.foreign(person(contact) if isinstance(contact, str) else contact)

    def touch(self, name: str, photo: bytes | None = None, **said: Any) -> None:
        with self._folder() as folder:
            item = self._of(folder, name)
            folder.update(item, replace(item.view, **said), photo=photo)

    def drop(self, name: str) -> None:
        with self._folder() as folder:
            folder.delete(self._of(folder, name))

    def _of(self, folder: Folder, name: str) -> Item:
        (item,) = (item for item in folder.all().values() if item.view.formatted_name == name)
        return item

    @contextmanager
    def _folder(self) -> Iterator[Folder]:
        async def connect() -> Any:
            return self.place.connect("", Death())

        target = self.place.run(connect())
        try:
            yield Folder(self.place, target, Flag())  # type: ignore[arg-type]
        finally:
            self.place.run(target.close())
