"""The judge of REST notices what is wrong: a judge that lets everything pass proves nothing."""

import pytest

from tests.judges.sharepoint_schema import column_type, errors, field_errors

ROW = {"__metadata": {"type": "SP.Data.ContactsListItem"}}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"__metadata": {"type": "SP.List"}, "BaseTemplate": "105"}, "is no Edm.Int32"),
        ({"__metadata": {"type": "SP.List"}, "Name": "Contacts"}, "SP.List has no Name"),
        ({"__metadata": {"type": "SP.Liste"}, "Title": "x"}, "there is no type SP.Liste"),
        ({"query": {"__metadata": {"type": "SP.ChangeQuery"}, "Delete": True}}, "SP.ChangeQuery has no Delete"),
        (
            {"query": {"__metadata": {"type": "SP.ChangeQuery"}, "ChangeTokenStart": {"StringValue": "1"}}},
            "is no SP.",
        ),
        (ROW | {"WorkTelephone": "1"}, "has no WorkTelephone"),
        (ROW | {"WorkPhone": 1}, "is no Text"),
        (ROW | {"WebPage": {"__metadata": {"type": "SP.Url"}, "Url": "x"}}, "is no URL"),
        (
            ROW | {"BizCategories": {"__metadata": {"type": "Collection(Edm.String)"}, "values": []}},
            "has results alone",
        ),
        ({"d": ROW | {"Id": "1"}}, "is no Edm.Int32"),
        ({"d": ROW | {"ParentList": {"Title": "Contacts"}}}, "is no link"),
        ({"d": ROW | {"Attachments": "no"}}, "is no Attachments"),
        ({"__metadata": {"type": "SP.Attachment"}, "FileName": None}, "FileName: null"),
    ],
)
def test_what_is_wrong_is_noticed(content, found):
    assert any(found in error for error in errors(content))


def test_what_is_right_is_not():
    right = ROW | {"Id": 1, "WorkPhone": "1", "WebPage": None, "HomeAddressStreet": "x"}
    assert list(errors({"d": {"results": [right]}})) == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"WorkTelephone": "1"}, "rows have no WorkTelephone"),
        ({"WorkPhone": 1}, "WorkPhone: 1 is no Text"),
        ({"BizCategories": "Friends"}, "is no MultiChoice"),
    ],
)
def test_a_wrong_field_is_noticed_through_graph_too(fields, found):
    assert any(found in error for error in field_errors(fields))


def test_every_column_that_we_write_is_one_of_microsoft_s_or_our_own():
    from bridge.simulators.sharepoint.columns import SITE_COLUMNS, contacts_columns
    from bridge.targets.sharepoint.columns import ADDRESSES, DEFAULT, EMAILS, FIELDS, MESSENGER, OWN, PHONES, URLS

    names = {*DEFAULT, *FIELDS.values(), *EMAILS, MESSENGER, *URLS.values(), *(each.name for each in OWN)}
    names |= {name for some in PHONES.values() for name in some}
    names |= {name for parts in ADDRESSES.values() for name in parts.values()}
    assert sorted(name for name in names if column_type(name) is None) == []
    for name, kind in {**SITE_COLUMNS, **{each.name: each.kind for each in contacts_columns().values()}}.items():
        assert column_type(name) == kind, name
