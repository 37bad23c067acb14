from tests.pages import page_of

__all__ = ["page_of"]
