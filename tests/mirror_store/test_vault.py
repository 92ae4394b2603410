"""The key of tokens and passwords, and what it locks."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from storage_plugin.database.backup import backup
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.restore import sealed_key
from storage_plugin.database.schema import metadata
from storage_plugin.database.vault import Vault, VaultError, unsealed
from tests.mirror_store.conftest import Office

SECRETS = {"refresh_token": "0.AXoA-very-secret", "password": "p\u00e4ss"}


def test_the_key_is_made_once_readable_by_its_owner_alone(tmp_path: Path) -> None:
    locked = Vault.open(tmp_path, {}).lock("user:1", SECRETS)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]
    assert Vault.open(tmp_path, {}).unlock("user:1", locked) == SECRETS
    assert "secret" not in locked and "secret" not in repr(Vault.open(tmp_path, {}))


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    Vault.open(tmp_path, {})
    (tmp_path / "secret.key").chmod(0o640)
    with pytest.raises(VaultError, match="chmod 600"):
        Vault.open(tmp_path, {})


def test_a_systemd_credential_is_used_and_nothing_written(tmp_path: Path) -> None:
    credentials, folder = tmp_path / "credentials", tmp_path / "data"
    credentials.mkdir()
    folder.mkdir()
    key = Fernet.generate_key()
    (credentials / "contact-bridge.key").write_bytes(key)
    vault = Vault.open(folder, {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert Vault(key).unlock("user:1", vault.lock("user:1", SECRETS)) == SECRETS
    assert list(folder.iterdir()) == []
    (credentials / "contact-bridge.key").write_bytes(b"too short")
    with pytest.raises(VaultError, match="32 bytes"):
        Vault.open(folder, {"CREDENTIALS_DIRECTORY": str(credentials)})


@pytest.mark.parametrize("owner", ["user:1", "user:2"])
def test_another_key_owner_or_text_opens_nothing_and_says_nothing_secret(tmp_path: Path, owner: str) -> None:
    vault, other = Vault(Fernet.generate_key()), Vault(Fernet.generate_key())
    locked = vault.lock("user:1", SECRETS)
    attempts = [
        (other, owner, locked),
        (vault, "user:3", locked),
        (vault, owner, locked[:-9] + "AAAAAAAA="),
        (vault, owner, "x"),
    ]
    for key, who, text in attempts:
        with pytest.raises(VaultError) as caught:
            key.unlock(who, text)
        assert "very-secret" not in str(caught.value) and locked not in str(caught.value)


def test_processes_that_make_the_key_at_once_share_one(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from storage_plugin.database.vault import Vault;"
        "print(Vault.open(Path(sys.argv[1]), {}).lock('user:1', {'a': 'b'}))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    locked = [child.communicate(timeout=60)[0].decode().strip() for child in started]
    vault = Vault.open(tmp_path, {})
    assert [vault.unlock("user:1", text) for text in locked] == [{"a": "b"}] * 4


def test_tokens_are_encrypted_in_the_database(office: Office, tmp_path: Path) -> None:
    mirrors = Mirrors(office.database, Vault.open(tmp_path, {}))
    assert mirrors.secrets(office.mirror.id) == {}
    mirrors.keep_secrets(office.mirror.id, SECRETS)
    assert mirrors.secrets(office.mirror.id) == SECRETS
    with office.database.reading() as connection:
        rows = {table.name: connection.execute(table.select()).all() for table in metadata.sorted_tables}
    for secret in SECRETS.values():
        assert secret not in repr(rows) and secret not in repr(mirrors.get(office.mirror.id))
    bobs = mirrors.create(office.bob, "memory")
    office.sql(f"UPDATE mirror SET secrets = (SELECT secrets FROM mirror WHERE id = {office.mirror.id})")
    with pytest.raises(VaultError, match="somebody else"):
        mirrors.secrets(bobs.id)
    mirrors.keep_secrets(office.mirror.id, {})
    assert mirrors.secrets(office.mirror.id) == {}


def test_the_key_goes_into_a_backup_under_a_passphrase_only(office: Office, tmp_path: Path) -> None:
    vault = Vault.open(tmp_path, {})
    key = (tmp_path / "secret.key").read_bytes().strip()
    backup(office.database, tmp_path / "without.zip")
    assert sealed_key(tmp_path / "without.zip") is None
    backup(office.database, tmp_path / "with.zip", sealed_key=vault.sealed("correct horse"))
    with zipfile.ZipFile(tmp_path / "with.zip") as archive:
        assert all(key not in archive.read(name) for name in archive.namelist())
    sealed = sealed_key(tmp_path / "with.zip")
    assert sealed is not None and unsealed(sealed, "correct horse") == key
    for wrong in ("Correct horse", ""):
        with pytest.raises(VaultError, match="passphrase"):
            unsealed(sealed, wrong)
    with pytest.raises(VaultError, match="passphrase"):
        unsealed("{}", "correct horse")
    new = tmp_path / "new"
    new.mkdir()
    Vault.bring(new, key)
    Vault.bring(new, key)
    assert Vault.open(new, {}).unlock("user:1", vault.lock("user:1", SECRETS)) == SECRETS
    with pytest.raises(VaultError, match="another key"):
        Vault.bring(new, Fernet.generate_key())
    assert (new / "secret.key").read_bytes().strip() == key


def test_a_mark_is_of_its_key_and_purpose_alone() -> None:
    key = Fernet.generate_key()
    mark = Vault(key).mark("one")
    assert mark == Vault(key).mark("one") and len(mark) == 64
    assert len({mark, Vault(key).mark("other"), Vault(Fernet.generate_key()).mark("one")}) == 3
    assert key.decode() not in mark
