"""Reports of a run: a page of HTML that needs nothing else, PNG figures, and Markdown.

Reads the views of the store and nothing else. `reports.write` holds `write_report`; importing it loads what draws and
fills templates, importing this package loads nothing.
"""
