"""Putting a mirror together: its settings (``settings``), its target (``connecting``), a run of it under a lease
(``running``), all mirrors on their schedules (``service``), and the process that does so (``__main__``).
"""
