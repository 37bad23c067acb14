"""The report: templates, a stylesheet, scripts, and the modules that fill the templates."""
