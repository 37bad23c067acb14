"""Settings that a sweep changes: their place in a recipe, and their text in the name of a point.

A setting is a key of a variant, such as `lr`, or an option of its model, such as `options.hidden`.
"""

OPTION = "options."


def merged(recipe: dict, changes: dict) -> dict:
    """Return a copy of a recipe (or variant) with some settings changed."""
    options = {key.removeprefix(OPTION): value for key, value in changes.items() if key.startswith(OPTION)}
    keys = {key: value for key, value in changes.items() if not key.startswith(OPTION)}
    return recipe | keys | {"options": recipe["options"] | options}


def without(recipe: dict, settings: list[str]) -> dict:
    """Return a copy of a recipe without the swept settings; all points of the sweep share this copy."""
    options = {key: value for key, value in recipe["options"].items() if OPTION + key not in settings}
    return {key: value for key, value in recipe.items() if key not in settings} | {"options": options}


def own(recipe: dict, settings: list[str]) -> dict:
    """Return the recipe's own values of the swept settings, without options that the recipe leaves to the model."""
    options = {OPTION + key: value for key, value in recipe["options"].items()}
    return {key: (recipe | options)[key] for key in settings if key in recipe | options}


def name_of(point: dict) -> str:
    """Return the name of a point, such as `lr=0.1,options.hidden=30`."""
    return ",".join(f"{key}={text(value)}" for key, value in point.items())


def text(value: object) -> str:
    """Return the text of a value in YAML and in names of points: of a number, the shortest that reads back equal."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
