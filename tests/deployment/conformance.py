"""What the API answers, held against infra/openapi.yaml by requests that schemathesis draws from it: no
server error, and no status, content type or body that is not described there.

    tests/deployment/run local       against `tocsin dev` with its demonstration

The deployed API is asked the same way by deployment.py.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

import overlay
from emulator import wait

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
)
# So many requests are drawn for each operation, beside those at the limits of every parameter.
EXAMPLES = 40


def described(ids):
    """The description, with values that exist as examples of its parameters."""
    openapi = overlay.load_openapi(ROOT / "infra/openapi.yaml")
    for path, operations in openapi["paths"].items():
        for operation in operations.values():
            for number, parameter in enumerate(operation.get("parameters", [])):
                name = parameter.get("$ref", "").rsplit("/", 1)[-1]
                value = ids.get((path, name))
                if value:
                    known = openapi["components"]["parameters"][name]
                    operation["parameters"][number] = known | {"example": value}
    return openapi


def existing(get):
    """Values of path parameters that lead to something, by path and parameter."""
    values = {}
    for kind in ("alerts", "conversations"):
        asked = "/v1/alerts" if kind == "alerts" else "/v1/conversations?metric=fallback_rate&limit=1"
        found = get(asked)[kind]
        if found:
            for path in (f"/v1/{kind}/{{id}}", f"/{kind}/{{id}}"):
                values[path, "id"] = found[0]["id"]
    for path in ("/v1/metrics/{metric}", "/metrics/{metric}"):
        values[path, "metric"] = "fallback_rate"
    return values


def complaints(url, headers, get, elsewhere=(), methods=()):
    """What schemathesis has to say; nothing if all is as described. It follows where answers lead, so
    paths that lead elsewhere, to what is not described here, are left out; so are these methods."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "openapi.json"
        file.write_text(json.dumps(described(existing(get))), encoding="utf-8")
        command = [
            pathlib.Path(sys.executable).with_name("schemathesis"), "run", file, "--url", url,
            "--checks", CHECKS, "--max-examples", str(EXAMPLES), "--seed", "1",
            "--continue-on-failure", "--no-color", "--warnings", "off", "--suppress-health-check", "all",
        ]
        for path in elsewhere:
            command += ["--exclude-path", path]
        for method in methods:
            command += ["--exclude-method", method]
        for name, value in headers.items():
            command += ["--header", f"{name}: {value}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
        said = done.stdout + done.stderr
        print(*(line for line in said.splitlines() if "generated" in line or "Selected" in line), sep="\n")
        return "" if done.returncode == 0 else said


def local(tocsin):
    """Against `tocsin dev`, once its demonstration's incident has its alert."""
    command = [tocsin, "dev", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = next(line.split()[1] for line in process.stdout if line.startswith("ready "))

            def get(path):
                with urllib.request.urlopen(urllib.parse.urljoin(url, path), timeout=60) as answer:
                    return json.load(answer)

            wait("alert of the demonstration", lambda: get("/v1/alerts")["alerts"], 240, 2)
            said = complaints(url, {"Authorization": "Bearer local"}, get)
        finally:
            process.terminate()
    if said:
        sys.exit(said)


if __name__ == "__main__":
    local(sys.argv[1])
