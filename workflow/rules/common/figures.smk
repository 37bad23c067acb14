# The artifacts that a figure draws.


def asked_for_by(figure: str) -> tuple[str, ...]:
    """Return the names of the artifacts that a figure draws."""
    return source_code.functions(f"figures.{figure}")["draw"]
