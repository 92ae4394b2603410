"""Bodies that are no forms: a clear answer."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.web.site import Site


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\ncut off"),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n\r\n--x--\r\n"),
        ("application/x-www-form-urlencoded; charset=no-such-thing", b"a=b"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=\xff"),
        ("application/json", b"{}"),
        ("", b"\0\0"),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 2_000_000),
    ],
)
def test_a_body_that_is_no_form_is_refused(site: Site, content_type: str, body: bytes):
    connection = HTTPConnection(urlsplit(site.address).netloc, timeout=20)
    connection.request("POST", "/sign-in", body, {"Content-Type": content_type})
    assert 400 <= connection.getresponse().status < 500
    connection.close()
