"""The report: a template, a stylesheet, and what fills them."""
