"""SyncFolderItems, FindItem and folders over EWS; an id in a name is one of Microsoft's requirement tables."""

import pytest

from bridge.simulators.graph.ids import ews_id
from bridge.simulators.graph.properties import TEXTS

NAME = "<t:DisplayName>{}</t:DisplayName>"


def kinds(reply):
    return sorted(each.tag.rpartition("}")[2] for each in reply.all("Changes")[0])


def test_ms_oxwssync_r504_a_state_tells_what_happened_since(office):
    kept, changed, gone = (office.create(NAME.format(name)) for name in ("A", "B", "C"))
    first = office.sync()
    assert kinds(first) == ["Create"] * 3
    office.anna.put(office.anna.item(changed.get("Id")), {TEXTS["jobTitle"]: "Chief"})
    office.delete(gone)
    office.create(NAME.format("D"))
    second = office.sync(first.text("SyncState"))
    assert kinds(second) == ["Create", "Delete", "Update"]
    assert kept.get("Id") not in {each.get("Id") for each in second.all("ItemId")}
    assert kinds(office.sync(second.text("SyncState"))) == []


def test_a_state_of_an_empty_folder_tells_what_went_since(office):
    state = office.sync().text("SyncState")
    state = office.sync(state).text("SyncState")
    office.delete(office.create(NAME.format("A")))
    assert kinds(office.sync(state)) == ["Delete"]


def test_pages_end_with_the_last_item(office):
    for number in range(5):
        office.create(NAME.format(number))
    state, found, last = "", 0, []
    while not last or last[-1] == "false":
        reply = office.sync(state, 2)
        state, found = reply.text("SyncState"), found + len(kinds(reply))
        last.append(reply.text("IncludesLastItemInRange"))
    assert (found, last) == (5, ["false", "false", "true"])


def test_a_page_holds_512_changes_at_most(office):
    with office.judge.expecting_bad_requests():
        assert office.sync(most=513).codes == ["ErrorSchemaValidation"]


def test_a_state_that_is_forgotten_is_refused(office):
    state = office.sync().text("SyncState")
    office.ews.forget_sync_states()
    assert office.sync(state).codes == ["ErrorInvalidSyncStateData"]


def test_a_folder_that_is_gone_is_not_synchronised(office):
    folder = office.anna.add_folder("Private")
    where = f'<t:FolderId Id="{folder.id}"/>'
    office.ask(f'<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds>{where}</m:FolderIds></m:DeleteFolder>')
    assert office.sync(folder=where).codes == ["NoError"], "it is in the deleted items"
    folder = office.anna.add_folder("Other")
    where = f'<t:FolderId Id="{folder.id}"/>'
    office.ask(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{where}</m:FolderIds></m:DeleteFolder>')
    assert office.sync(folder=where).codes == ["ErrorSyncFolderNotFound"]


def test_a_contact_that_is_moved_is_deleted_here_and_new_there(office):
    id = office.create(NAME.format("A"))
    state = office.sync().text("SyncState")
    other = office.anna.add_folder("Private")
    office.anna.move(office.anna.item(id.get("Id")), other.id)
    here = office.sync(state)
    assert (kinds(here), here.all("ItemId")[0].get("Id")) == (["Delete"], id.get("Id"))
    assert kinds(office.sync(folder=f'<t:FolderId Id="{other.id}"/>')) == ["Create"]


def found(office, restriction="", view=""):
    return office.ask(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
        f"{view}{restriction}"
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderIds></m:FindItem>'
    )


EQUAL = (
    '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="contacts:DisplayName"/>'
    '<t:FieldURIOrConstant><t:Constant Value="{}"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>'
)


def test_contacts_are_found_by_a_property(office):
    office.create(NAME.format("Anna"))
    office.create(NAME.format("Bert"))
    assert found(office, EQUAL.format("ANNA")).text("DisplayName") == "Anna"
    assert len(found(office).all("DisplayName")) == 2


def test_a_restriction_gives_250_rows_at_most(office):
    for _ in range(251):
        office.anna.add({TEXTS["displayName"]: "Anna"})
    reply = found(office, EQUAL.format("Anna"))
    assert len(reply.all("Contact")) == 250
    assert reply.all("RootFolder")[0].get("IncludesLastItemInRange") == "false"
    view = '<m:IndexedPageItemView MaxEntriesReturned="1000" Offset="250" BasePoint="Beginning"/>'
    assert len(found(office, EQUAL.format("Anna"), view).all("Contact")) == 1


def test_a_body_is_not_in_a_search(office):
    office.create('<t:Body BodyType="Text">long</t:Body>')
    shape = '<t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties>'
    reply = office.ask(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
        f"{shape}</m:ItemShape>"
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderIds></m:FindItem>'
    )
    assert len(reply.all("Contact")) == 1 and not reply.all("Body")


def test_folders_are_made_found_and_deleted(office):
    made = office.ask(
        '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderId><m:Folders>'
        "<t:ContactsFolder><t:DisplayName>Business</t:DisplayName></t:ContactsFolder></m:Folders></m:CreateFolder>"
    )
    id = made.all("FolderId")[0].get("Id")
    below = (
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderIds></m:FindFolder>'
    )
    reply = office.ask(below)
    assert (reply.text("DisplayName"), reply.text("FolderClass")) == ("Business", "IPF.Contact")
    gone = f'<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds><t:FolderId Id="{id}"/></m:FolderIds>'
    assert office.ask(f"{gone}</m:DeleteFolder>").codes == ["NoError"]
    assert not office.ask(below).all("DisplayName")
    reading = "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    reply = office.ask(f'{reading}<m:FolderIds><t:FolderId Id="{id}"/></m:FolderIds></m:GetFolder>')
    assert reply.all("ParentFolderId")[0].get("Id") == ews_id(office.anna.bin)


@pytest.mark.parametrize(("name", "code"), [("voicemail", "ErrorFolderNotFound"), ("contacts", "NoError")])
def test_folders_that_are_not_simulated_are_not_there(office, name, code):
    reading = "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    reply = office.ask(f'{reading}<m:FolderIds><t:DistinguishedFolderId Id="{name}"/></m:FolderIds></m:GetFolder>')
    assert reply.codes == [code]
