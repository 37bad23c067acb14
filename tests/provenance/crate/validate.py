"""`validate.py CONTEXT CRATE SEVERITY`, run by the Python of .venv-validator: prints violations of the profile as JSON.

Works without a network: the validator asks for RO-Crate's JSON-LD context by its address, and finds in its cache the
copy CONTEXT.
"""

import io
import json
import sys
import tempfile
from pathlib import Path

import requests_cache
from requests.adapters import BaseAdapter, HTTPAdapter
from rocrate_validator import models, services
from urllib3 import HTTPResponse

ADDRESS = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "workflow-run-crate-0.5"


class Answer(BaseAdapter):
    """Answers every request with one document."""

    def __init__(self, document: bytes) -> None:
        super().__init__()
        self.document = document

    def send(self, request, **_):
        kind = {"Content-Type": "application/ld+json"}
        return HTTPAdapter().build_response(
            request, HTTPResponse(io.BytesIO(self.document), kind, status=200, preload_content=False)
        )

    def close(self) -> None:
        pass


def main(context: str, crate: str, severity: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        session = requests_cache.CachedSession(cache, backend="sqlite", expire_after=requests_cache.NEVER_EXPIRE)
        session.mount("https://", Answer(Path(context).read_bytes()))
        session.get(ADDRESS)
        session.close()
        result = services.validate(
            services.ValidationSettings(
                rocrate_uri=crate,
                profile_identifier=PROFILE,
                requirement_severity=getattr(models.Severity, severity),
                offline=True,
                cache_path=cache,
                skip_availability_check=True,
            )
        )
        issues = {issue.check.identifier: issue.message for issue in result.get_issues()}
        print(json.dumps({"passed": result.passed(), "executed": len(result.executed_checks), "issues": issues}))


if __name__ == "__main__":
    main(*sys.argv[1:])
