"""Office365-REST-Python-Client as a person's client of a SharePoint Server, then the whole way to a phone and back.

Run by ``make judges``. It signs in by NTLM, asks for a form digest, and finds lists by their titles and rows by
``GetById``, which we do not.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from office365.runtime.auth.user_credential import UserCredential
from office365.runtime.client_request_exception import ClientRequestException
from office365.sharepoint.attachments.creation_information import AttachmentCreationInformation
from office365.sharepoint.changes.query import ChangeQuery
from office365.sharepoint.client_context import ClientContext
from office365.sharepoint.fields.url_value import FieldUrlValue
from office365.sharepoint.lists.creation_information import ListCreationInformation
from office365.sharepoint.lists.templates.type import ListTemplateType

from bridge.simulators.sharepoint.onpremises import OnPremises
from bridge.simulators.sharepoint.store import ContactsList, Row
from tests.judges.firm import LOGIN, Firm
from tests.judges.journey import Journey, Seen
from tests.judges.picture import png
from tests.judges.sharepoint_schema import Judge
from tests.judges.steps import Step, walk

LIST = "Business Contacts"
MANY = 250
"""More rows than SharePoint gives at once (100)."""


class Office(Firm):
    """A firm with the site ``site``; the list is made by whoever comes first."""

    password = "ein Paßwort für 5 €"

    def __init__(self) -> None:
        self.sharepoint = OnPremises()
        self.sharepoint.sign_in.passwords[LOGIN] = self.password
        self.site = self.sharepoint.site
        super().__init__(self.sharepoint, Judge())

    @property
    def place(self) -> tuple[str, ...]:
        return "--to", "sharepoint", "--site", self.site.address, "--list", LIST, "--login", LOGIN

    def client(self, password: str = password) -> Any:
        """Give the client's context."""
        return ClientContext(self.site.address, allow_ntlm=True).with_credentials(UserCredential(LOGIN, password))


class Office365:
    """The client as the journey's; rows are found by FullName."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def make(self, given: str, family: str, seen: Seen) -> None:
        """Add a row."""
        values = {"Title": family, "FirstName": given, "FullName": f"{given} {family}"}
        values |= {"JobTitle": seen.title, "CellPhone": seen.mobile, "Email": seen.mail}
        self._list.add_item(values).execute_query()

    def find(self, name: str) -> Seen | None:
        """Read a row."""
        found = self._found(name)
        return found and Seen(*(found.properties[each] or "" for each in ("JobTitle", "CellPhone", "Email")))

    def change(self, name: str, title: str) -> None:
        """Write the job title."""
        found = self._found(name)
        self._list.items.get_by_id(found.id).set_property("JobTitle", title).update().execute_query()

    def delete(self, name: str) -> None:
        """Move a row into the recycle bin."""
        self._list.items.get_by_id(self._found(name).id).recycle().execute_query()

    @property
    def _list(self) -> Any:
        return self._office.client().web.lists.get_by_title(LIST)

    def _found(self, name: str) -> Any:
        found = list(self._list.items.filter(f"FullName eq '{name}'").get().execute_query())
        assert len(found) <= 1, f"{name} stands {len(found)} times in the list"
        return found[0] if found else None


class Operations:
    """The steps of the client's own: what it writes is in the list, what is there is seen by it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.list: Any = None

    def steps(self) -> list[Step]:
        return [
            self.signs_in,
            self.makes_a_list,
            self.creates,
            self.reads,
            self.changes,
            self.is_told_what_is_wrong,
            self.adds_a_column,
            self.attaches_a_file,
            self.follows_the_changes,
            self.lists_many,
            self.deletes,
        ]

    def signs_in(self) -> None:
        """signs in by NTLM with a password that is not ASCII, and a wrong one is refused."""
        web = self.office.client().web.get().execute_query()
        assert web.url == self.office.site.address
        assert self.office.sharepoint.sign_in.handshakes > 0
        assert _refusal(self.office.client("ein Passwort").web.get().execute_query) == 401

    def makes_a_list(self) -> None:
        """a contacts list that is made is found by its title and by its id."""
        wanted = ListCreationInformation("Friends", None, ListTemplateType.Contacts)
        lists = self.office.client().web.lists
        made = lists.add(wanted).execute_query()
        assert self.stored.template == 105
        assert lists.get_by_title("Friends").get().execute_query().id == made.id
        assert lists.get_by_id(made.id).get().execute_query().title == "Friends"
        assert [each.title for each in lists.get().execute_query()] == ["Friends"]
        self.list = lists.get_by_title("Friends")

    def creates(self) -> None:
        """a row that is added stands in the list, whole."""
        values = {"Title": "Lovelace", "FirstName": "Ada", "Comments": "first\nsecond"}
        self.list.add_item(values | {"WebPage": FieldUrlValue("https://engine.example", "Engine")}).execute_query()
        said = self.only().values
        assert (said["Title"], said["FirstName"]) == ("Lovelace", "Ada") and "first\nsecond" in said["Comments"]
        assert said["WebPage"] == {"Url": "https://engine.example", "Description": "Engine"}

    def reads(self) -> None:
        """the row is found by its id and by its values, with the columns that are asked for."""
        row = self.list.items.get_by_id(1).get().execute_query()
        assert (row.id, row.properties["FirstName"], row.properties["WorkPhone"]) == (1, "Ada", None)
        assert row.properties["WebPage"]["Url"] == "https://engine.example"
        (found,) = self.list.items.filter("Title eq 'Lovelace'").select(["FirstName"]).get().execute_query()
        assert found.properties["FirstName"] == "Ada" and "Title" not in found.properties
        assert list(self.list.items.filter("Title eq 'King'").get().execute_query()) == []

    def changes(self) -> None:
        """what is changed is in the list, what is not said stays, what is empty is cleared."""
        row = self.list.items.get_by_id(1)
        row.set_property("JobTitle", "Chief").set_property("FirstName", "").update().execute_query()
        said = self.only().values
        assert (said["JobTitle"], said["Title"], said.get("FirstName")) == ("Chief", "Lovelace", None)
        row.set_url_field_value("WebPage", "https://other.example", "Other").execute_query()
        assert self.only().values["WebPage"]["Url"] == "https://other.example"
        assert self.only().version == 3

    def is_told_what_is_wrong(self) -> None:
        """a row that is not there, a column that is not there and a row without a name are refused."""
        assert _refusal(self.list.items.get_by_id(99).get().execute_query) == 404
        assert _refusal(self.list.items.select(["Nonsense"]).get().execute_query) == 400
        assert _refusal(self.list.add_item({"FirstName": "Nobody"}).execute_query) == 400
        assert len(self.stored.rows) == 1

    def adds_a_column(self) -> None:
        """the columns are listed, one is added, written to and deleted."""
        names = [each.internal_name for each in self.list.fields.get().execute_query()]
        assert {"FirstName", "_UIVersionString"} <= set(names)
        assert self.list.fields.add_text_field("SpouseName").execute_query().internal_name == "SpouseName"
        self.list.items.get_by_id(1).set_property("SpouseName", "Byron").update().execute_query()
        assert self.only().values["SpouseName"] == "Byron"
        self.list.fields.get_by_internal_name_or_title("SpouseName").delete_object().execute_query()
        assert "SpouseName" not in self.stored.columns

    def attaches_a_file(self) -> None:
        """a file is attached to the row, read again and deleted."""
        files = self.list.items.get_by_id(1).attachment_files
        files.add(AttachmentCreationInformation("ada's picture.png", png())).execute_query()
        assert self.only().files == {"ada's picture.png": png()}
        assert [each.file_name for each in files.get().execute_query()] == ["ada's picture.png"]
        assert files.get_by_filename("ada's picture.png").get_content().execute_query().value == png()
        files.get_by_filename("ada's picture.png").delete_object().execute_query()
        assert self.only().files == {}

    def follows_the_changes(self) -> None:
        """the change log tells what was done."""
        token = self.list.get().execute_query().properties["CurrentChangeToken"]
        friend = self.stored.add({"Title": "Friend"})
        self.stored.recycle(friend)
        query = ChangeQuery(Item=True, ChangeTokenStart=token)
        told = list(self.list.get_changes(query).execute_query())
        found = [(each.properties["ChangeType"].value, each.item_id) for each in told]
        assert found == [(1, friend.id), (3, friend.id)]

    def lists_many(self) -> None:
        """a list of more rows than fit into a page is listed whole."""
        for number in range(MANY):
            self.stored.add({"Title": f"Person {number}"})
        assert len(self.list.items.get_all().execute_query()) == MANY + 1
        assert len(self.list.items.get_all(page_size=70).execute_query()) == MANY + 1

    def deletes(self) -> None:
        """a row that is recycled is in the recycle bin, one that is deleted is not."""
        self.list.items.get_by_id(1).recycle().execute_query()
        last = max(self.stored.rows)
        self.list.items.get_by_id(last).delete_object().execute_query()
        assert 1 in self.stored.bin and last not in self.stored.bin
        assert len(self.stored.rows) == MANY - 1

    @property
    def stored(self) -> ContactsList:
        """Give the list as the server has it."""
        (found,) = (each for each in self.office.site.lists.values() if each.title == "Friends")
        return found

    def only(self) -> Row:
        """Give the one row of the list."""
        (row,) = self.stored.rows.values()
        return row


def _refusal(ask: Callable[[], object]) -> int:
    """Give the status with which the server refuses."""
    try:
        ask()
    except ClientRequestException as error:
        assert error.response is not None
        return error.response.status_code
    raise AssertionError("the server did not refuse")


def main() -> int:
    logging.getLogger("office365").setLevel(logging.CRITICAL)  # it logs what it also raises
    with Office() as office:
        return walk(
            "Office365-REST-Python-Client", Operations(office).steps() + Journey(office, Office365(office)).steps()
        )


if __name__ == "__main__":
    sys.exit(main())
