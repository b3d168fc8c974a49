"""The emulator of AWS, the stack deployed to it, and people's issuer of tokens; all on the loopback."""

import base64
import http.server
import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile

import boto3
import botocore.config
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from samtranslator.yaml_helper import yaml_parse

import overlay

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "eu-central-1"
SERVICES = (
    "lambda,sqs,sns,dynamodb,iam,sts,cloudformation,s3,events,scheduler,apigateway,logs,cloudwatch,"
    "ssm,secretsmanager,kms"
)
AUDIENCE = "console"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait(what, until, seconds=60.0, every=0.25):
    """What `until` gives once it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = until()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"no {what} within {seconds} s")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Issues tokens, to browsers for codes, and serves the keys to check them by."""

    def __init__(self):
        self.codes = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self.key.public_key().public_numbers()
        modulus = b64(numbers.n.to_bytes(256, "big"))
        keys = {"keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": modulus, "e": "AQAB"}]}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler(keys))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(issuer, keys):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                known = {
                    "/.well-known/openid-configuration": {
                        "issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys",
                        "authorization_endpoint": f"{issuer.url}/authorize",
                        "token_endpoint": f"{issuer.url}/token",
                    },
                    "/keys": keys,
                }
                self.answer(200 if self.path in known else 404, known.get(self.path))

            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(urllib.parse.parse_qsl(form))
                asked = issuer.codes.pop(form["code"], None) if self.path == "/token" else None
                hashed = hashes.Hash(hashes.SHA256())
                hashed.update(form["code_verifier"].encode())
                if asked is None or (asked["redirect_uri"], asked["code_challenge"]) != (
                    form["redirect_uri"], b64(hashed.finalize())
                ):
                    return self.answer(400, {"error": "invalid_grant"})
                token = issuer.token(nonce=asked["nonce"], name="Ann Lee")
                return self.answer(200, {"id_token": token, "token_type": "Bearer"})

            def answer(self, status, body):
                body = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def code(self, address):
        """The way back for whoever was led to this address: what the issuer's page would do."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
        code = b64(os.urandom(16))
        self.codes[code] = asked
        return asked["redirect_uri"], {"code": code, "state": asked["state"], "iss": self.url}

    def token(self, **claims):
        """A token of an operations manager of the tenant `acme`, with other claims as given."""
        claims = {
            "iss": self.url, "aud": AUDIENCE, "exp": int(time.time()) + 600,
            "tocsin_tenant": "acme", "tocsin_role": "operations",
        } | claims
        claims = {name: value for name, value in claims.items() if value is not None}
        head = b64(json.dumps({"alg": "RS256", "kid": "one"}).encode())
        signed = f"{head}.{b64(json.dumps(claims).encode())}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{b64(signature)}"


class Emulator:
    """The emulator's process: every call is checked against the deployed roles."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory(prefix="tocsin-emulator-")
        self.log = open(f"{self.folder.name}/log", "w+", encoding="utf-8")
        environment = os.environ | {
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "AWS_ENDPOINT_URL": self.url,
            "LAMBDA_EXECUTOR": "local", "AUTH": "true", "SERVICES": SERVICES,
            "AWS_DEFAULT_REGION": REGION, "MINISTACK_REGION": REGION, "IOT_MTLS_ENABLED": "0",
        }
        command = pathlib.Path(sys.executable).with_name("ministack")
        self.process = subprocess.Popen(
            [command], env=environment, stdout=self.log, stderr=self.log, cwd=self.folder.name
        )
        wait("emulator", self.answers, 30)

    def answers(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise AssertionError(self.log.read()[-2000:])
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION,
            aws_access_key_id="test", aws_secret_access_key="test",
            config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=120),
        )

    def lines(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(encoding="utf-8").splitlines()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def zipped(binary):
    """A function's package: its binary by the name that the runtime runs."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, binary.read_bytes(), zipfile.ZIP_DEFLATED, 1)
    return packed.getvalue()


class NotLedOn(urllib.request.HTTPRedirectHandler):
    """Leaves it to the test where an answer leads."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NotLedOn)


class Stack:
    """The template deployed, and the doors to it."""

    def __init__(self, emulator, binaries, parameters, change=lambda template: None):
        self.emulator = emulator
        self.name = "tocsin"
        template = yaml_parse((ROOT / "infra/template.yaml").read_text(encoding="utf-8"))
        openapi = overlay.load_openapi(ROOT / "infra/openapi.yaml")
        self.template = template
        template = overlay.laid_over(template, openapi, parameters)
        change(template)
        s3 = emulator.client("s3")
        s3.create_bucket(Bucket="packages", CreateBucketConfiguration={"LocationConstraint": REGION})
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                key = f"{name}.zip"
                s3.put_object(Bucket="packages", Key=key, Body=zipped(binaries / f"tocsin-{name.lower()}"))
                resource["Properties"]["CodeUri"] = {"Bucket": "packages", "Key": key}
        template["Globals"]["Function"].pop("CodeUri")
        s3.put_object(Bucket="packages", Key="template.json", Body=json.dumps(template, default=str))
        self.cloudformation = emulator.client("cloudformation")
        self.cloudformation.create_stack(
            StackName=self.name, TemplateURL=f"{emulator.url}/packages/template.json",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        )
        wait("stack", self.is_there, 120)
        self.outputs = {o["OutputKey"]: o["OutputValue"] for o in self.describe()["Outputs"]}
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        listed = (resource for page in pages for resource in page["StackResourceSummaries"])
        self.ids = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed}

    def describe(self):
        return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]

    def is_there(self):
        status = self.describe()["StackStatus"]
        if "FAILED" in status or "ROLLBACK" in status:
            events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
            reasons = [e for e in events if "FAILED" in e["ResourceStatus"]]
            raise AssertionError([(e["LogicalResourceId"], e.get("ResourceStatusReason")) for e in reasons])
        return status == "CREATE_COMPLETE"

    def host(self):
        """The name by which the emulator knows the API."""
        return self.outputs["Endpoint"].removeprefix("http://").removeprefix("https://").split("/")[0]

    def request(self, method, path, body=None, headers=()):
        """Status, headers and JSON (or text) of what the deployed API answers."""
        headers = dict(headers)
        headers.setdefault("Host", self.host())
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.emulator.url}{path}", data, headers, method=method)
        try:
            answer = OPENER.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            kind = answer.headers.get("Content-Type", "")
            return answer.status, answer.headers, json.loads(text) if "json" in kind and text else text

    def said(self, function):
        """What a function logged, and what the emulator says of it."""
        logs = self.emulator.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=self.ids[f"{function}Logs"])
        lines = [event["message"] for page in pages for event in page["events"]]
        name = self.ids[function]
        return lines + [line for line in self.emulator.lines() if name in line]

    def invoke(self, function, payload):
        answer = self.emulator.client("lambda").invoke(
            FunctionName=self.ids[function], Payload=json.dumps(payload).encode()
        )
        return answer.get("FunctionError"), json.loads(answer["Payload"].read() or b"null")
