"""What the simulator claims of pictures and of the master list of categories."""

import pytest

from tests.simulators.graph.office import Json

JPEG = b"\xff\xd8\xff\xe0 a picture"
KIND = {"Content-Type": "image/jpeg"}


@pytest.fixture
def photo(office):
    return f"/me/contacts/{office.create(givenName='Ada')['id']}/photo"


def test_a_contact_without_a_picture_is_404(office, photo):
    assert [office.ask(f"{method} {photo}").status for method in ("GET", "DELETE")] == [404, 404]
    assert office.ask(f"GET {photo}/$value").status == 404


def test_a_picture_comes_back_byte_for_byte(office, photo):
    assert office.ask(f"PUT {photo}/$value", JPEG, KIND).status == 200
    read = office.ask(f"GET {photo}/$value")
    assert (read.content, read.headers["Content-Type"]) == (JPEG, "image/jpeg")
    assert office.ask(f"GET {photo}").status == 200


@pytest.mark.parametrize("end", ["", "/$value"])
def test_a_picture_can_be_deleted(office, photo, end):
    office.ask(f"PUT {photo}/$value", JPEG, KIND)
    assert office.ask(f"DELETE {photo}{end}").status == 204
    assert office.ask(f"GET {photo}/$value").status == 404


def test_deleting_a_picture_was_long_refused_docs_6255(office, photo):
    office.graph.behaviour.photo_delete = False
    office.ask(f"PUT {photo}/$value", JPEG, KIND)
    assert office.ask(f"DELETE {photo}").status == 405
    assert office.ask(f"GET {photo}/$value").content == JPEG


def test_a_picture_changes_no_version(office, photo):
    contact = photo.removesuffix("/photo")
    before = office.ask(f"GET {contact}").json
    office.ask(f"PUT {photo}/$value", JPEG, KIND)
    assert office.ask(f"GET {contact}").json == before


def test_a_picture_is_a_new_version_where_the_behaviour_says_so(office, photo):
    office.graph.behaviour.photo_in_delta = True
    contact, link = photo.removesuffix("/photo"), office.round().link
    before = office.ask(f"GET {contact}").json["changeKey"]
    office.ask(f"PUT {photo}/$value", JPEG, KIND)
    assert office.ask(f"GET {contact}").json["changeKey"] != before
    assert office.round(link).names == {"Ada"}


def test_what_is_no_picture_is_refused(office, photo):
    assert office.ask(f"PUT {photo}/$value", b"text", KIND).status == 400
    office.graph.behaviour.photo_limit = 5
    assert office.ask(f"PUT {photo}/$value", JPEG, KIND).status == 413


LIST = "/me/outlook/masterCategories"


def category(office, name, color: str = "preset7") -> Json:
    return office.ask(f"POST {LIST}", {"displayName": name, "color": color}).json


def test_a_mailbox_has_its_six_categories(office):
    assert [each["color"] for each in office.ask(f"GET {LIST}").value] == [f"preset{n}" for n in (0, 1, 3, 4, 7, 8)]


def test_a_category_has_one_of_26_colours(office):
    made = category(office, "Business Contact")
    assert office.ask(f"GET {LIST}/{made['id']}").json["color"] == "preset7"
    with office.judge.expecting_bad_requests():
        assert office.ask(f"POST {LIST}", {"displayName": "Another", "color": "preset25"}).status == 400


def test_a_name_is_unique(office):
    category(office, "Business Contact")
    assert office.ask(f"POST {LIST}", {"displayName": "business contact", "color": "none"}).status == 409


def test_the_colour_changes_and_the_name_does_not(office):
    made = category(office, "Business Contact")
    assert office.ask(f"PATCH {LIST}/{made['id']}", {"color": "preset24"}).json["color"] == "preset24"
    assert office.ask(f"PATCH {LIST}/{made['id']}", {"displayName": "Other"}).status == 400


def test_a_category_taken_off_the_list_stays_on_the_items(office):
    made = category(office, "Business Contact")
    contact = office.create(categories=["Business Contact"])
    assert office.ask(f"DELETE {LIST}/{made['id']}").status == 204
    assert office.ask(f"GET {LIST}/{made['id']}").status == 404
    assert office.get(contact["id"])["categories"] == ["Business Contact"]
