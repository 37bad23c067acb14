"""Reading of summary.json, which holds the conclusions of a study. The file is checked before it is used."""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Self

import yaml
from jsonschema import Draft202012Validator, ValidationError

from ladder.errors import LadderError
from ladder.evaluation.verdict import WORDS
from ladder.formats.files import sha256_of
from ladder.provenance import checksums
from ladder.runtime.invocation import PROJECT

FILE = "evaluate/summary.json"  # below results/<dataset>/
TURNED = {"better": "worse", "worse": "better", "ahead": "behind", "behind": "ahead"}
# Names are printed, so they have no control characters, which a terminal would obey.
_NAME = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f-\x9f]+$"}
_NUMBER = {"type": "number", "minimum": -1e6, "maximum": 1e6}
_COUNT = {"type": ["integer", "null"], "minimum": 0, "maximum": 1e12}


def _object(**properties: dict) -> dict:
    return {"type": "object", "properties": properties, "required": list(properties)}


# The part of the file that is read here; the rest may be anything.
SCHEMA = _object(
    dataset=_NAME,
    images={"type": "integer", "minimum": 1, "maximum": 1e12},
    classes={"type": "array", "items": {"type": "string"}},
    pairs={
        "type": "array",
        "items": _object(
            rung=_NAME,
            other=_NAME,
            verdict={"enum": list(WORDS)},
            difference=_NUMBER,
            low=_NUMBER,
            high=_NUMBER,
            one_seed={"type": "boolean"},
            seeds_needed=_COUNT,
            images_needed=_COUNT,
            close={"type": "boolean"},
        ),
    },
    validation={
        "type": "object",
        "propertyNames": _NAME,
        "additionalProperties": _object(accuracy=_NUMBER, low=_NUMBER, high=_NUMBER),
    },
)


class Interval(NamedTuple):
    """A value and its 95% interval, as shares."""

    value: float
    low: float
    high: float

    def overlaps(self, other: Self) -> bool:
        return max(self.low, other.low) <= min(self.high, other.high)


@dataclass(frozen=True)
class Pair:
    """The verdict on a rung against another rung, and the difference of their accuracies.

    one_seed       whether a trained rung of the pair has one seed, so that the interval is for other images alone
    seeds_needed   number of seeds that would decide the pair; None if it is decided, or no number is known
    images_needed  the same for validation images
    close          whether the verdict is close (evaluation/verdict.py)
    """

    rung: str
    other: str
    verdict: str
    difference: Interval
    one_seed: bool
    seeds_needed: int | None
    images_needed: int | None
    close: bool

    def turned(self) -> Self:
        """Return the pair with its two rungs exchanged."""
        value, low, high = self.difference
        return replace(
            self,
            rung=self.other,
            other=self.rung,
            verdict=TURNED.get(self.verdict, self.verdict),
            difference=Interval(-value, -high, -low),
        )


@dataclass(frozen=True)
class Summary:
    """The conclusions of a study.

    images      number of validation images
    accuracies  rung to its mean accuracy
    pairs       (rung, other) to the pair; a pair is here once, though the file has it once for each of its kinds
    """

    path: Path
    dataset: str
    images: int
    classes: list[str]
    accuracies: dict[str, Interval]
    pairs: dict[tuple[str, str], Pair]

    def pair(self, rung: str, other: str) -> Pair | None:
        """Return the verdict on `rung` against `other`, in whichever order the file has them; None if it has none."""
        if (rung, other) in self.pairs:
            return self.pairs[rung, other]
        pair = self.pairs.get((other, rung))
        return pair and pair.turned()


def read(path: str | Path) -> Summary:
    """Return the conclusions in a summary.json. Raises LadderError if the file is missing or is another file."""
    try:
        content = json.loads(Path(path).read_bytes(), parse_constant=_refuse_constant)
    except OSError as error:
        raise LadderError(f"{path}: cannot be read ({error.strerror}); {_right()}") from None
    except (ValueError, RecursionError):
        raise LadderError(f"{path}: is not JSON, so it is no summary.json of a study; {_right()}") from None
    if error := next(Draft202012Validator(SCHEMA).iter_errors(content), None):
        raise LadderError(f"{path}: {_reason(error)}, so the file has no conclusions to compare; {_right()}")
    return _summary(Path(path), content)


def of_study_here(arguments: list[str], folder: Path) -> Path:
    """Return the summary.json in `folder` of the study that `snakemake <arguments>` runs.

    Raises LadderError if this study is not finished, or if the file changed since then.
    """
    results = folder / "results" / _dataset(arguments)
    if not (results / checksums.FILE).is_file():
        finished = sorted(path.parent.name for path in folder.glob(f"results/*/{checksums.FILE}"))
        named = f"; finished here are {', '.join(finished)}: name one with --config dataset=..." if finished else ""
        raise LadderError(f"{results}: holds no finished study to compare with; run the study first{named}")
    path = results / FILE
    if not path.is_file() or checksums.read(results).get(FILE) != sha256_of(path):
        raise LadderError(f"{path}: not as the study wrote it at its end; run the study again, to its end")
    return path


def _dataset(arguments: list[str]) -> str:
    """Return the dataset of a call of snakemake: from --config, else --configfile, else config.yaml."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config", "-C", nargs="*", action="extend", default=[])
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", type=Path, default=[])
    parser.add_argument("--snakefile", "-s", type=Path)
    call, _ = parser.parse_known_args(arguments)
    given = [text for key, _, text in (setting.partition("=") for setting in call.config) if key == "dataset"]
    if given:
        return str(_loaded("--config", given[-1]))
    beside = call.snakefile.parent if call.snakefile else Path() if Path("Snakefile").exists() else PROJECT
    shipped = next(path for path in (beside / "config.yaml", PROJECT / "config.yaml") if path.is_file())
    for path in (*reversed(call.configfile), shipped):
        try:
            settings = _loaded(path, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise LadderError(f"{path}: cannot be read ({error}); name the config file of the study here") from None
        if isinstance(settings, dict) and "dataset" in settings:
            return str(settings["dataset"])
    raise LadderError(f"{shipped}: names no dataset; name the dataset of the study here with --config dataset=...")


def _loaded(place: str | Path, text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise LadderError(f"{place}: is not YAML; give the settings that the study here was run with") from None


def _refuse_constant(word: str) -> None:
    raise ValueError(word)  # NaN and Infinity, which JSON does not have


def _reason(error: ValidationError) -> str:
    where = error.json_path.removeprefix("$").removeprefix(".")
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"there is no entry {f'{where}.{missing}' if where else missing}"
    return f"the entry {where[:80]} is not as a study writes it" if where else "the file is no table of entries"


def _right() -> str:
    return f"name results/<dataset>/{FILE} of a finished study that this version of Digit Ladder has run"


def _summary(path: Path, content: dict) -> Summary:
    pairs: dict[tuple[str, str], Pair] = {}
    for row in content["pairs"]:
        names = (row["rung"], row["other"])
        if names not in pairs and names[::-1] not in pairs:
            difference = Interval(row["difference"], row["low"], row["high"])
            rest = (row[key] for key in ("one_seed", "seeds_needed", "images_needed", "close"))
            pairs[names] = Pair(*names, row["verdict"], difference, *rest)
    accuracies = {
        rung: Interval(row["accuracy"], row["low"], row["high"]) for rung, row in content["validation"].items()
    }
    return Summary(path, content["dataset"], content["images"], content["classes"], accuracies, pairs)
