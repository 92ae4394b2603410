"""A folder of vCards keeps the contract; it is safe against whatever else writes there, and against a lost drive."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.files.outlook_columns import PHONES
from bridge.targets.base import Changed, FolderGone, Forbidden, Rejected, Target, Unreachable
from bridge.targets.file.client import MARKER, version_of
from bridge.targets.file.contacts import FolderTarget
from bridge.targets.file.csv_contacts import TableTarget
from bridge.targets.file.kinds import target_at
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.mirror import Item, ItemId
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT
from tests.contract.targets import FLAG, TargetContract
from tests.unit.vcard.strategies import NORMAL_CONTACTS


class TestFolderOfCards(TargetContract):
    PEOPLE = NORMAL_CONTACTS
    MANY = 300
    REFUSES = False

    @pytest.fixture
    def connect(self, tmp_path: Path) -> Callable[[], Target]:
        return lambda: FolderTarget(tmp_path / "cards")

    def as_held(self, view: Contact) -> Contact:
        return replace(view, photo="")

    def copy(self, folder: Folder, item: Item) -> None:
        path: Path = folder.target._path  # type: ignore[attr-defined]
        (path / "copy.vcf").write_bytes((path / item.id).read_bytes())


class TestOutlookCsv(TargetContract):
    EXAMPLES = 20
    MANY = 300
    REFUSES = False

    @pytest.fixture
    def connect(self, tmp_path: Path) -> Callable[[], Target]:
        return lambda: TableTarget(tmp_path / "contacts.csv")

    def as_held(self, view: Contact) -> Contact:
        """A column is a slot: their order is Outlook's, and an address that is there twice is there once."""
        return replace(
            view,
            emails=tuple(dict.fromkeys(view.emails)),
            phones=tuple(sorted(view.phones, key=lambda phone: KINDS.index(phone.kind))),
            addresses=tuple(sorted(view.addresses, key=lambda each: ("work", "home", "other").index(each.kind))),
            urls=tuple(sorted(view.urls, key=lambda each: ("work", "home").index(each.kind))),
        )

    def copy(self, folder: Folder, item: Item) -> None:
        path: Path = folder.target._path  # type: ignore[attr-defined]
        titles, row = path.read_bytes().split(b"\r\n", 1)
        path.write_bytes(titles + b"\r\n" + row + row)


KINDS = [kind for kind, _ in PHONES]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cards"


@pytest.fixture
def folder(path: Path) -> Iterator[Folder]:
    with asyncio.Runner() as runner:
        yield Folder(runner, FolderTarget(path), FLAG)


CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:Carla\r\nX-OTHER;X-P=1:kept, as it is\r\nEND:VCARD\r\n"


def test_a_drive_that_is_not_mounted_is_no_empty_folder(folder: Folder, path: Path) -> None:
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    path.rename(path.with_name("elsewhere"))
    path.mkdir()
    for ask in (
        folder.changes,
        lambda: folder.changes(cursor),
        lambda: folder.delete(item),
        lambda: folder.stamped(1),
    ):
        with pytest.raises(FolderGone):
            ask()
    again = FolderTarget(path, folder=folder.target.folder)
    with pytest.raises(FolderGone):
        Folder(folder.runner, again)
    assert list(path.iterdir()) == []


@pytest.mark.parametrize("of", ["cards", "contacts.csv"])
def test_what_the_owner_takes_back_of_our_last_writing_is_told(tmp_path: Path, of: str) -> None:
    with asyncio.Runner() as runner:
        folder = Folder(runner, target_at(tmp_path / of), FLAG)
        anna = folder.create(ANNA)
        cursor = folder.changes(None, {anna.id: anna.version}).cursor
        bert = folder.create(BERT, 2)
        folder.delete(bert)
        known = {anna.id: anna.version, bert.id: bert.version}
        feed = folder.changes(cursor, known)
        assert feed.full and [*feed.unchanged] == [anna.id]
        assert not folder.changes(feed.cursor, {anna.id: anna.version}).full


def test_another_folder_in_its_place_is_seen(folder: Folder, path: Path) -> None:
    known = folder.target.folder
    (path / MARKER).write_text("another\n")
    with pytest.raises(FolderGone):
        Folder(folder.runner, FolderTarget(path, folder=known))


def test_what_others_wrote_into_a_card_stays(folder: Folder, path: Path) -> None:
    (path / "carla.vcf").write_bytes(CARD)
    item = folder.all()[ItemId("carla.vcf")]
    folder.update(item, replace(item.view, note="new"))
    assert set(CARD.splitlines()) < set((path / "carla.vcf").read_bytes().splitlines())


def test_an_update_of_nothing_keeps_the_file(folder: Folder, path: Path) -> None:
    (path / "carla.vcf").write_bytes(CARD)
    item = folder.all()[ItemId("carla.vcf")]
    folder.update(item, item.view)
    assert (path / "carla.vcf").read_bytes() == CARD


def test_a_file_that_is_being_written_is_not_taken_for_a_deletion(folder: Folder, path: Path) -> None:
    item = folder.create(ANNA)
    (path / item.id).write_bytes(CARD[:40])
    feed = folder.changes(None, {item.id: item.version})
    assert (feed.items, feed.unchanged) == ([], [item.id])
    with pytest.raises(Changed):
        folder.delete(item)


def test_a_broken_file_is_not_written_to(folder: Folder, path: Path) -> None:
    item = folder.create(ANNA)
    (path / item.id).write_bytes(CARD[:40])
    broken = replace(item, version=version_of(CARD[:40]))
    with pytest.raises(Rejected, match="cannot be read"):
        folder.update(broken, replace(item.view, note="x"))
    assert (path / item.id).read_bytes() == CARD[:40]


def test_what_a_killed_run_left_is_swept_up(folder: Folder, path: Path) -> None:
    (path / ".some.vcf.new").write_bytes(CARD[:40])
    assert folder.all() == {}
    Folder(folder.runner, FolderTarget(path, folder=folder.target.folder))
    assert [each.name for each in path.iterdir()] == [MARKER]


def test_a_new_file_never_replaces_another(folder: Folder, path: Path) -> None:
    (path / "taken.vcf").write_bytes(CARD)
    other = Folder(folder.runner, FolderTarget(path, new_uid=lambda: "taken"))
    with pytest.raises(Changed):
        other.create(ANNA)
    assert (path / "taken.vcf").read_bytes() == CARD


def test_files_that_are_no_contacts_are_left_alone(folder: Folder, path: Path) -> None:
    group = CARD.replace(b"FN:Carla", b"FN:Friends\r\nX-ADDRESSBOOKSERVER-KIND:group")
    others = {"two.vcf": CARD * 2, "group.vcf": group, "notes.txt": b"x", ".hidden.vcf": CARD, "broken.vcf": b"\xff"}
    for name, content in others.items():
        (path / name).write_bytes(content)
    (path / "folder.vcf").mkdir()
    assert folder.all() == {}
    item = folder.create(ANNA)
    folder.delete(item)
    assert {name: (path / name).read_bytes() for name in others} == others


def test_nothing_outside_of_the_folder_is_read(folder: Folder, path: Path) -> None:
    (path.parent / "outside.vcf").write_bytes(CARD)
    for name in ("../outside.vcf", str(path.parent / "outside.vcf"), "..", ""):
        assert folder.items(ItemId(name)) == {}


def test_no_half_written_file_is_ever_seen(folder: Folder, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = folder.create(ANNA)
    before = (path / item.id).read_bytes()

    def breaks(_handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", breaks)
    for write in (lambda: folder.update(item, replace(item.view, note="x" * 9999)), lambda: folder.create(BERT)):
        with pytest.raises(Exception, match="No space left"):
            write()
    assert (path / item.id).read_bytes() == before
    assert sorted(each.name for each in path.iterdir()) == sorted([MARKER, item.id])


def test_each_failure_of_a_check_says_what_to_do(
    folder: Folder, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")

    def cure(target: FolderTarget) -> str:
        async def steps() -> list:
            return [step async for step in target.check()]

        *passed, failed = folder.runner.run(steps())
        assert all(step.passed for step in passed) and not failed.passed
        return failed.cure

    assert "name a folder" in cure(FolderTarget(tmp_path / "file"))
    assert "Make the folder" in cure(FolderTarget(tmp_path / "nowhere" / "cards"))
    assert "choose another" in cure(FolderTarget(path, folder="another"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "right to write" in cure(FolderTarget(path))
    assert list((tmp_path / "cards").iterdir()) == [path / MARKER]


def test_an_outlook_data_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="not supported yet"):
        target_at(tmp_path / "Outlook.PST")
    assert isinstance(target_at(tmp_path / "Outlook.CSV"), TableTarget)
    assert isinstance(target_at(tmp_path / "cards"), FolderTarget)


GERMAN = (
    "Vorname;Nachname;Firma;E-Mail-Adresse;Telefon geschäftlich;Hobby;Notizen\r\n"
    'Anna;Müller;ACME;anna@example.com;0221 1;"Segeln; Ski";eins\r\n'
    "Bert;Weber;;bert@example.com;;;zwei\r\n"
)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Folder]:
    """A file as a German Outlook writes it."""
    (tmp_path / "alt.csv").write_bytes(GERMAN.encode("cp1252"))
    with asyncio.Runner() as runner:
        yield Folder(runner, TableTarget(tmp_path / "alt.csv"), FLAG)


def test_a_german_table_keeps_its_words_its_charset_and_what_we_do_not_know(table: Folder, tmp_path: Path) -> None:
    anna, bert = sorted(table.all().values(), key=lambda item: item.view.given_name)
    assert (anna.view.family_name, anna.view.phones[0].number, anna.view.note) == ("Müller", "0221 1", "eins")
    view = replace(anna.view, company="Neu", emails=(*anna.view.emails, Email("a@b.example")))
    now = table.update(anna, view, stamp=stamp(1), customer_number="10001", flagged=True)
    assert (now.id, now.view, now.stamp, now.flagged) == (anna.id, view, stamp(1), True)
    titles, first, second, rest = (tmp_path / "alt.csv").read_bytes().decode("cp1252").split("\r\n")
    assert titles.startswith(GERMAN.split("\r\n")[0]) and titles.count("Firma") == 1 and "Company" not in titles
    assert first.startswith('Anna;Müller;Neu;anna@example.com;0221 1;"Segeln; Ski";eins;')
    assert second.rstrip(";") == "Bert;Weber;;bert@example.com;;;zwei" and rest == ""
    assert table.all().keys() == {anna.id, bert.id} and table.read(bert) == bert


def test_unmarking_a_row_leaves_its_own_cells(table: Folder, tmp_path: Path) -> None:
    anna = next(iter(table.all().values()))
    table.unmark(table.update(anna, anna.view, stamp=stamp(1), customer_number="10001", flagged=True))
    first = (tmp_path / "alt.csv").read_bytes().decode("cp1252").split("\r\n")[1]
    assert first.rstrip(";").removesuffix(anna.id).rstrip(";") == GERMAN.split("\r\n")[1]


def test_a_table_that_is_being_written_is_waited_for(table: Folder, tmp_path: Path) -> None:
    (tmp_path / "alt.csv").write_bytes(GERMAN.encode("cp1252").partition(b"; Ski")[0])
    with pytest.raises(Unreachable, match="no whole CSV file"):
        table.changes()


def test_a_table_that_went_away_is_no_empty_one(table: Folder, tmp_path: Path) -> None:
    (tmp_path / "alt.csv").unlink()
    for ask in (table.changes, lambda: table.create(ANNA), lambda: table.stamped(1)):
        with pytest.raises(FolderGone):
            ask()
    with pytest.raises(FolderGone):
        Folder(table.runner, TableTarget(tmp_path / "alt.csv", folder=table.target.folder))
    assert [step.passed for step in table.check()] == [False] and "bring it back" in table.check()[0].cure
    assert list(tmp_path.iterdir()) == []


def test_a_category_with_the_columns_separator_is_kept_and_not_split(tmp_path: Path) -> None:
    shown = TableTarget(tmp_path / "contacts.csv").shape.view(
        replace(ANNA, categories=("A; B", "Customer, old", "C"))
    )
    assert shown.kept.categories == ("A; B",)
    with asyncio.Runner() as runner:
        folder = Folder(runner, TableTarget(tmp_path / "contacts.csv"), FLAG)
        item = folder.create(replace(ANNA, categories=("A; B", "Customer, old", "C")))
        assert item.view.categories == ("Customer, old", "C")
