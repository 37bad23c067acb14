# The files and rules of a study that trains more seeds in rounds.


def later_rounds() -> range:
    """Return the numbers of the rounds after the first one."""
    return range(2, max([len(numbers) for numbers in STUDY.looks.values()], default=1) + 1)


def before_round(rungs: list[str], kind: str, number: str) -> list[str]:
    """Return the files of one kind of these rungs, from the rounds before this one."""
    return [
        path
        for rung in rungs
        for path in files_of(rung, kind)
        if rung in STUDY.baselines or STUDY.round_of(rung, Path(path).parent.name) < int(number)
    ]


def rules_after(rounds: int) -> dict:
    """Return the settings of verdicts after so many rounds."""
    rules_of_verdicts = {key: STUDY.settings[key] for key in ("alpha", "margin", "tests")} | {"twins": STUDY.twins}
    return rules_of_verdicts | ({"seeds": STUDY.looks, "looks": rounds} if STUDY.looks else {})


def round_of_block(variant: str, block: str) -> list[str]:
    """Return the file that decides whether a block of a variant is trained; none in the first round."""
    number = STUDY.round_of(variant, block)
    return [f"{RESULTS}/rounds/{number}.json"] if number > 1 else []


def runs_of(variant: str) -> int:
    """Return the number of runs of a variant, in the first round and in the rounds that train it; jobs may be left."""
    trained = (number for number in later_rounds() if variant in left_out.trained_in(f"{RESULTS}/rounds/{number}.json"))
    return STUDY.rounds(variant)[max(trained, default=1) - 1]
