"""Run by the Python of .venv-validator: `validate.py CONTEXT CRATE SEVERITY` prints what breaks the profile.

Works without a network: the validator asks for RO-Crate's JSON-LD context by its address, and finds in its cache the
copy CONTEXT.
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import requests_cache
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

ADDRESS = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "workflow-run-crate-0.5"


class Answer(BaseAdapter):
    """Answers every request with one document."""

    def __init__(self, document: bytes) -> None:
        super().__init__()
        self.document = document

    def send(self, request, **options):
        from requests.adapters import HTTPAdapter

        body = HTTPResponse(
            io.BytesIO(self.document), {"Content-Type": "application/ld+json"}, status=200, preload_content=False
        )
        return HTTPAdapter().build_response(request, body)

    def close(self) -> None:
        pass


def main(context: str, crate: str, severity: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        session = requests_cache.CachedSession(cache, backend="sqlite", expire_after=requests_cache.NEVER_EXPIRE)
        session.mount("https://", Answer(Path(context).read_bytes()))
        session.get(ADDRESS)
        session.close()
        validator = [str(Path(sys.executable).with_name("rocrate-validator")), "-y", "--no-interactive", "validate"]
        options = ["--profile-identifier", PROFILE, "--requirement-severity", severity, "--no-paging", "--verbose"]
        offline = ["--offline", "--cache-path", cache, "--skip-availability-check"]
        return subprocess.run([*validator, *options, *offline, crate], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
