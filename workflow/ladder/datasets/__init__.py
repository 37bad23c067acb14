"""The sources of images: one module a kind of source, each with `entries(location, **options)`."""
