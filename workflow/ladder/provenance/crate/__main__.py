"""Pack the study of a dataset: `python -m ladder.provenance.crate [dataset]`, by default the dataset of config.yaml."""

import argparse
import sys

import yaml

from ladder.errors import LadderError
from ladder.provenance.crate.contents import read_provenance
from ladder.provenance.crate.pack import pack
from ladder.runtime.invocation import PROJECT


def main(arguments: list[str]) -> None:
    """Pack the study in this folder, and print the path and size of the crate. Raises SystemExit with a sentence."""
    parser = argparse.ArgumentParser(prog="python -m ladder.provenance.crate", description=__doc__)
    parser.add_argument("dataset", nargs="?", help="a dataset of the config whose results are in this folder")
    parser.add_argument("--author", default="", help="name of the person who ran the study")
    parser.add_argument("--publisher", default="", help="name of an organization")
    parser.add_argument("--license", default="", help="license of the crate, as an address or a name")
    named = vars(parser.parse_args(arguments))
    dataset = named.pop("dataset")
    if dataset is None:
        dataset = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))["dataset"]
    try:
        provenance = read_provenance(f"results/{dataset}")
        path, left_out = pack(provenance, f"results/{dataset}/{dataset}-crate.zip", **named)
    except LadderError as error:
        sys.exit(f"error: {error}")
    left = f"; left out by their size: {', '.join(left_out)}" if left_out else ""
    print(f"crate: {path}, {path.stat().st_size / 1e6:.1f} MB, says in RERUN.md how to make the study again{left}")


if __name__ == "__main__":
    main(sys.argv[1:])
