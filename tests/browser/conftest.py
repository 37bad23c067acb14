"""A real browser, and the page of a small real study in it."""

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.pages import page_of

__all__ = ["page_of"]

OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    # Without these the browser itself asks for updates, and its requests cannot be told from the page's.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def program(*names):
    """Return the path of the first program that is installed; without one, skip the test."""
    for name in names:
        if path := shutil.which(name):
            return path
    return pytest.skip(f"{names[0]} is not installed")


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Headless Chromium, with logs of its console and of all its requests."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(program("chromedriver")))
    driver.get("about:blank")  # the page of a new tab has requests of its own
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def tried(tmp_path_factory, archive, Project):
    """Results of a study whose models know a 3 from a 7: mnist_tiny, one seed, and the cnn for more epochs."""
    project = Project(tmp_path_factory.mktemp("tried"), str(archive("mnist_tiny.tgz").parent))
    ladder = ["pixel_l1", "linear_optim", "linear_mse", "mlp", "cnn"]
    shown = {"ladder": ladder, "try_it": ["linear_optim", "linear_mse", "mlp", "cnn", "resnet18"]}
    # In file order a small data set ends with one class, which then wins all images.
    datasets = {"mnist_tiny": {"recipe": {"shuffle": True}}}
    # The loop instead of the Learner spares the import of fastai.
    variants = {"mlp": {"trainer": "loop"}, "cnn": {"epochs": 12}}
    shown["sweep"] = {"linear_optim": {"over": {"lr": [1, 30, 0.01, 10], "shuffle": [False, True]}, "seeds": 2}}
    project.overlay({"dataset": "mnist_tiny", "seeds": 1, "datasets": datasets, "variants": variants, **shown})
    project.snakemake("--cores", "2", "--configfile", "overlay.yaml")
    return project.results("mnist_tiny")
