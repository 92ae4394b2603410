"""Cards in two versions (VC-80), and edits of an older state (VC-81), over HTTP."""

from tests.dav.client import CR, Client, vcard
from tests.dav.conftest import Server

V4 = vcard("1", "Ada", "KIND:individual", "TEL;VALUE=uri;PREF=1:tel:+1-555", version="4.0")


def test_vc80_a_card_of_4_0_is_given_as_3_0_to_a_device_that_never_wrote_4_0(server: Server, phone: Client) -> None:
    thunderbird = server.device(device="thunderbird")
    assert thunderbird.put("1.vcf", V4).status == 201
    assert "VERSION:3.0" in phone.get("1.vcf").text
    assert "VERSION:3.0" in phone.multiget([phone.book + "1.vcf"]).text
    assert thunderbird.get("1.vcf").text == V4
    assert phone.get("1.vcf").etag != thunderbird.get("1.vcf").etag


def test_who_asks_for_a_version_gets_it(server: Server, phone: Client) -> None:
    server.device(device="thunderbird").put("1.vcf", V4)
    phone.put("2.vcf", vcard("2"))
    for version in ("3.0", "4.0"):
        for name in ("1.vcf", "2.vcf"):
            assert f"VERSION:{version}" in phone.get(name, Accept=f"text/vcard; version={version}").text
            asked = f'<getetag/><CR:address-data content-type="text/vcard" version="{version}"/>'
            reply = phone.multiget([phone.book + name], asked)
            assert f"VERSION:{version}" in str(reply.props(phone.book + name)[f"{CR}address-data"].text)
    assert phone.get("1.vcf", Accept='text/x-vcard, text/vcard;version="4.0";q=0.5').text == V4
    assert "VERSION:3.0" in phone.get("1.vcf", Accept="text/vcard, */*").text


def test_vc81_an_edit_without_if_match_over_a_newer_version_is_merged(server: Server, phone: Client) -> None:
    text = vcard("1", "Ada", "TEL:1", "EMAIL:a@example.com")
    phone.put("1.vcf", text)
    thunderbird = server.device(device="thunderbird")
    thunderbird.sync(thunderbird.sync().token)
    phone.put("1.vcf", text.replace("TEL:1", "TEL:2"), If_Match=str(phone.get("1.vcf").etag))
    reply = thunderbird.put("1.vcf", text.replace("a@", "b@"))
    assert (reply.status, reply.etag) == (204, None)
    merged = phone.get("1.vcf").text
    assert "TEL:2" in merged and "EMAIL:b@example.com" in merged
