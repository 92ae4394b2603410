"""What changes nothing that a mirror shows wakes none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage_plugin.database.leases import release_lease, take_lease
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.pulses import pulses
from storage_plugin.model.view import View
from tests.visibility.office import Office, Phone, vcard


@pytest.fixture
def mirrored(office: Office, phone: Phone) -> Office:
    """Bob's contacts are mirrored, and his mirror has dealt with everything."""
    phone.put("a.vcf", vcard("1"))
    Mirrors(office.database).create(office.bobs.viewer.user_id, "file")
    caught_up(office)
    return office


def caught_up(office: Office) -> None:
    (pulse,) = pulses(office.database)
    lease = take_lease(office.database, pulse.mirror_id, "one", datetime.now(UTC), 60)
    assert lease is not None
    Mirrors(office.database).reached(lease, cursor="", number=pulse.number, view="")
    release_lease(office.database, lease)
    assert not is_behind(office)


def is_behind(office: Office) -> bool:
    (pulse,) = pulses(office.database)
    return pulse.is_behind


def test_what_a_reader_proposes_wakes_no_mirror(mirrored: Office, phone: Phone) -> None:
    mirrored.sees(mirrored.alice, View(read_only=True))
    caught_up(mirrored)
    phone.sync()
    phone.put("a.vcf", vcard("1", "Changed"), match=phone.listing()["a.vcf"])
    phone.put("new.vcf", vcard("2"))
    phone.delete("a.vcf")
    assert not is_behind(mirrored)


def test_a_touch_of_rev_wakes_no_mirror_and_an_edit_does(mirrored: Office, phone: Phone) -> None:
    text = phone.text("a.vcf")
    phone.put("a.vcf", text.replace("END:VCARD", "REV:20261122T090000Z\r\nEND:VCARD").encode())
    assert not is_behind(mirrored)
    phone.put("a.vcf", vcard("1", "Changed"))
    assert is_behind(mirrored)
    phone.put("a.vcf", vcard("1", "Changed", "REV:20261122T090000Z"))
    assert is_behind(mirrored), "the edit before it was never dealt with"
