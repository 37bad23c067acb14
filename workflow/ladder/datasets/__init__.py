"""The sources of images: one module per kind of source, each with `entries(location, **options)`."""
