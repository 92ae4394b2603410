"""Passwords as they are kept: what people choose slowly, what devices are given as it is."""

from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from storage_plugin.database import passwords
from storage_plugin.database.passwords import digest, hashed, is_right, new_app_password


def test_what_people_choose_is_kept_as_slowly_as_rfc_9106_wants(monkeypatch):
    monkeypatch.setattr(passwords, "PasswordHasher", PasswordHasher)
    kept = hashed("correct horse")
    assert extract_parameters(kept) == RFC_9106_LOW_MEMORY
    assert is_right("correct horse", kept) and not is_right("battery staple", kept)


def test_no_password_is_right_where_none_is_kept_or_what_is_kept_is_no_hash():
    assert not is_right("", None) and not is_right("x", None) and not is_right("x", "x")


def test_a_device_is_given_128_bits_that_people_can_type():
    made = {new_app_password() for _ in range(50)}
    assert len(made) == 50
    for each in made:
        letters = each.replace("-", "")
        assert [len(group) for group in each.split("-")] == [4] * 6 + [2]
        assert not set(letters) & set("l01o-"), "signs that look like others"
        assert digest(each) == digest(letters)
