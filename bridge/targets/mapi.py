"""MAPI properties of a contact for which Graph and EWS have no field of their own.

Numbers are property tags ([MS-OXPROPS]); named properties are given by property set and name or id ([MS-OXOCNTC]).
"""

from __future__ import annotations

PHONES = {
    "callback": 0x3A02,
    "other": 0x3A1F,
    "radio": 0x3A1D,
    "car": 0x3A1E,
    "pager": 0x3A21,
    "other_fax": 0x3A23,
    "work_fax": 0x3A24,
    "home_fax": 0x3A25,
    "telex": 0x3A2C,
    "isdn": 0x3A2D,
    "assistant": 0x3A2E,
    "text": 0x3A4B,
    "main": 0x3A57,
}
"""Kind of phone → tag, for the kinds that Graph's contact has no field for; "main" is the company's main number."""

BUSINESS_HOME_PAGE = 0x3A51
"""PidTagBusinessHomePage, the field BusinessHomePage of Graph and EWS."""

HOME_PAGE = 0x3A50
"""PidTagPersonalHomePage, for which neither has a field."""

WEDDING_ANNIVERSARY = 0x3A41
"""PidTagWeddingAnniversary, a point in time as the birthday."""

CUSTOMER_ID = 0x3A4A
"""PidTagCustomerId, a text: Outlook shows it as "Customer ID" on the page All Fields."""

IDENTITY_SET = "6f1d3c6a-52f4-4d0e-9f43-6a0c0b7d3e51"
"""The property set of Contact Bridge's own named properties; never to be changed."""

IDENTITY_NAME = "ContactBridgeId"
"""The named property (text) that holds the stamp of a mirrored item."""

DISPLAY_NAME_PREFIX = 0x3A45
"""PidTagDisplayNamePrefix ("Dr."); Graph has a field for it, EWS has not."""

ADDRESS_SET = "00062004-0000-0000-c000-000000000046"
"""PSETID_Address, the property set of contacts."""

YOMI_FIRST_NAME, YOMI_LAST_NAME, YOMI_COMPANY = 0x802C, 0x802D, 0x802E
"""Phonetic names, of ADDRESS_SET; Graph has fields for them, EWS can only read its own."""
