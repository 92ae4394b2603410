from tests.dav.client import Client, vcard

EVERY_DATABASE = True


def test_a_card_goes_round(phone: Client) -> None:
    text = vcard("1", "Ada Lovelace", "NOTE:a, b; c")
    made = phone.put("1.vcf", text, If_None_Match="*")
    assert made.status == 201, made.body
    assert made.etag
    got = phone.get("1.vcf")
    assert (got.status, got.text, got.etag) == (200, text, made.etag)
    first = phone.sync()
    assert first.living == ["/alice/contacts/1.vcf"]
    assert phone.sync(first.token).living == []
    assert phone.put("1.vcf", text.replace("Ada", "Augusta"), If_Match=str(made.etag)).status == 204
    assert phone.sync(first.token).living == ["/alice/contacts/1.vcf"]
    assert phone.multiget(["/alice/contacts/1.vcf"]).text.count("Augusta") == 2
    assert phone("DELETE", phone.book + "1.vcf").status == 204
    assert phone.sync(first.token).gone == ["/alice/contacts/1.vcf"]
    assert phone.get("1.vcf").status == 404
