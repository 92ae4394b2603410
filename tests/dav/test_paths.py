import pytest

from storage_plugin.dav.paths import BadPath, Kind, Place, Urls, decoded_path, place_of, place_of_url, quoted


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", Place(Kind.ROOT)),
        ("", Place(Kind.ROOT)),
        ("/alice", Place(Kind.HOME, "alice")),
        ("/alice/", Place(Kind.HOME, "alice")),
        ("/alice/contacts", Place(Kind.BOOK, "alice")),
        ("/alice/contacts/", Place(Kind.BOOK, "alice")),
        ("//alice//contacts//1.vcf", Place(Kind.CARD, "alice", "1.vcf")),
        ("/alice/contacts/a:b?c%d .vcf", Place(Kind.CARD, "alice", "a:b?c%d .vcf")),
        ("/alice/contacts/.hidden", Place(Kind.CARD, "alice", ".hidden")),
        ("/alice/contacts/" + "ü" * 255, Place(Kind.CARD, "alice", "ü" * 255)),
        ("/alice/contacts/1.vcf/", Place(Kind.NOWHERE, "alice")),
        ("/alice/contacts/1.vcf/2", Place(Kind.NOWHERE, "alice")),
        ("/alice/calendar/", Place(Kind.NOWHERE, "alice")),
    ],
)
def test_a_path_says_what_it_leads_to(path: str, place: Place) -> None:
    assert place_of(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "/alice/../bob/",
        "/alice/contacts/..",
        "/alice/contacts/.",
        "/alice/contacts/a\0b",
        "/alice/contacts/a\nb",
        "/alice/contacts/" + "x" * 256,
        "/alice/contacts/\ufffe",
    ],
)
def test_a_path_that_nothing_can_have_is_refused(path: str) -> None:
    with pytest.raises(BadPath):
        place_of(path)


def test_path_info_carries_utf8_as_latin1() -> None:
    assert decoded_path("/Ã¼") == "/ü"
    with pytest.raises(BadPath):
        decoded_path("/\xff")


@pytest.mark.parametrize(
    "url",
    ["/alice/contacts/a%20b.vcf", "http://host:1/alice/contacts/a%20b.vcf", " /alice/contacts/a b.vcf\n"],
)
def test_an_href_may_be_a_path_or_a_url(url: str) -> None:
    assert place_of_url(url, "") == Place(Kind.CARD, "alice", "a b.vcf")


def test_an_href_below_a_prefix_is_understood_only_with_it() -> None:
    assert place_of_url("/dav/alice/contacts/1", "/dav") == Place(Kind.CARD, "alice", "1")
    with pytest.raises(BadPath):
        place_of_url("/alice/contacts/1", "/dav")


@pytest.mark.parametrize("url", ["/alice/contacts/%ff", "http://[::1/x", "/a/%00"])
def test_an_href_that_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(BadPath):
        place_of_url(url, "")


def test_names_are_percent_encoded_for_the_wire() -> None:
    assert quoted("a-B_1.2~.vcf") == "a-B_1.2~.vcf"
    assert quoted("ü ?#%&<>:@/") == "%C3%BC%20%3F%23%25%26%3C%3E%3A%40%2F"
    assert Urls.of("/x y", "ä").card("1 2") == "/x%20y/%C3%A4/contacts/1%202"
