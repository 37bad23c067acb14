"""Checks of plug-ins, by their source, before anything runs. Each yields a sentence for each problem."""

import ast
from collections.abc import Iterable, Iterator

from ladder.config import dataset_kinds, schema
from ladder.errors import LadderError
from ladder.evaluation import ideas
from ladder.provenance import declared, source_code

# Activations that turn a model's outputs into scores (formats/scores.py). Each loss names one of them.
READINGS = ("sigmoid", "softmax", "identity")
READ_AS = "_read_as"  # the decorator by which a loss names its reading
# Lists that a trainer declares: the meaning of each, and an example.
LISTS_OF_TRAINERS = {
    "OPTIMIZERS": ("the optimizers that it takes", '("sgd",)'),
    "SCHEDULES": ("the schedules of the learning rate that it takes", '("constant",)'),
    "PRECISIONS": ("the precisions in which it can train", '("fp32", "bf16")'),
    "PACKAGES": ("the packages that it alone imports", "()"),
}
RETURNS = {"float": "one number", "np.ndarray": "one per class"}  # return annotations of metrics


def of_model(name: str) -> Iterator[str]:
    """Yield a sentence for each problem of a model: of its `build`, or of the idea that it says it adds."""
    yield from _called(f"models.{name}", "build", ("in_shape", "n_outputs"), options=True)
    yield from _idea(f"models.{name}")


def of_trainer(name: str) -> Iterator[str]:
    """Yield a sentence for each problem of a trainer: of its function `fit`, or of a list that it declares."""
    module = f"trainers.{name}"
    yield from _called(module, "fit", ("model", "train", "valid", "recipe", "seed", "progress"))
    for constant, (meaning, example) in LISTS_OF_TRAINERS.items():
        if declared.words(module, constant) is None:
            yield f"trainers/{name}.py has no {constant}; write {constant} = {example}, {meaning}, as plain texts"


def of_baseline(name: str) -> Iterator[str]:
    """Yield a sentence for each problem of a baseline: of its functions, its sentence for the report, or its idea."""
    module = f"baselines.{name}"
    yield from _called(module, "fit", ("train",))
    yield from _called(module, "scores", ("state", "images"))
    if not isinstance(source_code.constants(module).get("ABOUT"), str):
        yield f'baselines/{name}.py has no ABOUT; write ABOUT = "...", a sentence for the report, as a plain text'
    yield from _idea(module)


def of_dataset(name: str) -> Iterator[str]:
    """Yield a sentence for each problem of a kind of data set: of its constants, or of its `entries` or `stacks`."""
    module = f"datasets.{name}"
    constants = source_code.constants(module)
    if not isinstance(constants.get("ABOUT"), str):
        yield f'datasets/{name}.py has no ABOUT; write ABOUT = "...", words for the form of the images, as a plain text'
    if not isinstance(constants.get("SHARED"), tuple):
        yield (
            f"datasets/{name}.py has no SHARED; write SHARED = (...), the settings that it shares with other kinds: "
            "path or sources, and the groups files or splits"
        )
        return
    reads = "stacks" if source_code.function(module, "stacks") else "entries"
    yield from _called(module, reads, ("location",), options=True)
    if function := source_code.function(module, reads):
        for key in dataset_kinds.tensor_settings(name)["entries"]:
            if key not in source_code.parameters(function) and function.args.kwarg is None:
                yield f"{reads} of datasets/{name}.py has no parameter {key!r}, which is one of its settings"


def of_loss(name: str) -> Iterator[str]:
    """Yield a sentence for each problem of a loss: of its parameters, or of its decorator `@_read_as`."""
    wrong = list(_called("losses", name, ("outputs", "targets")))
    yield from wrong
    if wrong:
        return
    readings = ", ".join(READINGS)
    readings_declared = [call for call in source_code.function("losses", name).decorator_list if _reads(call)]
    if not readings_declared:
        yield (
            f"{name} of losses.py does not say how the outputs of a model are read; write @{READ_AS}(...) above it, "
            f"with one of {readings}"
        )
    for call in readings_declared:
        for node in ast.walk(call):
            if isinstance(node, ast.Constant) and node.value not in READINGS:
                yield f"{name} of losses.py has outputs read as {node.value!r}; allowed are {readings}"


def of_metric(name: str) -> Iterator[str]:
    """Yield a sentence for each problem of a metric: of its parameters, or of its return annotation."""
    wrong = list(_called("metrics", name, ("tally",)))
    yield from wrong
    returned = source_code.function("metrics", name).returns
    if not wrong and (returned is None or ast.unparse(returned) not in RETURNS):
        kinds = " or ".join(f"`-> {kind}` ({meaning})" for kind, meaning in RETURNS.items())
        yield f"{name} of metrics.py does not say what it returns; write {kinds} at the end of its first line"


def refuse_figures(names: list[str], artifacts: Iterable[str]) -> None:
    """Raise LadderError with a line for each problem of the figures.

    artifacts  names of the tables and tensors that a figure may draw
    """
    lines = [f"config: figures: {line}" for name in names for line in of_figure(name, list(artifacts))]
    if lines:
        raise LadderError("\n".join(lines))


def of_figure(name: str, artifacts: list[str]) -> Iterator[str]:
    """Yield a sentence for each problem of a figure: of its function `draw`, its constants, or its caption."""
    module = f"figures.{name}"
    constants = source_code.constants(module)
    if (draw := source_code.function(module, "draw")) is None:
        yield f"figures/{name}.py has no function draw(...), whose parameters name the tables or tensors that it draws"
    else:
        for wanted in source_code.parameters(draw):
            yield from (
                f"draw of figures/{name}.py: {line}" for line in schema.undefined(wanted, artifacts, "table or tensor")
            )
    for constant, meaning in (("TITLE", "its name in the report"), ("SECTION", "the section of the report")):
        if not isinstance(constants.get(constant), str):
            yield f'figures/{name}.py has no {constant}; write {constant} = "...", {meaning}, as a plain text'
    section = constants.get("SECTION")
    if isinstance(section, str) and not section.isidentifier():
        yield f"figures/{name}.py: SECTION = {section!r} is not a word of letters, digits and `_`"
    caption = source_code.LIBRARY.parent / "report" / f"{name}.rst"
    if not caption.is_file() or not caption.read_text(encoding="utf-8").strip():
        yield f"{name} has no caption; describe the figure in a sentence or two in workflow/report/{name}.rst"


def _called(module: str, name: str, arguments: tuple[str, ...], options: bool = False) -> Iterator[str]:
    """Yield a sentence if a function is missing, or cannot take these positional arguments.

    options  whether the function is also called with options as keyword arguments
    """
    file = f"{module.replace('.', '/')}.py"
    call = f"{name}({', '.join([*arguments, *(['**options'] if options else [])])})"
    function = source_code.function(module, name)
    if function is None:
        yield f"{file} has no function {call}"
        return
    positional = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    fits = len(arguments) <= len(positional) or function.args.vararg is not None
    if not options:
        fits = fits and not set(source_code.required(function)) - set(positional[: len(arguments)])
    if not fits:
        yield f"{name}({ast.unparse(function.args)}) of {file} cannot be called as {call}"


def _idea(module: str) -> Iterator[str]:
    """Yield a sentence if the IDEA of a model or baseline is not an idea; it may have none."""
    idea = source_code.constants(module).get("IDEA")
    if idea is not None and idea not in ideas.IDEAS:
        yield f"{module.replace('.', '/')}.py: IDEA = {idea!r} is not an idea; {schema.nearest(str(idea), ideas.IDEAS)}"


def _reads(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == READ_AS
