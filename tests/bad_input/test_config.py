"""Bad settings, as they are written on the command line or in a file."""

import pytest

A_DATASET_HAS = (
    "a name has letters, digits, `_`, `.` and `-`, begins with a letter or digit, and has 100 of them at most"
)
A_VARIANT_HAS = "a name has letters, digits and `_`, begins with a letter or digit, and has 100 of them at most"
VARIANT = "{model: linear, trainer: loop, optimizer: sgd, loss: mse, lr: 1, epochs: 1}"
SUM = "0" * 64
ARCHIVE = "datasets={{zoo: {{kind: archive, sha256: '" + SUM + "', sources: [{}]}}}}"
NO_NAME = "which cannot name the archive; it must end in a name such as digits.tgz"
FINITE = "is not of type number; it must be finite"
NO_SEEDS = "is not allowed; it is a whole number, or rounds such as {from: 5, to: 40}"
ONE_FOLDER = "it is the name of a folder of the data, or its path in them, such as data/train"

ON_THE_COMMAND_LINE = {
    "an unknown key": ("sedes=3", "unknown key 'sedes'; did you mean 'seeds'?"),
    "an unknown key of a variant": (
        "variants={cnn: {epocs: 3}}",
        "variants.cnn: unknown key 'epocs'; did you mean 'epochs'?",
    ),
    "an unknown key, like none": (
        "datasets={digits: {hue: red}}",
        "datasets.digits: unknown key 'hue'; allowed are kind, about, published, image, colour, "
        "convert, skip, canvas, recipe, variants, valid_fraction, split_seed",
    ),
    "an image without a size": (
        "datasets={digits: {image: {fit: pad}}}",
        "datasets.digits.image: the key 'size' is missing; it is: pixels of a side, or [width, height]",
    ),
    "a size of an image alone": (
        "datasets={digits: {image: 128}}",
        "datasets.digits.image: '128' is not of type object or null",
    ),
    "a size that is none": (
        "datasets={digits: {image: {size: 0}}}",
        "datasets.digits.image.size: 0 is less than the minimum of 1",
    ),
    "a size of three numbers": (
        "datasets={digits: {image: {size: [28, 28, 3]}}}",
        "datasets.digits.image.size: [28, 28, 3] is too long",
    ),
    "a filter that there is not": (
        "datasets={digits: {image: {size: 8, resample: bilinaer}}}",
        "datasets.digits.image.resample: 'bilinaer' is not allowed; did you mean 'bilinear'?",
    ),
    "a colour by a name": (
        "datasets={digits: {convert: {alpha: red}}}",
        "datasets.digits.convert.alpha: 'red' is not allowed; a colour is black, white, grey or '#rrggbb', in quotes",
    ),
    "a range from high to low": (
        "datasets={digits: {convert: {bit_depth: [4095, 0]}}}",
        "datasets.digits.convert.bit_depth: 4095 must be below 0; the first value becomes 0, the second 255",
    ),
    "another frame": (
        "datasets={digits: {convert: {frames: last}}}",
        "datasets.digits.convert.frames: 'last' is not allowed; allowed are first, null",
    ),
    "skipping all": (
        "datasets={digits: {skip: all}}",
        "datasets.digits.skip: 'all' is not allowed; allowed are damaged, null",
    ),
    "a wrong type": ("seeds=many", f"seeds: 'many' {NO_SEEDS}"),
    "a list instead of a number": ("seeds=[1, 2]", f"seeds: ['1', '2'] {NO_SEEDS}"),
    "nothing": ("variants=", "variants: nothing is given; it must be of type object"),
    "half a seed": ("seeds=2.5", f"seeds: 2.5 {NO_SEEDS}"),
    "text in a number's place": ("variants={mlp: {lr: fast}}", "variants.mlp.lr: 'fast' is not of type number"),
    "a negative number": ("seeds=-1", "seeds: -1 is less than the minimum of 1"),
    "a negative rate": (
        "variants={mlp: {lr: -0.1}}",
        "variants.mlp.lr: -0.1 is less than or equal to the minimum of 0",
    ),
    "NaN": ("variants={mlp: {lr: nan}}", f"variants.mlp.lr: nan {FINITE}"),
    "infinity": (
        "variants={cnn: {weight_decay: inf}}",
        "variants.cnn.weight_decay: inf is not of type number or null; it must be finite",
    ),
    "NaN of a dataset": ("datasets={digits: {valid_fraction: nan}}", f"datasets.digits.valid_fraction: nan {FINITE}"),
    "no seeds": ("seeds=0", "seeds: 0 is less than the minimum of 1"),
    "a probability of errors of one half": ("alpha=0.5", "alpha: 0.5 is greater than or equal to the maximum of 0.5"),
    "no probability of errors": ("alpha=0", "alpha: 0 is less than or equal to the minimum of 0"),
    "no margin": ("margin=0", "margin: 0 is less than or equal to the minimum of 0"),
    "a margin in points": ("margin=1", "margin: 1 is greater than or equal to the maximum of 1"),
    "a test that there is not": ("tests=[welch]", "tests.0: 'welch' is not allowed; allowed are two_way, sign_flip"),
    "no test": ("tests=[]", "tests: [] should be non-empty"),
    "too many seeds": ("seeds=100000000000", "seeds: 100000000000 is greater than the maximum of 1000000"),
    "an unknown model": (
        "variants={mlp: {model: mpl}}",
        "variants.mlp.model: there is no module of models/ 'mpl'; did you mean 'mlp'?",
    ),
    "a model outside": (
        "variants={mlp: {model: ../evil}}",
        "variants.mlp.model: there is no module of models/ '../evil'; allowed are cnn, linear, linear_by_hand, mlp, "
        "resnet18",
    ),
    "an unknown option": (
        "variants={mlp: {options: {hiden: 3}}}",
        "variants.mlp.options: models/mlp.py has no option 'hiden'; did you mean 'hidden'?",
    ),
    "an option of a wrong type": (
        "variants={mlp: {options: {hidden: many}}}",
        "variants.mlp.options.hidden: 'many' is not of type integer",
    ),
    "a variant named as no file": (
        f"variants={{../mlp: {VARIANT}}}",
        f"variants: '../mlp' is not allowed; {A_VARIANT_HAS}",
    ),
    "a rung that is there twice": ("ladder=[mlp, mlp]", "ladder: 'mlp' is there twice"),
    "an unknown dataset": (
        "dataset=mnist_smaple",
        "dataset: there is no dataset 'mnist_smaple'; did you mean 'mnist_sample'?",
    ),
    "a dataset called 001": (
        "dataset=001",
        "--config dataset=001: 001 is read as 1; write --config 'dataset=!!str 001'",
    ),
    "an empty dataset name": ("dataset=", "dataset: nothing is given; it must be of type string"),
    "a dataset outside": ("dataset=../../etc", f"dataset: '../../etc' is not allowed; {A_DATASET_HAS}"),
    "a long name of a dataset": (f"dataset={'a' * 101}", f"dataset: '{'a' * 101}' is not allowed; {A_DATASET_HAS}"),
    "a split outside": (
        "datasets={mnist: {train: ../../etc}}",
        f"datasets.mnist.train: '../../etc' is not allowed; {ONE_FOLDER}",
    ),
    "a split that is the folder itself": (
        "datasets={mnist: {valid: .}}",
        f"datasets.mnist.valid: '.' is not allowed; {ONE_FOLDER}",
    ),
    "one folder for both splits": (
        "datasets={mnist: {valid: training}}",
        "datasets.mnist.valid: 'training' is the folder of the training images; name another",
    ),
    "an archive outside": (
        ARCHIVE.format("http://h/.."),
        f"datasets.zoo.sources: 'http://h/..' ends in '..', {NO_NAME}",
    ),
    "an archive without a name": (
        ARCHIVE.format("http://h/"),
        f"datasets.zoo.sources: 'http://h/' ends in '', {NO_NAME}",
    ),
    "an archive named like a wildcard": (
        ARCHIVE.format("'http://h/{x}'"),
        f"datasets.zoo.sources: 'http://h/{{x}}' ends in '{{x}}', {NO_NAME}",
    ),
    "an address that is none": (
        ARCHIVE.format("'http://[h/a.tgz'"),
        "datasets.zoo.sources: 'http://[h/a.tgz' is not an address (Invalid IPv6 URL)",
    ),
    "a short checksum": (
        "datasets={mnist_tiny: {sha256: abc}}",
        "datasets.mnist_tiny.sha256: 'abc' is not allowed; it has 64 hexadecimal digits, in lower case "
        "(`sha256sum FILE` prints it)",
    ),
    "a folder that is not there": (
        "datasets={digits: {kind: folder, path: nowhere}}",
        "nowhere: no such file or folder; `path` of the dataset names where its images are",
    ),
    "a sweep over nothing": ("sweep={mlp: {over: {}}}", "sweep.mlp.over: {} should be non-empty"),
}
IN_A_FILE = {
    "a variant that is there twice": (
        "variants:\n  mlp: {epochs: 1}\n  cnn: {epochs: 1}\n  mlp: {epochs: 2}\n",
        "mine.yaml, line 4: the key variants.mlp is there twice, first in line 2; remove one of them",
    ),
    "a key that is there twice": (
        "seeds: 1\nseeds: 2\n",
        "mine.yaml, line 2: the key seeds is there twice, first in line 1; remove one of them",
    ),
    "a key that is a number": (
        "variants:\n  1: {epochs: 1}\n",
        "mine.yaml, line 2: variants: the key 1 is read as a number; write it in quotes: '1'",
    ),
    "a dataset called no": (
        "seeds: 1\ndataset: no\n",
        "mine.yaml, line 2: dataset: no is read as false; write it in quotes: dataset: 'no'",
    ),
    "a variant called on": (
        "variants:\n  on: {epochs: 1}\n",
        "mine.yaml, line 2: variants: the key on is read as true; write it in quotes: 'on'",
    ),
    "a rung called null": (
        "ladder: [mlp, null]\n",
        "mine.yaml, line 1: ladder: null is read as nothing; write it in quotes: 'null'",
    ),
    "an octal number": ("seeds: 010\n", "mine.yaml, line 1: seeds: 010 is read as 8; write 10 or '010'"),
    "a number to the base of 60": (
        "variants: {mlp: {lr: 1:30}}\n",
        "mine.yaml, line 1: variants.mlp.lr: 1:30 is read as 90; write 90 or '1:30'",
    ),
    "an empty dataset name": ("dataset: ''\n", f"dataset: '' is not allowed; {A_DATASET_HAS}"),
    "a dataset of two lines": ('dataset: "digits\\n"\n', f"dataset: 'digits\\n' is not allowed; {A_DATASET_HAS}"),
    "NaN": ("variants: {mlp: {lr: .nan}}\n", f"variants.mlp.lr: nan {FINITE}"),
}


@pytest.mark.parametrize("name", ON_THE_COMMAND_LINE)
def test_a_bad_setting_is_one_sentence(place, refused, name):
    setting, sentence = ON_THE_COMMAND_LINE[name]
    dataset = () if setting.startswith("dataset=") else ("dataset=digits",)
    ended = place.snakemake("--cores", "1", "--config", setting, *dataset)
    refused(ended, sentence if sentence.startswith("nowhere") else f"config: {sentence}")


@pytest.mark.parametrize("name", IN_A_FILE)
def test_a_bad_file_of_settings_is_one_sentence(place, refused, name):
    text, sentence = IN_A_FILE[name]
    (place.folder / "mine.yaml").write_text(text)
    refused(place.snakemake("--cores", "1", "--configfile", "mine.yaml"), f"config: {sentence}")


@pytest.mark.parametrize(
    "setting",
    [
        "seeds='3'",
        "variants={mlp: {lr: '0.1', options: {hidden: '30'}}}",
        "variants={cnn: {options: {layers: [['8', 3, 2]]}}}",
    ],
)
def test_numbers_that_are_text_are_numbers(place, setting):
    assert place.snakemake("-n", "--quiet", "all", "--config", setting, "dataset=digits").status == 0
