"""What people do to a mirrored list behind our back: it loses and doubles nothing, on either side."""

from __future__ import annotations

import pytest

from bridge.simulators.sharepoint.store import Refusal
from tests.mirror.office import Office
from tests.mirror.test_sharepoint import Place, office, place

__all__ = ["office", "place"]

OURS = ("BizId", "BizCategories", "CustomerID")


def quiet(office: Office) -> None:
    """Run twice, then once more for nothing."""
    for _ in range(2):
        office.sync()
    assert office.sync().counts == {} and office.failures() == []


@pytest.mark.parametrize("removed", [OURS[:1], OURS[1:2], OURS])
def test_columns_of_ours_that_somebody_removed_are_made_again_and_everybody_is_who_he_was(
    office: Office, place: Place, removed
):
    nick, anna = (office.add(name) for name in ("Nick Brigandi", "Anna Abel"))
    office.sync()
    for name in removed:
        del place.at.list.columns[name]
        for row in place.rows.values():
            row.values.pop(name, None)
    quiet(office)
    office.edit(nick, company="Contoso")
    place.put("Anna Abel", JobTitle="Chief")
    quiet(office)
    assert office.names() == office.business() == place.names() == ["Anna Abel", "Nick Brigandi"]
    assert place.named("Nick Brigandi").values["Company"] == "Contoso"
    assert office.record(anna).contact.job_title == "Chief" and set(OURS) <= place.at.list.columns.keys()


def test_a_row_that_came_back_out_of_the_recycle_bin_before_a_run_was_never_away(office: Office, place: Place):
    key = office.add("Nick Brigandi")
    office.sync()
    row = place.named("Nick Brigandi")
    place.recycle("Nick Brigandi")
    place.at.list.restore(row.id)
    place.put("Nick Brigandi", JobTitle="Chief")
    quiet(office)
    assert office.business() == place.names() == ["Nick Brigandi"] and office.trashed() == []
    assert office.record(key).contact.job_title == "Chief"


def test_a_row_that_comes_back_after_a_run_is_the_owners_and_the_record_stays_in_the_deleted_items(
    office: Office, place: Place
):
    office.add("Nick Brigandi")
    office.sync()
    row = place.named("Nick Brigandi")
    place.recycle("Nick Brigandi")
    quiet(office)
    place.at.list.restore(row.id)
    quiet(office)
    assert office.names() == office.trashed() == place.names() == ["Nick Brigandi"] and office.business() == []


def test_a_row_cannot_be_pasted_with_our_identity_but_without(office: Office, place: Place):
    key = office.add("Nick Brigandi")
    office.sync()
    row = place.named("Nick Brigandi")
    with pytest.raises(Refusal):
        place.at.list.copy(row)
    copy = place.at.list.add({name: value for name, value in row.values.items() if name not in OURS})
    quiet(office)
    office.edit(key, company="Contoso")
    quiet(office)
    assert office.names() == place.names() == ["Nick Brigandi"] * 2 and office.business() == ["Nick Brigandi"]
    assert "Company" not in place.rows[copy.id].values


def test_a_list_that_was_renamed_is_the_same_list(office: Office, place: Place):
    key = office.add("Nick Brigandi")
    office.sync()
    the = place.at.list
    the.title = "Customers"
    office.edit(key, company="Contoso")
    quiet(office)
    (row,) = the.rows.values()
    assert row.values["Company"] == "Contoso"
