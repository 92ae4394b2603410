"""The lossless vCard text layer: what a device wrote is kept to the byte, and only what changed is rewritten.

Pure functions over the text of one card; standard library only. Their common law: whatever is not understood stays
as it is, whatever is not edited keeps its bytes. ``intake`` takes a card from outside, ``mapping`` reads and patches
it as a Contact, ``versions`` says it in another vCard version, ``merge`` joins two edits, ``binaries`` keeps photos
apart, ``search`` answers queries. The formats are RFC 6350 (4.0), RFC 2426 (3.0) and vCard 2.1.
"""
