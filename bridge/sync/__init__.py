"""The engine of the mirror: ``plan``, ``merge``, ``match`` and ``policy`` decide and are pure; ``run`` acts.

A run reads both sides, plans, guards, and carries the plan out; every step of it may be the last one of the process,
and the next run finishes the work.
"""
