"""A ladder whose rungs are compared, as the chapter gets it."""

RECIPE = {"trainer": "loop", "optimizer": "sgd", "loss": "mse", "lr": 0.1, "about": "", "seeds": 5}
VARIANTS = {
    "line": RECIPE | {"model": "linear", "optimizer": "basic", "about": "One."},
    "line_sgd": RECIPE | {"model": "linear", "about": "Another.", "seeds": 3},
    "line_loss": RECIPE | {"model": "linear", "loss": "mnist_loss"},
    "hidden": RECIPE | {"model": "mlp"},
    "net": RECIPE | {"model": "cnn"},
}
IDEAS = {"pixel_l1": "similarity", "pixel_l2": "distance", "hidden": "hidden", "net": "convolution"}
IDEAS |= dict.fromkeys(("line", "line_sgd", "line_loss"), "learning")


def spread(mean, margin=None):
    low, high = (None, None) if margin is None else (mean - margin, mean + margin)
    return {"accuracy": {"mean": mean, "std": margin, "low": low, "high": high, "n": 1 if margin is None else 5}}


RESULTS = {
    "images": 1000,
    "rungs": {
        "pixel_l1": spread(0.80),
        "pixel_l2": spread(0.85),
        "line": spread(0.90, 0.01),
        "line_sgd": spread(0.90, 0.01),
        "line_loss": spread(0.92, 0.01),
        "hidden": spread(0.93, 0.01),
        "net": spread(0.97, 0.01),
    },
    "per_class": {name: {} for name in ("pixel_l1", "pixel_l2", "line", "line_sgd", "line_loss", "hidden", "net")},
}


def selection(*names, results=RESULTS):
    return {**results, "rungs": {name: results["rungs"][name] for name in names}}


def ladder_of(results, *marked):
    """Rungs as the page has them; the marked ones are at chance."""
    return [{"name": name, "marks": [{"word": "at chance"}] if name in marked else []} for name in results["rungs"]]


def row_of(rung, other, difference, distinguishable, **more):
    """A row of `comparison` of two rungs, whose interval is a point to both sides."""
    return {
        **{"rung": rung, "other": other, "difference": difference, "low": difference - 0.01, "high": difference + 0.01},
        **{"distinguishable": distinguishable, "equivalent": False, "one_seed": False, "margin": 0.0025},
        **{"seeds_needed": None, "images_needed": None, "detectable": 0.001},
        **{"outperforms": 0.5, "outperforms_low": 0.2, "outperforms_high": 0.8},
        **more,
    }


def rows_of(results, apart=0.005):
    """A row of `comparison` for every two rungs, which are distinguishable if they are more than `apart` apart."""
    means = {name: metrics["accuracy"]["mean"] for name, metrics in results["rungs"].items()}
    return [
        row_of(rung, rival, means[rung] - means[rival], abs(means[rung] - means[rival]) > apart)
        for rung in means
        for rival in means
    ]


def members_of(ladder, said=IDEAS):
    return {idea: [rung["name"] for rung in ladder if said[rung["name"]] == idea] for idea in IDEAS.values()}
