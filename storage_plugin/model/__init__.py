"""The words of the business: contacts, record types, views, and the ports through which they are kept.

Standard library only; every other part of the house may import from here, and this part imports nothing.
"""
