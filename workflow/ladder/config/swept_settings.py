"""Settings that a sweep changes: their place in a recipe, and how they are written.

A setting is a key of a variant, `lr`, or an option of its model, `options.hidden`.
"""

OPTION = "options."


def merged(recipe: dict, changes: dict) -> dict:
    """A copy of a recipe (or variant) with some settings changed."""
    options = {key.removeprefix(OPTION): value for key, value in changes.items() if key.startswith(OPTION)}
    others = {key: value for key, value in changes.items() if not key.startswith(OPTION)}
    return recipe | others | {"options": recipe["options"] | options}


def without(recipe: dict, settings: list[str]) -> dict:
    """A copy of a recipe without some settings: what all points of a sweep over them share."""
    options = {key: value for key, value in recipe["options"].items() if OPTION + key not in settings}
    return {key: value for key, value in recipe.items() if key not in settings} | {"options": options}


def own(recipe: dict, settings: list[str]) -> dict:
    """What a recipe itself says of some settings; options that it leaves to the model are left out."""
    options = {OPTION + key: value for key, value in recipe["options"].items()}
    return {key: (recipe | options)[key] for key in settings if key in recipe | options}


def name_of(point: dict) -> str:
    """The name of a point: `lr=0.1,options.hidden=30`."""
    return ",".join(f"{key}={text(value)}" for key, value in point.items())


def text(value: object) -> str:
    """A value as YAML and the names of points write it: the shortest text that reads back as the same number."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
