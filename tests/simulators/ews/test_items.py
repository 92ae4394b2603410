"""Contacts over EWS: each fact of exchange-facts.md, section 3, that the simulator claims."""

from datetime import UTC, datetime

import pytest

from bridge.simulators.graph.faults import Refuse, Slow
from bridge.simulators.graph.properties import TEXTS

NAME = "<t:DisplayName>Anna Müller</t:DisplayName>"


def test_what_is_created_is_read_back(office):
    id = office.create(
        '<t:Body BodyType="Text">first\nsecond</t:Body>'
        "<t:Categories><t:String>Friends</t:String></t:Categories>"
        f"<t:FileAs>Chosen</t:FileAs>{NAME}<t:GivenName>Anna</t:GivenName>"
        '<t:EmailAddresses><t:Entry Key="EmailAddress1">anna@example.com</t:Entry></t:EmailAddresses>'
        '<t:PhysicalAddresses><t:Entry Key="Business"><t:Street>Weg 1</t:Street><t:City>Köln</t:City></t:Entry>'
        '</t:PhysicalAddresses><t:PhoneNumbers><t:Entry Key="Pager">110</t:Entry></t:PhoneNumbers>'
        '<t:ImAddresses><t:Entry Key="ImAddress3">anna</t:Entry></t:ImAddresses><t:Surname>Müller</t:Surname>'
    )
    reply = office.get(id.get("Id"))
    assert (reply.text("Body"), reply.text("FileAs"), reply.text("Surname")) == ("first\nsecond", "Chosen", "Müller")
    assert reply.entries("PhoneNumbers") == {"Pager": "110"}
    assert reply.entries("EmailAddresses") == {"EmailAddress1": "anna@example.com"}
    assert reply.text("Street") == "Weg 1"
    assert reply.all("ItemId")[0].get("ChangeKey") == id.get("ChangeKey")


def test_one_store_stands_under_graph_and_ews(office):
    """MAPI properties, which DavMail writes, are the same values as EWS' own fields."""
    pager = '<t:ExtendedFieldURI PropertyTag="0x3a21" PropertyType="String"/>'
    id = office.create(f"<t:ExtendedProperty>{pager}<t:Value>110</t:Value></t:ExtendedProperty>{NAME}")
    reply = office.get(id.get("Id"))
    assert reply.entries("PhoneNumbers") == {"Pager": "110"}
    assert office.anna.item(id.get("Id")).properties["String 0x3a21"] == "110"
    seen = office.get(
        id.get("Id"),
        f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{pager}</t:AdditionalProperties>",
    )
    assert seen.text("Value") == "110"


def test_each_part_of_a_request_is_answered_by_itself(office):
    id = office.create(NAME)
    reply = office.ask(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>"
        f'<t:ItemId Id="nobody"/><t:ItemId Id="{id.get("Id")}"/></m:ItemIds></m:GetItem>'
    )
    assert reply.codes == ["ErrorItemNotFound", "NoError"]


SURNAME = '<t:SetItemField><t:FieldURI FieldURI="contacts:Surname"/><t:Contact>{}</t:Contact></t:SetItemField>'


def test_never_overwrite_refuses_an_older_change_key(office):
    id = office.create(NAME)
    office.anna.put(office.anna.item(id.get("Id")), {TEXTS["jobTitle"]: "Chief"})
    new = SURNAME.format("<t:Surname>New</t:Surname>")
    assert office.update(id, new).codes == ["ErrorIrresolvableConflict"]
    assert office.update(id, new, "AlwaysOverwrite").codes == ["NoError"]


def test_a_change_needs_a_change_key(office):
    id = office.create(NAME)
    del id.attrib["ChangeKey"]
    id.set("ChangeKey", "")
    for how in ("NeverOverwrite", "AlwaysOverwrite"):
        codes = office.update(id, SURNAME.format("<t:Surname>x</t:Surname>"), how).codes
        assert codes == ["ErrorChangeKeyRequiredForWriteOperations"]


def test_a_change_sets_one_property(office):
    """exchangelib#958."""
    id = office.create(NAME)
    two = SURNAME.format("<t:GivenName>A</t:GivenName><t:Surname>B</t:Surname>")
    assert office.update(id, two).codes == ["ErrorIncorrectUpdatePropertyCount"]
    other = SURNAME.format("<t:GivenName>A</t:GivenName>")
    assert office.update(id, other).codes == ["ErrorUpdatePropertyMismatch"]


@pytest.mark.parametrize("field", ["Notes", "Photo"])
def test_notes_and_photo_cannot_be_written(office, field):
    id = office.create(NAME)
    text = f'<t:SetItemField><t:FieldURI FieldURI="contacts:{field}"/><t:Contact/></t:SetItemField>'
    assert office.update(id, text).codes == ["ErrorInvalidPropertyRequest"]


def test_a_property_is_cleared_by_deleting_the_field(office):
    id = office.create(f"{NAME}<t:JobTitle>Chief</t:JobTitle>")
    clear = '<t:DeleteItemField><t:FieldURI FieldURI="contacts:JobTitle"/></t:DeleteItemField>'
    now = office.update(id, clear)
    assert now.all("ItemId")[0].get("ChangeKey") != id.get("ChangeKey")
    assert not office.get(id.get("Id")).all("JobTitle")


def test_the_name_shown_is_made_anew_with_its_parts(office):
    id = office.create("<t:GivenName>Anna</t:GivenName><t:Surname>Müller</t:Surname>")
    assert office.get(id.get("Id")).text("DisplayName") == "Anna Müller"
    office.update(id, SURNAME.format("<t:Surname>Weber</t:Surname>"))
    assert office.get(id.get("Id")).text("FileAs") == "Weber, Anna"


@pytest.mark.parametrize("key", ["pager", "WorkPhone"])
def test_keys_are_told_apart_by_case(office, key):
    """ews-managed-api#160."""
    with office.judge.expecting_bad_requests():
        reply = office.ask(
            f'<m:CreateItem><m:Items><t:Contact><t:PhoneNumbers><t:Entry Key="{key}">1</t:Entry></t:PhoneNumbers>'
            "</t:Contact></m:Items></m:CreateItem>"
        )
    assert (reply.status, reply.codes) == (500, ["ErrorSchemaValidation"])


def test_a_birthday_without_a_time_is_refused(office):
    with office.judge.expecting_bad_requests():
        reply = office.ask(
            "<m:CreateItem><m:Items><t:Contact><t:Birthday>1980-02-29</t:Birthday></t:Contact></m:Items></m:CreateItem>"
        )
    assert reply.codes == ["ErrorSchemaValidation"]


def test_a_moved_contact_has_another_id(office):
    id = office.create(NAME)
    folder = office.anna.add_folder("Private").id
    reply = office.ask(
        f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder}"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{id.get("Id")}"/></m:ItemIds></m:MoveItem>'
    )
    assert reply.all("ItemId")[0].get("Id") != id.get("Id")
    assert office.get(id.get("Id")).codes == ["ErrorItemNotFound"]


def test_a_deletion_heeds_no_change_key_and_keeps_the_contact_in_the_deleted_items(office):
    id = office.create(NAME)
    assert office.delete(id).codes == ["NoError"]
    assert len(office.anna.binned()) == 1
    other = office.create(NAME)
    assert office.delete(other, "HardDelete").codes == ["NoError"]
    assert len(office.anna.binned()) == 1
    assert office.delete(other).codes == ["ErrorItemNotFound"]


def test_a_full_mailbox_refuses(office):
    office.anna.full = True
    reply = office.ask(f"<m:CreateItem><m:Items><t:Contact>{NAME}</t:Contact></m:Items></m:CreateItem>")
    assert reply.codes == ["ErrorQuotaExceeded"]


def test_times_are_those_of_the_clock(office):
    id = office.create(NAME)
    office.clock.now = datetime(2026, 12, 24, tzinfo=UTC)
    office.update(id, SURNAME.format("<t:Surname>x</t:Surname>"))
    reply = office.get(id.get("Id"))
    assert reply.text("DateTimeCreated") == "2026-11-22T09:00:00Z"
    assert reply.text("LastModifiedTime") == "2026-12-24T00:00:00Z"


def test_busy_names_the_milliseconds(office):
    office.ews.faults.add(Refuse(500, "ErrorServerBusy", "Busy.", retry_after=5), "GetItem")
    reply = office.get("x")
    assert (reply.status, reply.codes, reply.text("Value")) == (500, ["ErrorServerBusy"], "5000")


def test_more_requests_at_a_time_than_allowed_are_refused(office):
    office.ews.behaviour.concurrent = 0
    assert office.get("x").codes == ["ErrorServerBusy"]


def test_slow_is_slow(office):
    office.ews.faults.add(Slow(0.01), "GetItem")
    assert office.get("x").codes == ["ErrorItemNotFound"]


@pytest.mark.parametrize("body", ["", "<m:Nonsense/>", "<GetItem/>"])
def test_nonsense_is_a_fault(office, body):
    with office.judge.expecting_bad_requests():
        reply = office.ask(body)
    assert (reply.status, reply.codes) == (500, ["ErrorSchemaValidation"])


def test_a_wrong_password_is_refused(office):
    assert office.ask("<m:GetItem/>", password="wrong").status == 401
