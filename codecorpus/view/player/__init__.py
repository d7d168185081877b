"""A page that plays encodes with all that they decided: one HTML file that needs nothing else.

The page is page.html with style.css and the scripts of `write.SCRIPTS` in it, a description as JSON, and for each
encode its tables (`columns`) and its frames (`film`) as base64.
"""

from codecorpus.view.player.write import TABLES, write

__all__ = ["TABLES", "write"]
