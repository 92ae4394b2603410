"""The photo of a contact on its page: given, replaced, removed and brought back, and seen by whom it may be seen."""

from __future__ import annotations

import pytest

from bridge import pictures
from bridge.demo.pictures import portrait
from storage_plugin.database.users import Users
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import NotFound, Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.forms import form
from tests.web.site import Answer, Browser, Site, contacts

BY = Origin("cli")
FIRST, SECOND = portrait(1), portrait(2)


COMMENT = b"\xff\xfe\x00\x09\xff\xc0\x00\x0b\x08\xff\xff"
"""What looks like a frame."""


def jpeg(width: int = 96, height: int = 96, length: int = 0, before: bytes = b"") -> bytes:
    """Make a JPEG that codes nothing, of at least so many octets, with something before its frame."""
    frame = b"\xff\xc2\x00\x0b\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00"
    head, end = b"\xff\xd8" + before + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00", b"\xff\xd9"
    return head + bytes(max(0, length - len(head) - len(end))) + end


def add(site: Site, name: str, owner: str = "") -> int:
    key = next((each.id for each in site.users.all() if each.name == owner), None)
    return contacts(site).save(Contact(name, family_name=name), BY, owner_id=key, photo=FIRST).id


def photo(browser: Browser, key: int, query: str = "") -> bytes | None:
    answer = browser.get(f"/contacts/{key}/photo{query}")
    return answer.content if answer.status == 200 else None


def edited(browser: Browser, key: int, **fields: object) -> Answer:
    """Send the form of a contact as it is shown, but for ``fields``."""
    shown = form(browser.get(f"/contacts/{key}/edit").text, f"/contacts/{key}/edit")
    return browser.post(f"/contacts/{key}/edit", {**shown, **fields})


def test_a_photo_is_given_replaced_and_removed_with_the_rest_of_the_form(office: Site):
    browser = office.browser("anna")
    assert browser.get("/contacts/new").text.count(">Photo<") == 1
    made = browser.post("/contacts/new", type="Business Contact", family_name="Zorn", photo=FIRST)
    key = int(made.url.rpartition("/")[2])
    assert photo(browser, key) == FIRST
    assert edited(browser, key, job_title="Chief", photo=jpeg()).status == 200
    assert photo(browser, key) == jpeg() and contacts(office).get(key).contact.job_title == "Chief"  # type: ignore[arg-type]
    assert browser.get(f"/contacts/{key}/photo").headers["Content-Type"] == "image/jpeg"
    edited(browser, key, **{"photo-remove": "1"})
    assert photo(browser, key) is None and not contacts(office).get(key).contact.photo  # type: ignore[arg-type]


def test_a_form_without_a_new_photo_leaves_the_one_there_is(office: Site):
    key = add(office, "Zorn")
    edited(office.browser("anna"), key, job_title="Chief")
    assert photo(office.browser("anna"), key) == FIRST


def test_history_shows_photos_and_brings_each_back(office: Site):
    key, browser = add(office, "Zorn"), office.browser("anna")
    edited(browser, key, photo=SECOND)
    edited(browser, key, **{"photo-remove": "1"})
    past = browser.get(f"/contacts/{key}/history").text
    for revision, picture in ((1, FIRST), (2, SECOND)):
        assert f"/contacts/{key}/photo?revision={revision}" in past
        assert photo(browser, key, f"?revision={revision}") == picture
        browser.post(f"/contacts/{key}/restore", revision=revision, field="photo")
        assert photo(browser, key) == picture
    browser.post(f"/contacts/{key}/restore", revision=3)
    assert photo(browser, key) is None


def test_nobody_sees_or_changes_a_photo_of_whom_he_may_not_see(office: Site):
    own, hidden = add(office, "Benson", "ben"), add(office, "Hidden")
    office.users.set_view("anna", View(Filter((Condition("family_name", Operator.IS_NOT, "Hidden"),))))
    browser, boss = office.browser("anna"), office.browser("boss")
    for visitor, key in ((browser, own), (browser, hidden), (boss, own)):
        visitor.get("/contacts")
        assert photo(visitor, key) is None and photo(visitor, key, "?revision=1") is None
        assert visitor.post(f"/contacts/{key}/edit", revision="1", photo=SECOND).status == 404
    assert photo(office.browser("ben"), own) == FIRST
    assert photo(boss, hidden) == FIRST


def test_a_photo_of_when_it_was_somebodys_own_is_not_shown(office: Site):
    key = add(office, "Benson", "ben")
    edited(office.browser("ben"), key, photo=SECOND)
    contacts(office).promote(key, BY)  # type: ignore[arg-type]
    assert photo(office.browser("anna"), key) == SECOND
    assert photo(office.browser("anna"), key, "?revision=1") is None
    assert photo(office.browser("ben"), key, "?revision=1") == FIRST


def test_who_may_only_read_gives_no_photo(office: Site):
    key = add(office, "Zorn")
    office.users.set_view("anna", View(read_only=True))
    browser = office.browser("anna")
    browser.get("/contacts")
    assert browser.post(f"/contacts/{key}/edit", revision="1", photo=SECOND).status == 409
    assert photo(browser, key) == FIRST


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"GIF89a" + bytes(50), "is no photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no photo"),
        (FIRST[:200], "is no photo"),
        (b"\xff\xd8\xff" + bytes(50), "is no photo"),
        (jpeg(before=COMMENT)[:14], "is no photo"),
        (jpeg(0, 10), "is no photo"),
        (jpeg().replace(b"\xff\xc2", b"\0\xc2"), "is no photo"),
        (jpeg(pictures.LONGEST_SIDE + 1, 10), "larger than phones take (1 MB, 4096 pixels a side)"),
        (jpeg(10, pictures.LONGEST_SIDE + 1), "larger than phones take"),
        (jpeg(length=pictures.LARGEST + 1), "larger than phones take"),
    ],
    ids=(
        "gif",
        "svg",
        "png cut off",
        "jpeg of nothing",
        "jpeg cut off",
        "no width",
        "no marker",
        "wide",
        "high",
        "large",
    ),
)
def test_what_devices_do_not_take_is_refused_and_the_rest_of_the_form_is_kept(office: Site, file: bytes, said: str):
    key, browser = add(office, "Zorn"), office.browser("anna")
    answer = edited(browser, key, job_title="Chief", photo=file)
    assert answer.status == 409 and said in answer.text and "choose the photo again" in answer.text
    assert form(answer.text, f"/contacts/{key}/edit")["job_title"] == ["Chief"]
    assert photo(browser, key) == FIRST and not contacts(office).get(key).contact.job_title  # type: ignore[arg-type]


def test_where_a_photo_was_taken_is_told_to_nobody(office: Site):
    key = add(office, "Zorn")
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0" + b"52.5163N 13.3777E"
    edited(office.browser("anna"), key, photo=jpeg(before=b"\xff\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif))
    assert photo(office.browser("ben"), key) == jpeg()


@pytest.mark.parametrize(
    "file", [jpeg(pictures.LONGEST_SIDE, 1), jpeg(length=pictures.LARGEST)], ids=("wide", "large")
)
def test_the_largest_photo_is_taken(office: Site, file: bytes):
    key = add(office, "Zorn")
    edited(office.browser("anna"), key, photo=file)
    assert photo(office.browser("anna"), key) == file


def test_what_is_too_large_for_the_page_is_refused_with_a_sentence(office: Site):
    browser = office.browser("anna")
    browser.get("/contacts")
    answer = browser.post("/contacts/1/delete", photo=bytes(1024 * 1024))
    assert answer.status == 413 and "takes 1 MB at once" in answer.text


def test_a_photo_that_somebody_else_gave_meanwhile_is_not_overwritten(office: Site):
    key, browser = add(office, "Zorn"), office.browser("anna")
    shown = form(browser.get(f"/contacts/{key}/edit").text, f"/contacts/{key}/edit")
    edited(office.browser("ben"), key, photo=SECOND)
    answer = browser.post(f"/contacts/{key}/edit", {**shown, "photo": jpeg()})
    assert (
        answer.status == 409
        and answer.text.count("<td>another photo</td>") == 2
        and "choose the photo again" in answer.text
    )
    assert contacts(office).get(key).contact.photo not in answer.text  # type: ignore[arg-type]
    assert photo(browser, key) == SECOND


def test_a_version_of_a_photo_is_looked_up_for_its_viewer(office: Site):
    key = add(office, "Zorn")
    anna = Users(office.house.database).viewer("anna")
    assert anna is not None
    with pytest.raises(NotFound):
        Viewing(office.house.database, anna).photo_then(key, 9)  # type: ignore[arg-type]
