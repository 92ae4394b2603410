"""The judge finds fault: without that, its silence in all other tests would mean nothing."""

import pytest

from bridge.simulators.ews.service import Answer, Request
from bridge.simulators.ews.soap import M, S, T, envelope, make, message, response
from tests.judges.ews_schema import Judge

FINE = response("DeleteItem", [message("DeleteItem")])
_CONTACT = "<m:CreateItem><m:Items><t:Contact>{}</t:Contact></m:Items></m:CreateItem>"
_SYNC = (
    "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
    '<m:SyncFolderId><t:DistinguishedFolderId Id="contacts"/></m:SyncFolderId>'
    "<m:MaxChangesReturned>{}</m:MaxChangesReturned></m:SyncFolderItems>"
)


def judged(body, answer=FINE):
    judge = Judge()
    names = f'xmlns:s="{S[1:-1]}" xmlns:m="{M[1:-1]}" xmlns:t="{T[1:-1]}"'
    sent = f"<s:Envelope {names}><s:Body>{body}</s:Body></s:Envelope>".encode()
    judge(Request("anna", sent, "X"), Answer(200, envelope(answer)))
    return judge.verdict()


@pytest.mark.parametrize(
    "body",
    [
        _CONTACT.format("<t:Surname>Müller</t:Surname><t:GivenName>Anna</t:GivenName>"),
        _CONTACT.format('<t:PhoneNumbers><t:Entry Key="WorkPhone">1</t:Entry></t:PhoneNumbers>'),
        _CONTACT.format('<t:PhoneNumbers><t:Entry Key="pager">1</t:Entry></t:PhoneNumbers>'),
        _CONTACT.format('<t:EmailAddresses><t:Entry Key="EmailAddress4">a@b</t:Entry></t:EmailAddresses>'),
        _CONTACT.format("<t:Birthday>1980-02-29</t:Birthday>"),
        _SYNC.format(513),
        '<m:UpdateItem ConflictResolution="Never"><m:ItemChanges/></m:UpdateItem>',
        "<m:Nonsense/>",
    ],
)
def test_a_wrong_request_is_found(body):
    assert judged(body)


@pytest.mark.parametrize(
    "answer",
    [
        make(f"{M}DeleteItemResponse"),
        make(f"{M}GetItemResponse", make(f"{M}ResponseMessages", make(f"{M}GetItemResponseMessage"))),
        make(f"{S}Fault", make("detail")),
    ],
)
def test_a_wrong_answer_is_found(answer):
    assert judged(_SYNC.format(512), answer)


def test_what_is_right_is_left_alone():
    assert judged(_SYNC.format(512)) == []
    assert judged(_CONTACT.format("<t:GivenName>Anna</t:GivenName><t:Surname>Müller</t:Surname>")) == []


def test_expected_bad_requests_must_come():
    with pytest.raises(AssertionError), Judge().expecting_bad_requests():
        pass
