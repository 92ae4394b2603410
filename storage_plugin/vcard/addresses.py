"""Postal addresses: ADR, what Apple says about it in its group, and the LABELs that show it (RFC 6350 6.3.1)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from storage_plugin.model.contact import PostalAddress
from storage_plugin.vcard.draft import COUNTRY, Draft, Remarks, without
from storage_plugin.vcard.entries import Entries
from storage_plugin.vcard.kinds import PLACES
from storage_plugin.vcard.lines import Line, Param, escape, split_structured

ADDRESS_PARTS = ("po_box", "extended", "street", "city", "region", "postal_code", "country")


class Addresses(Entries):
    """ADR: seven components or more (VC-41), street of several lines, country code by X-ABADR or CC (VC-72)."""

    def read(self, line: Line, remarks: Remarks) -> Any:
        """Give the address with its country code."""
        address = super().read(line, remarks)
        if address is None:
            return None
        code = remarks.of(line, COUNTRY) or line.param("CC")
        values = {name: getattr(address, name) for name in (*ADDRESS_PARTS, "kind", "label", "preferred")}
        return PostalAddress(**values, country_code=code.strip().upper()) if code else address

    def change(self, draft: Draft, line: Line, old: Any, new: Any) -> Line:
        """Change the address, and the LABELs that show it."""
        if self._core(old) != self._core(new):
            shown = sorted(each.lower() for each in line.types)
            for label in draft.named("LABEL"):
                if sorted(each.lower() for each in label.types) == shown:
                    draft.rewrite(label, escape(written_out(new)))
        return super().change(draft, line, old, new)

    def _remarked(self, draft: Draft, line: Line, old: Any, new: Any) -> Line:
        line = super()._remarked(draft, line, old, new)
        if new.country_code == (old.country_code if old else ""):
            return line
        params = without(line.params, "CC")
        uses_param = draft.version == "4.0" and not Remarks(draft.lines).of(line, COUNTRY)
        if uses_param and new.country_code:
            params.append(("CC", (new.country_code,)))
        line = draft.rewrite(line, line.value, params)
        return line if uses_param else draft.remark(line, COUNTRY, new.country_code.lower())

    def _core(self, entry: Any) -> Hashable:
        return tuple(getattr(entry, name) for name in ADDRESS_PARTS)

    def _values(self, line: Line) -> dict[str, Any] | None:
        values = dict(zip(ADDRESS_PARTS, (part.strip() for part in line.parts), strict=False))
        return values if any(values.values()) else None

    def _say(self, entry: Any, line: Line | None, _version: str) -> tuple[list[Param], str]:
        params = list(line.params) if line else []
        old = split_structured(line.value) if line else []
        if line and line.is_quoted_printable:
            old = [escape(line.read(part)) for part in old]
        parts = old + [""] * (len(ADDRESS_PARTS) - len(old))
        for at, name in enumerate(ADDRESS_PARTS):
            if not line or line.read(parts[at]).strip() != getattr(entry, name):
                parts[at] = escape(getattr(entry, name))
        if any(name == "LABEL" for name, _ in params):
            params = [*without(params, "LABEL"), ("LABEL", (written_out(entry),))]
        return params, ";".join(parts)


def written_out(address: PostalAddress) -> str:
    """Write an address on several lines, as on an envelope."""
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    parts = (address.po_box, address.extended, address.street, town, address.region, address.country)
    return "\n".join(part for part in parts if part)


ADDRESSES = Addresses("ADR", PostalAddress, "street", PLACES, has_preference=True)
