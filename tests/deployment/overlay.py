"""What the emulator can not do, and what stands in for it. Nothing else of the template is changed.

Each entry of GAPS has its test in `contract.py`: what it replaces is there, and nothing but that changes.
"""

import copy
import re
import string

import yaml

GAPS = {
    "routes": "an API's OpenAPI body makes no routes: they are written out as resources",
    "numbers": "a parameter's number reaches an event source as text: it is written out",
    "secret": "a secret is drawn with punctuation though that is excluded",
    "batches": "sending a batch is checked as an action that AWS does not have",
    "metric math": "alarms over several metrics are refused: they are left out",
}

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
ANY = "x-amazon-apigateway-any-method"


def routes(openapi):
    """Route key and function of each operation of the API."""
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            if method in METHODS or method == ANY:
                uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
                function = invoked(uri)
                verb = "ANY" if method == ANY else method.upper()
                default = operation.get("isDefaultRoute")
                yield ("$default" if default else f"{verb} {path}"), function


def invoked(uri):
    """The function of an integration's address: by what the template calls it, or by its name."""
    [called] = re.findall(r"functions/\$\{(\w+)\.Arn\}|:function:\$\{AWS::StackName\}-(\w+)/", uri)
    return called[0] or called[1].capitalize()


def write_out_routes(template, openapi):
    """The API as resources that the emulator knows: API, stage, integrations and routes."""
    resources = template["Resources"]
    api = resources["Api"]["Properties"]
    resources["Api"] = {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {"Name": "tocsin", "ProtocolType": "HTTP"},
    }
    resources["ApiStage"] = {
        "Type": "AWS::ApiGatewayV2::Stage",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "StageName": api["StageName"],
            "AutoDeploy": True,
            "DefaultRouteSettings": api["DefaultRouteSettings"],
            "AccessLogSettings": api["AccessLogSettings"],
        },
    }
    listed = list(routes(openapi))
    for function in sorted({function for _, function in listed}):
        resources[f"{function}Integration"] = {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": [function, "Arn"]},
                "PayloadFormatVersion": "2.0",
            },
        }
    for number, (key, function) in enumerate(listed):
        resources[f"Route{number}"] = {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "RouteKey": key,
                "Target": {"Fn::Sub": f"integrations/${{{function}Integration}}"},
            },
        }


def leave_out_metric_math(template):
    """The template without alarms over several metrics."""
    resources = template["Resources"]
    for name in [name for name, resource in resources.items() if is_metric_math(resource)]:
        del resources[name]


def is_metric_math(resource):
    return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]


def write_numbers(template, parameters):
    """Numbers in place of the parameters that event sources refer to."""
    defaults = {name: given.get("Default") for name, given in template["Parameters"].items()}
    values = defaults | parameters

    def written(value):
        if isinstance(value, dict) and set(value) == {"Ref"}:
            return int(values[value["Ref"]])
        if isinstance(value, dict):
            return {name: written(part) for name, part in value.items()}
        return value

    for resource in template["Resources"].values():
        for event in resource["Properties"].get("Events", {}).values():
            for name in ("MaximumBatchingWindowInSeconds", "ScalingConfig"):
                if name in event["Properties"]:
                    event["Properties"][name] = written(event["Properties"][name])


def draw_letters_and_digits(template):
    """The secret without punctuation, said in the one way that the emulator hears."""
    drawn = template["Resources"]["MasterSecret"]["Properties"]["GenerateSecretString"]
    assert drawn["ExcludePunctuation"]
    drawn["ExcludeCharacters"] = string.punctuation


def name_batches(template):
    """The right to send a message also by the name under which a batch of them is checked."""
    roles = (r for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Role")
    for resource in roles:
        for policy in resource["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if "sqs:SendMessage" in statement["Action"]:
                    statement["Action"].append("sqs:SendMessageBatch")


def laid_over(template, openapi, parameters):
    """The template with the gaps filled; the one given stays as it is."""
    template = copy.deepcopy(template)
    write_out_routes(template, openapi)
    leave_out_metric_math(template)
    write_numbers(template, parameters)
    draw_letters_and_digits(template)
    name_batches(template)
    return template


def load_openapi(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)
