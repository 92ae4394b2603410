"""The web page: aiohttp, templates and htmx, for people who steer Contact Bridge without a terminal.

- *pages* (``pages``) are plain functions from a ``Visit`` to an ``Answer``; they run in threads and know no HTTP
- *routes* (``routes``) say under which path and for whom each page is; nothing is reachable that is not in there
- *handling* (``handling``) stands between the two: session, rights, forged forms, errors
- *templates* make HTML, in five languages (``languages``); *static* is vendored and ours, no build step
"""
