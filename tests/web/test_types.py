"""Record types of the firm's own: the administrator makes them, and nobody else."""

import pytest

from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.record_type import Base, Field, FieldKind, RecordType
from tests.web.site import Site


def types(site: Site) -> list[RecordType]:
    return RecordTypes(site.house.database, 1).list()[2:]


def test_bcm_41_a_type_with_fields_of_each_kind_is_added(site: Site):
    boss = site.browser("boss")
    answer = boss.post(
        "/types/add",
        {
            "name": "Supplier",
            "base": "contact",
            "field": ["Remark", "Discount", "Since", "Rating"],
            "kind": ["text", "number", "date", "choice"],
            "choices": ["", "", "", "A, B,,C"],
        },
    )
    fields = (
        Field("Remark"),
        Field("Discount", FieldKind.NUMBER),
        Field("Since", FieldKind.DATE),
        Field("Rating", FieldKind.CHOICE, ("A", "B", "C")),
    )
    assert types(site) == [RecordType("Supplier", Base.CONTACT, fields)]
    assert answer.url == "/types" and "Supplier is a record type now" in answer.text and "A, B, C" in answer.text


def test_rows_that_are_not_filled_make_no_field(site: Site):
    rows = {"field": ["", "Since", "", ""], "kind": ["text", "date", "text", "text"], "choices": ["", "", "", ""]}
    site.browser("boss").post("/types/add", {"name": "Branch", "base": "account"} | rows)
    assert types(site) == [RecordType("Branch", Base.ACCOUNT, (Field("Since", FieldKind.DATE),))]


def test_a_type_is_renamed_and_gets_another_field(site: Site):
    RecordTypes(site.house.database, 1).add(RecordType("Supplier"))
    boss = site.browser("boss")
    assert "called Vendor now" in boss.post("/types/rename", old="Supplier", new="Vendor").text
    boss.post("/types/add-field", type="Vendor", field="Since", kind="date", choices="")
    assert types(site) == [RecordType("Vendor", Base.CONTACT, (Field("Since", FieldKind.DATE),))]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("add", {"name": "Supplier", "base": "contact"}),
        ("add", {"name": "", "base": "contact"}),
        ("add", {"name": "X", "base": "animal"}),
        ("add", {"name": "X", "base": "contact", "field": "A", "kind": "picture", "choices": ""}),
        ("add", {"name": "X", "base": "contact", "field": "A", "kind": "choice", "choices": " , "}),
        ("add", {"name": "X", "base": "contact", "field": ["A", "A"], "kind": ["text"] * 2, "choices": ["", ""]}),
        ("add-field", {"type": "Supplier", "field": "", "kind": "text"}),
        ("add-field", {"type": "None such", "field": "A", "kind": "text"}),
        ("rename", {"old": "Business Contact", "new": "Person"}),
        ("rename", {"old": "Supplier", "new": "Account"}),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(site: Site, path, form):
    RecordTypes(site.house.database, 1).add(RecordType("Supplier"))
    answer = site.browser("boss").post(f"/types/{path}", form)
    assert answer.status == 409 and 'role="alert"' in answer.text
    assert types(site) == [RecordType("Supplier")]


def test_a_coworker_neither_sees_nor_changes_the_types(site: Site):
    anna = site.browser("anna")
    assert anna.get("/types").status == 404
    assert anna.post("/types/add", name="Mine", base="contact").status == 404
    assert 'href="/types"' not in anna.get("/inbox").text
    assert 'href="/types"' in site.browser("boss").get("/inbox").text
    assert types(site) == []


def test_names_are_shown_as_text(site: Site):
    RecordTypes(site.house.database, 1).add(RecordType('<b>"B&B"</b>'))
    text = site.browser("boss").get("/types").text
    assert "<b>" not in text and "&lt;b&gt;" in text
