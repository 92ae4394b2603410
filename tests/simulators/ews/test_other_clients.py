"""What DavMail asks for and other clients do not (tests/judges/ews_davmail.py runs DavMail itself)."""

import pytest

from bridge.simulators.graph.ids import ews_id
from tests.simulators.ews.office import CONTACTS

NUMBER = '<t:ExtendedFieldURI PropertyTag="0xe23" PropertyType="Integer"/>'
CLASS = '<t:ExtendedFieldURI PropertyTag="0x1a" PropertyType="String"/>'
CHANGED = '<t:ExtendedFieldURI PropertyTag="0x3008" PropertyType="SystemTime"/>'


def test_paths_know_no_upper_and_lower_case(office):
    async def ask(path):
        from aiohttp import ClientSession

        async with ClientSession() as session, session.post(office.ews.url.rpartition("/EWS/")[0] + path) as answer:
            return answer.status

    assert office.run(ask("/ews/exchange.asmx")) == 401
    assert office.run(ask("/ews/other.asmx")) == 404


def test_ids_are_plain_base64(office):
    ids = [office.create("<t:GivenName>Ada</t:GivenName>").get("Id") for _ in range(8)]
    assert any("/" in id or "+" in id for id in ids)
    assert not any("-" in id or "_" in id for id in ids)
    assert [office.get(id).codes for id in ids] == 8 * [["NoError"]]


def test_the_address_of_the_mailbox_is_told(office):
    said = '<t:AlternateId Format="EwsId" Id="x" Mailbox="blah@blah.example"/>'
    reply = office.ask(f'<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>{said}</m:SourceIds></m:ConvertId>')
    assert reply.all("AlternateId")[0].get("Mailbox") == office.anna.address


@pytest.mark.parametrize("name", ["inbox", "drafts", "outbox", "sentitems", "junkemail", "tasks", "calendar"])
def test_every_mailbox_has_the_well_known_folders(office, name):
    shape = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    wanted = f'<m:FolderIds><t:DistinguishedFolderId Id="{name}"/></m:FolderIds>'
    reply = office.ask(f"<m:GetFolder>{shape}{wanted}</m:GetFolder>")
    assert reply.codes == ["NoError"] and reply.text("FolderClass") != "IPF.Contact"


def test_folders_are_found_by_name_and_told_with_their_properties(office):
    made = [office.anna.add_folder(name) for name in ("Other", "Private")]
    office.anna.add({}, made[1].id)
    tags = (("0x3602", "Integer"), ("0x3603", "Integer"), ("0x360a", "Boolean"), ("0x670a", "SystemTime"))
    paths = "".join(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>' for tag, kind in tags)
    more = f"<t:AdditionalProperties>{paths}</t:AdditionalProperties>"
    constant = '<t:FieldURIOrConstant><t:Constant Value="private"/></t:FieldURIOrConstant>'
    reply = office.ask(
        f'<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>{more}</m:FolderShape>'
        f'<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/>{constant}</t:IsEqualTo>'
        f"</m:Restriction><m:ParentFolderIds>{CONTACTS}</m:ParentFolderIds></m:FindFolder>"
    )
    assert [each.get("Id") for each in reply.all("FolderId")] == [ews_id(made[1].id)]
    assert [each.text for each in reply.all("Value")][:3] == ["1", "0", "false"]


def test_items_are_ordered_by_their_numbers_and_found_by_their_class(office):
    for name in "ABC":
        office.create(f"<t:GivenName>{name}</t:GivenName>")

    def find(order):
        constant = '<t:FieldURIOrConstant><t:Constant Value="IPM.Contact"/></t:FieldURIOrConstant>'
        return office.ask(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
            f"<t:AdditionalProperties>{NUMBER}{CHANGED}</t:AdditionalProperties></m:ItemShape>"
            f"<m:Restriction><t:IsEqualTo>{CLASS}{constant}</t:IsEqualTo></m:Restriction>"
            f'<m:SortOrder><t:FieldOrder Order="{order}">{NUMBER}</t:FieldOrder></m:SortOrder>'
            f"<m:ParentFolderIds>{CONTACTS}</m:ParentFolderIds></m:FindItem>"
        )

    numbers = [int(each.text) for each in find("Ascending").all("Value")[::2]]
    assert numbers == sorted(numbers) and len(numbers) == 3
    assert [int(each.text) for each in find("Descending").all("Value")[::2]] == numbers[::-1]


def test_a_property_may_be_set_as_that_of_any_item(office):
    id = office.create("<t:GivenName>Ada</t:GivenName>")
    path = '<t:ExtendedFieldURI PropertyTag="0x3a17" PropertyType="String"/>'
    value = f"<t:ExtendedProperty>{path}<t:Value>Chief</t:Value></t:ExtendedProperty>"
    change = f"<t:SetItemField>{path}<t:Item>{value}</t:Item></t:SetItemField>"
    assert office.update(id, change).codes == ["NoError"]
    assert office.get(id.get("Id")).text("JobTitle") == "Chief"


def test_there_are_no_photos_of_people(office):
    asked = "<m:Email>ada@engine.example</m:Email><m:SizeRequested>HR240x240</m:SizeRequested>"
    assert office.ask(f"<m:GetUserPhoto>{asked}</m:GetUserPhoto>").codes == ["ErrorItemNotFound"]
