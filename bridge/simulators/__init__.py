"""Services that cannot be reached from a test, on loopback: Microsoft Graph.

They import nothing of the rest of the project; only the tests and the demonstration import them.
"""
