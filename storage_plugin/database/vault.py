"""The key that guards tokens and passwords of mirrors at rest, and what it locks (Fernet: AES-128-CBC, HMAC-SHA256).

The key is the systemd credential ``contact-bridge.key`` if there is one (``LoadCredential=``), else the file
``secret.key`` of the data folder, readable by its owner alone. It goes into a backup only under a passphrase.
What is locked names its owner, so that one row's secrets are of no use in another's.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes, token_hex

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from storage_plugin.model.book import BookError

CREDENTIAL = "contact-bridge.key"
FILE = "secret.key"
_SCRYPT = {"n": 1 << 15, "r": 8, "p": 1}


class VaultError(BookError):
    """The key cannot be used, or does not fit; the text is one sentence, and says nothing secret."""


class Vault:
    """Locks and unlocks secrets with the installation's key."""

    def __init__(self, key: bytes) -> None:
        try:
            self._fernet = Fernet(key)
        except (ValueError, TypeError) as error:
            raise VaultError("the key is not 32 bytes in URL-safe base64") from error
        self._key = key

    def __repr__(self) -> str:
        return "Vault(…)"

    @classmethod
    def open(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> Vault:
        """Read the installation's key; the first time, make one in ``folder``. Raises VaultError, OSError."""
        if given := environment.get("CREDENTIALS_DIRECTORY"):
            credential = Path(given) / CREDENTIAL
            if credential.exists():
                return cls(credential.read_bytes().strip())
        file = folder / FILE
        if not file.exists():
            write_key(file, Fernet.generate_key())
        if file.stat().st_mode & 0o077:
            raise VaultError(f"others may read the key: chmod 600 {file}")
        return cls(file.read_bytes().strip())

    @classmethod
    def bring(cls, folder: Path, key: bytes) -> None:
        """Put a key that was in a backup into ``folder``; raise VaultError where there is another one."""
        cls(key)
        write_key(folder / FILE, key)
        if (folder / FILE).read_bytes().strip() != key:
            raise VaultError(f"there is another key in {folder / FILE} already: it was left as it is")

    def lock(self, owner: str, secrets: Mapping[str, str]) -> str:
        """Encrypt the secrets of ``owner``."""
        return self._fernet.encrypt(json.dumps({"owner": owner, "secrets": dict(secrets)}).encode()).decode()

    def unlock(self, owner: str, locked: str) -> dict[str, str]:
        """Decrypt what was locked for ``owner``; raise VaultError for another key, owner, or a damaged text."""
        try:
            said = json.loads(self._fernet.decrypt(locked.encode()))
        except (InvalidToken, ValueError):
            raise VaultError(
                "the tokens and passwords were encrypted with another key: bring that key back, or sign in again"
            ) from None
        if said["owner"] != owner:
            raise VaultError("these tokens and passwords are somebody else's: sign in again")
        return dict(said["secrets"])

    def mark(self, purpose: str) -> str:
        """Give 64 hexadecimal digits that only this key gives for ``purpose`` (HMAC-SHA256)."""
        return hmac.new(self._key, purpose.encode(), "sha256").hexdigest()

    def sealed(self, passphrase: str) -> str:
        """Give the key itself under a passphrase (scrypt), for a backup."""
        salt = token_bytes(16)
        sealed = Fernet(_derived(passphrase, salt, _SCRYPT)).encrypt(self._key)
        return json.dumps({"salt": salt.hex(), **_SCRYPT, "sealed": sealed.decode()})


def unsealed(text: str, passphrase: str) -> bytes:
    """Give the key that ``Vault.sealed`` wrote; raise VaultError for another passphrase, or a damaged text."""
    try:
        said = json.loads(text)
        cost = {name: min(int(said[name]), most) for name, most in (("n", 1 << 20), ("r", 32), ("p", 16))}
        return Fernet(_derived(passphrase, bytes.fromhex(said["salt"]), cost)).decrypt(said["sealed"].encode())
    except (InvalidToken, ValueError, KeyError, TypeError):
        raise VaultError("the passphrase does not open the key of this backup") from None


def write_key(file: Path, key: bytes) -> None:
    """Write a key into a file of mode 0600, whole or not at all; one that is there already stays.

    Of processes that do so at once, one wins, and all read its key.
    """
    part = file.with_name(f"{file.name}.{token_hex(8)}")
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as raw:
            raw.write(key + b"\n")
            raw.flush()
            os.fsync(raw.fileno())
        try:
            os.link(part, file)
        except FileExistsError:
            return
        _flush_folder(file.parent)
    finally:
        part.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _derived(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    return base64.urlsafe_b64encode(Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode()))
