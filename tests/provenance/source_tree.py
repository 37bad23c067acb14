"""A small library whose code is read, and the tests' changes of it."""

from ladder.provenance import source_code

TRAIN = '''"""Train."""
from ladder.job import job
from ladder import near

with job():
    near.f()
'''
DEEP = '''"""Deep."""

import ladder.kinds.deeper as d


def g():
    """Give."""
    return d.x
'''
FUNCTIONS = """import os


def _hidden(a):
    pass


def f(a, b=1, *c):
    def inner():
        pass


def g():
    pass
"""
TREE = {
    "scripts/train.py": TRAIN,
    "scripts/plot.py": "from ladder import unrelated\n",
    "ladder/__init__.py": '"""The library."""\n',
    "ladder/job.py": "def job():\n    pass\n",
    "ladder/near.py": "def f():\n    from ladder.kinds import deep\n\n    return deep.g()\n",
    "ladder/kinds/__init__.py": "",
    "ladder/kinds/deep.py": DEEP,
    "ladder/kinds/deeper.py": "import os\n\nx = 1\n",
    "ladder/kinds/named.py": "from ladder.kinds.chosen import y\n",
    "ladder/kinds/chosen.py": "y = 2\n",
    "ladder/unrelated.py": "z = 3\n",
}


def forget():
    for function in vars(source_code).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def digest(*arguments):
    forget()
    return source_code.code_digest(*arguments)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
