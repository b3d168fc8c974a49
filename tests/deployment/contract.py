"""The template held against the code: what functions are told, the routes, queues and time-outs.

    tests/deployment/run contract
"""

import copy
import json
import pathlib
import re
import subprocess
import sys
import unittest

from samtranslator.yaml_helper import yaml_parse

import overlay

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = yaml_parse((ROOT / "infra/template.yaml").read_text(encoding="utf-8"))
OPENAPI = overlay.load_openapi(ROOT / "infra/openapi.yaml")
RESOURCES = TEMPLATE["Resources"]
# What the reader of the environment asks for by one call.
GROUPS = {
    "tables": {"STATE_TABLE", "TEXT_TABLE"},
    "topics": {"PAGE_TOPIC_ARN", "WARNING_TOPIC_ARN", "INFO_TOPIC_ARN", "ESCALATION_TOPIC_ARN",
               "CHAT_TOPIC_ARN"},
}


def of_type(kind):
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
GLOBALS = TEMPLATE["Globals"]["Function"]


def timeout(function):
    return FUNCTIONS[function].get("Timeout", GLOBALS["Timeout"])


def sources():
    """Function, queue and properties of each event source that is a queue."""
    for function, properties in FUNCTIONS.items():
        for event in properties.get("Events", {}).values():
            if event["Type"] == "SQS":
                yield function, event["Properties"]["Queue"]["Fn::GetAtt"][0], event["Properties"]


def statements():
    """Function and statement of what each function's role allows."""
    for name, role in of_type("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name.removesuffix("Role"), statement


class Functions(unittest.TestCase):
    def test_every_function_of_the_tree_is_deployed_and_no_other(self):
        crates = {path.parent.parent.name for path in ROOT.glob("functions/*/src/main.rs")}
        self.assertEqual({name.lower() for name in FUNCTIONS}, crates)

    def test_each_is_told_exactly_what_it_reads(self):
        shared = set(GLOBALS["Environment"]["Variables"]) - {"RUST_LOG"}
        for name, properties in FUNCTIONS.items():
            code = (ROOT / f"functions/{name.lower()}/src/main.rs").read_text(encoding="utf-8")
            read = set(re.findall(r'environment\.text\("(\w+)"\)', code))
            for group in re.findall(r"environment\.(\w+)\(\)", code):
                read |= GROUPS.get(group, set())
            told = shared | set(properties.get("Environment", {}).get("Variables", {}))
            self.assertEqual(told, read, name)

    def test_the_groups_are_those_of_the_reader(self):
        code = (ROOT / "functions/shell/src/config.rs").read_text(encoding="utf-8")
        for group, names in GROUPS.items():
            body = re.search(rf"pub fn {group}\(.*?\n    }}", code, re.DOTALL).group()
            self.assertEqual(set(re.findall(r'text\("(\w+)"\)', body)), names)

    def test_a_claim_is_not_taken_over_while_its_publisher_runs(self):
        self.assertLess(timeout("Fanout"), 120)

    def test_whoever_answers_the_gateway_answers_before_it_gives_up(self):
        for _, function in overlay.routes(OPENAPI):
            self.assertLess(timeout(function), 30, function)


class Queues(unittest.TestCase):
    def test_failed_records_come_again_and_only_they(self):
        self.assertEqual({function for function, _, _ in sources()}, {"Rollup", "Score", "Fanout"})
        for function, _, properties in sources():
            self.assertEqual(properties["FunctionResponseTypes"], ["ReportBatchItemFailures"], function)

    def test_a_message_is_hidden_for_six_time_outs_and_the_window(self):
        window = TEMPLATE["Parameters"]["BatchingWindowSeconds"]["MaxValue"]
        for function, queue, properties in sources():
            waits = window if "MaximumBatchingWindowInSeconds" in properties else 0
            hidden = RESOURCES[queue]["Properties"]["VisibilityTimeout"]
            self.assertGreaterEqual(hidden, 6 * timeout(function) + waits, queue)

    def test_what_fails_ends_among_dead_letters_before_it_expires_and_is_kept_for_two_weeks(self):
        fed = {queue for _, queue, _ in sources()}
        queues = of_type("AWS::SQS::Queue")
        dead = set()
        for name in fed:
            redrive = queues[name]["RedrivePolicy"]
            dead.add(redrive["deadLetterTargetArn"]["Fn::GetAtt"][0])
            lasts = redrive["maxReceiveCount"] * queues[name]["VisibilityTimeout"]
            self.assertLess(lasts, queues[name]["MessageRetentionPeriod"], name)
        self.assertEqual(fed | dead, set(queues))
        for name in dead:
            self.assertEqual(queues[name]["MessageRetentionPeriod"], 14 * 86_400, name)

    def test_each_queue_and_its_dead_letters_have_an_alarm(self):
        watched = {}
        for alarm in of_type("AWS::CloudWatch::Alarm").values():
            for dimension in alarm.get("Dimensions", []):
                if dimension["Name"] == "QueueName":
                    queue = dimension["Value"]["Fn::GetAtt"][0]
                    watched.setdefault(queue, set()).add(alarm["MetricName"])
        for _, queue, _ in sources():
            self.assertIn("ApproximateAgeOfOldestMessage", watched[queue])
            dead = queue.replace("Queue", "DeadQueue")
            self.assertIn("ApproximateNumberOfMessagesVisible", watched[dead])


class Routes(unittest.TestCase):
    def test_the_routes_of_the_code_are_those_of_the_api(self):
        code = (ROOT / "functions/console/src/route.rs").read_text(encoding="utf-8")
        parsed = re.search(r"fn parse\(.*?\n    }\n", code, re.DOTALL).group()
        in_code = set()
        for segments in re.findall(r"\[([^\]]+)\] => Self::", parsed):
            parts = [part.strip() for part in segments.split(",")]
            path = [part.strip('"') if part.startswith('"') else "{}" for part in parts]
            in_code.add("/" + "/".join(path))
        served = {re.sub(r"{\w+}", "{}", key.split(" ")[1])
                  for key, function in overlay.routes(OPENAPI)
                  if function == "Console" and key != "$default"}
        self.assertEqual(served, in_code)
        self.assertGreater(len(in_code), 10)

    def test_only_events_and_vendors_lead_to_ingest(self):
        taken = {key for key, function in overlay.routes(OPENAPI) if function == "Ingest"}
        events, sources = "/v1/events", "/v1/sources/{platform}/{connection}"
        self.assertEqual(taken, {f"{verb} {events}" for verb in ("POST", "ANY")}
                         | {f"{verb} {sources}" for verb in ("POST", "HEAD", "OPTIONS", "ANY")})
        code = (ROOT / "functions/ingest/src/lib.rs").read_text(encoding="utf-8")
        known = dict(re.findall(r'const (\w+): &str = "(/v1/[^"]+)"', code))
        self.assertEqual(known, {"EVENTS": events, "SOURCES": sources.split("{")[0]})
        allowed = [p["SourceArn"]["Fn::Sub"].split("${Api}/*/*")[1]
                   for p in of_type("AWS::Lambda::Permission").values()
                   if p["FunctionName"] == {"Ref": "Ingest"} and p["Principal"].startswith("apigateway")]
        self.assertEqual(sorted(allowed), [events, "/v1/sources/*"])

    def test_vendors_that_are_taken_are_told(self):
        code = (ROOT / "shared/src/platform.rs").read_text(encoding="utf-8")
        names = re.findall(r'Self::\w+ => "(\w+)",', code)
        [told] = {parameter["description"] for operation in ("post", "head", "options")
                  for parameter in OPENAPI["paths"]["/v1/sources/{platform}/{connection}"][operation]["parameters"]
                  if parameter["name"] == "platform"}
        self.assertEqual(re.findall(r"\w+", told.split(":")[1].replace(" or ", ", ")), names)

    def test_what_anybody_may_have_is_said_to_be_free(self):
        code = (ROOT / "functions/console/src/route.rs").read_text(encoding="utf-8")
        [arm] = re.findall(r"fn resource\(.*?match self \{\s*(.*?) => None,", code, re.DOTALL)
        routes = {route.strip().removeprefix("Self::") for route in arm.split("|")}
        self.assertEqual(routes, {"Health", "Style", "AckLink(_)", "SignIn", "SignedIn", "SignOut"})
        free = {(method, path) for path, operations in OPENAPI["paths"].items()
                for method, operation in operations.items() if operation.get("security") == []}
        # Of a link the token is the right; whoever signs in has none yet.
        self.assertEqual(free, {
            ("get", "/signin"), ("get", "/signin/callback"), ("get", "/signout"), ("post", "/signout"),
            ("get", "/healthz"), ("get", "/assets/console.css"),
            ("get", "/v1/ack/{token}"), ("post", "/v1/ack/{token}"),
            # Of a vendor the signature is.
            *((method, "/v1/sources/{platform}/{connection}") for method in ("post", "head", "options")),
        })

    def test_access_logs_name_the_route_and_never_what_was_asked_for(self):
        logged = RESOURCES["Api"]["Properties"]["AccessLogSettings"]["Format"]
        variables = set(re.findall(r"\$context\.([\w.]+)", logged))
        self.assertEqual(variables, {
            "requestTime", "requestId", "routeKey", "status", "responseLatency", "responseLength",
            "integrationErrorMessage",
        })


def waits_for(value):
    """What of the template a part of it refers to, and so is made before it."""
    if isinstance(value, list):
        return set().union(*map(waits_for, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(waits_for, value.values()))
    if "Ref" in value:
        found.add(value["Ref"])
    if "Fn::GetAtt" in value:
        named = value["Fn::GetAtt"]
        found.add(named[0] if isinstance(named, list) else named.split(".")[0])
    if "Fn::Sub" in value:
        text = value["Fn::Sub"]
        text = text[0] if isinstance(text, list) else text
        found |= {name.split(".")[0] for name in re.findall(r"\$\{([\w.]+)\}", text)}
    return found & RESOURCES.keys()


class Order(unittest.TestCase):
    def test_nothing_waits_for_itself_and_the_api_for_no_function_that_waits_for_it(self):
        # The linters do not look into what is included.
        waits = {name: waits_for(resource) for name, resource in RESOURCES.items()}
        waits["Api"] |= waits_for(OPENAPI)
        self.assertIn("Ingest", waits["Api"])
        self.assertIn("Api", waits["Console"])
        while waits:
            ready = {name for name, others in waits.items() if not others & waits.keys()}
            self.assertTrue(ready, f"each waits for another of {sorted(waits)}")
            waits = {name: others for name, others in waits.items() if name not in ready}

    def test_a_function_that_the_api_knows_by_its_name_has_it(self):
        self.assertEqual(FUNCTIONS["Console"]["FunctionName"], {"Fn::Sub": "${AWS::StackName}-console"})


class People(unittest.TestCase):
    """The pool that is made where no other issuer knows people."""

    pool = RESOURCES["People"]["Properties"]
    client = RESOURCES["PeopleClient"]["Properties"]

    def test_only_an_administrator_makes_accounts_and_says_what_they_may_see(self):
        self.assertEqual(self.pool["AdminCreateUserConfig"], {"AllowAdminCreateUserOnly": True})
        claims = {f"custom:{attribute['Name']}" for attribute in self.pool["Schema"]}
        code = (ROOT / "functions/console/src/token.rs").read_text(encoding="utf-8")
        read = set(re.findall(r'(?:text|claim)\("(\w+)"\)', code))
        self.assertEqual(claims, {f"custom:tocsin_{name}" for name in read})
        self.assertLessEqual(claims, set(self.client["ReadAttributes"]))
        self.assertEqual(self.client["WriteAttributes"], ["name"])
        # By which people write their own attributes.
        self.assertNotIn("aws.cognito.signin.user.admin", self.client["AllowedOAuthScopes"])

    def test_people_sign_in_by_codes_at_the_pools_own_pages_alone(self):
        self.assertEqual(self.client["AllowedOAuthFlows"], ["code"])
        self.assertEqual(self.client["ExplicitAuthFlows"], ["ALLOW_REFRESH_TOKEN_AUTH"])
        self.assertFalse(self.client["GenerateSecret"])
        code = (ROOT / "functions/console/src/signin.rs").read_text(encoding="utf-8")
        for name, ways in (("CALLBACK", "CallbackURLs"), ("SIGN_OUT", "LogoutURLs")):
            path = re.search(rf'const {name}: &str = "([^"]+)"', code).group(1)
            [way] = self.client[ways]
            self.assertEqual(way["Fn::Sub"][0], "${Address}" + path)
            self.assertEqual(way["Fn::Sub"][1]["Address"],
                             FUNCTIONS["Console"]["Environment"]["Variables"]["CONSOLE_URL"])
        [scope] = re.findall(r'\("scope", "([^"]+)"\)', code)
        self.assertEqual(self.client["AllowedOAuthScopes"], scope.split())

    def test_it_outlives_the_stack_and_is_made_only_without_an_issuer(self):
        pool = RESOURCES["People"]
        self.assertEqual((pool["DeletionPolicy"], pool["UpdateReplacePolicy"]), ("Retain",) * 2)
        self.assertIn("DeletionProtection", self.pool)
        for name, resource in RESOURCES.items():
            if "Cognito" in resource["Type"]:
                self.assertEqual(resource["Condition"], "HasPool", name)
        told = FUNCTIONS["Console"]["Environment"]["Variables"]
        for name in ("OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_CLAIMS"):
            self.assertEqual(told[name]["Fn::If"][0], "HasPool", name)


class Rights(unittest.TestCase):
    def test_each_function_has_a_role_of_its_own(self):
        roles = [properties["Role"]["Fn::GetAtt"][0] for properties in FUNCTIONS.values()]
        self.assertEqual(sorted(roles), sorted(f"{name}Role" for name in FUNCTIONS))

    def test_no_right_is_to_everything(self):
        for function, statement in statements():
            self.assertNotIn("*", "".join(statement["Action"]), function)
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                self.assertNotIsInstance(resource, str, f"{function} names a resource by hand")

    def test_only_whoever_hashes_or_decrypts_reads_the_secret(self):
        readers = {f for f, s in statements() if "secretsmanager:GetSecretValue" in s["Action"]}
        self.assertEqual(readers, {"Ingest", "Console", "Admin"})

    def test_the_console_writes_what_people_do_and_reads_no_text(self):
        tables = [s for f, s in statements() if f == "Console" and "dynamodb" in "".join(s["Action"])]
        self.assertEqual([s["Resource"]["Fn::GetAtt"][0] for s in tables], ["StateTable"])
        # Rules, silences and actions upon alerts are put; nothing of the console's deletes.
        for action in tables[0]["Action"]:
            self.assertRegex(action, "Get|Query|PutItem|BatchWriteItem")


    def test_nobody_takes_anything_out_of_a_trail(self):
        statements = RESOURCES["BasePolicy"]["Properties"]["PolicyDocument"]["Statement"]
        [denied] = [one for one in statements if one.get("Effect") == "Deny"]
        self.assertEqual(denied["Resource"]["Fn::GetAtt"][0], "StateTable")
        for action in ("DeleteItem", "UpdateItem", "BatchWriteItem", "PartiQL*"):
            self.assertIn(f"dynamodb:{action}", denied["Action"])
        [patterns] = denied["Condition"]["ForAnyValue:StringLike"].values()
        keys = (ROOT / "functions/shell/src/store/keys.rs").read_text(encoding="utf-8")
        body = re.search(r"pub\(crate\) fn audit\(.*?\n}", keys, re.DOTALL).group()
        self.assertIn('key(tenant, "audit"', body)
        self.assertIn('pk: "DEPLOYMENT#audit"', keys)
        self.assertEqual(patterns, ["T#*#audit", "DEPLOYMENT#audit"])
        # Each role has the policy that says so.
        for name, role in of_type("AWS::IAM::Role").items():
            self.assertIn({"Ref": "BasePolicy"}, role["ManagedPolicyArns"], name)

    def test_strangers_are_counted_by_the_lines_that_tell_of_them(self):
        code = (ROOT / "functions/shell/src/audit.rs").read_text(encoding="utf-8")
        self.assertIn('target: "audit", who = "stranger"', code)
        filters = of_type("AWS::Logs::MetricFilter").values()
        self.assertEqual({f["LogGroupName"]["Ref"] for f in filters}, {"IngestLogs", "ConsoleLogs"})
        for one in filters:
            self.assertEqual(one["FilterPattern"], '{ ($.target = "audit") && ($.fields.who = "stranger") }')

    def test_dead_letters_go_back_by_the_admin_function_alone(self):
        movers = [(f, s) for f, s in statements() if "sqs:StartMessageMoveTask" in s["Action"]]
        self.assertEqual([f for f, _ in movers], ["Admin"])
        dead = {resource["Fn::GetAtt"][0] for resource in movers[0][1]["Resource"]}
        self.assertEqual(dead, {queue.replace("Queue", "DeadQueue") for _, queue, _ in sources()})


class EventBuses(unittest.TestCase):
    """What vendors put on an event bus comes in unmasked, and no queue holds it."""

    rules = of_type("AWS::Events::Rule")

    def test_each_rule_invokes_ingest_alone_and_leaves_no_dead_letters(self):
        self.assertEqual(set(self.rules), {"ConnectRule", "GenesysRule"})
        for name, rule in self.rules.items():
            [target] = rule["Targets"]
            self.assertEqual(target["Arn"], {"Fn::GetAtt": ["Ingest", "Arn"]}, name)
            self.assertNotIn("DeadLetterConfig", target, name)
            # As long and as often as EventBridge does at most.
            self.assertEqual(target["RetryPolicy"], {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185})

    def test_what_the_function_fails_at_is_tried_again_and_goes_nowhere_else(self):
        again = FUNCTIONS["Ingest"]["EventInvokeConfig"]
        self.assertEqual(again, {"MaximumEventAgeInSeconds": 21_600, "MaximumRetryAttempts": 2})
        self.assertNotIn("DeadLetterQueue", FUNCTIONS["Ingest"])

    def test_each_may_invoke_by_its_own_rule_and_only_if_it_is_asked_for(self):
        for name in self.rules:
            permission = RESOURCES[name.replace("Rule", "InvokesIngest")]
            self.assertEqual(permission["Properties"]["SourceArn"], {"Fn::GetAtt": [name, "Arn"]})
            self.assertEqual(permission["Condition"], RESOURCES[name]["Condition"])
        self.assertEqual(TEMPLATE["Parameters"]["AmazonConnect"]["Default"], "false")
        self.assertEqual(TEMPLATE["Parameters"]["GenesysEventSource"]["Default"], "")

    def test_what_rules_let_pass_the_code_reads(self):
        code = (ROOT / "shared/src/platform/amazon_connect.rs").read_text(encoding="utf-8")
        [suffix] = self.rules["ConnectRule"]["EventPattern"]["detail-type"]
        self.assertIn(f'ends_with("{suffix["suffix"].lower()}")', code)
        code = (ROOT / "shared/src/platform/genesys_cloud.rs").read_text(encoding="utf-8")
        [topic] = self.rules["GenesysRule"]["EventPattern"]["detail"]["topicName"]
        self.assertIn(f'TOPICS: &str = "{topic["prefix"]}"', code)


class Tables(unittest.TestCase):
    def test_they_expire_items_and_can_be_restored_and_not_be_lost(self):
        for name in ("StateTable", "TextTable"):
            table = RESOURCES[name]
            self.assertEqual((table["DeletionPolicy"], table["UpdateReplacePolicy"]), ("Retain",) * 2)
            properties = table["Properties"]
            expiry = properties["TimeToLiveSpecification"]
            self.assertEqual((expiry["AttributeName"], expiry["Enabled"]), ("ttl", True))
            recovery = properties["PointInTimeRecoverySpecification"]
            self.assertTrue(recovery["PointInTimeRecoveryEnabled"])
            self.assertIn("DeletionProtectionEnabled", properties)

    def test_they_are_those_of_tocsin_dev(self):
        code = (ROOT / "infra/tables/src/lib.rs").read_text(encoding="utf-8")
        self.assertIn('key("pk", KeyType::Hash), key("sk", KeyType::Range)', code)
        for name in ("StateTable", "TextTable"):
            keys = [(k["AttributeName"], k["KeyType"]) for k in RESOURCES[name]["Properties"]["KeySchema"]]
            self.assertEqual(keys, [("pk", "HASH"), ("sk", "RANGE")])


class Costs(unittest.TestCase):
    def test_the_bill_that_is_told_is_the_one_that_is_worked_out(self):
        bill = subprocess.run([sys.executable, ROOT / "infra/cost/bill.py", "--check"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(bill.returncode, 0, bill.stderr)

    def test_what_is_paid_for_each_month_is_what_is_deployed(self):
        assumed = json.loads((ROOT / "infra/cost/assumed.json").read_text(encoding="utf-8"))
        watched = [len([m for m in a.get("Metrics", [a]) if "Expression" not in m])
                   for a in of_type("AWS::CloudWatch::Alarm").values()]
        self.assertEqual(assumed["alarm_metrics"], sum(watched))
        self.assertEqual(assumed["dashboards"], len(of_type("AWS::CloudWatch::Dashboard")))
        self.assertEqual(assumed["secrets"], len(of_type("AWS::SecretsManager::Secret")))
        memory = {name: f.get("MemorySize", GLOBALS["MemorySize"]) / 1024 for name, f in FUNCTIONS.items()}
        self.assertEqual(assumed["gb"], {name: gb for name, gb in memory.items() if name in assumed["gb"]})


class Overlay(unittest.TestCase):
    """What stands in for the emulator's gaps changes what its list says, and nothing else."""

    def setUp(self):
        self.before = copy.deepcopy(TEMPLATE)
        self.after = overlay.laid_over(TEMPLATE, OPENAPI, {})

    def changed(self):
        before, after = self.before["Resources"], self.after["Resources"]
        return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

    def test_it_leaves_the_template_as_it_is(self):
        self.assertEqual(TEMPLATE, self.before)

    def test_nothing_is_changed_that_is_not_listed(self):
        batches = {f"{f}Role" for f, s in statements() if "sqs:SendMessage" in s["Action"]}
        math = {name for name, resource in RESOURCES.items() if overlay.is_metric_math(resource)}
        routes = {f"Route{n}" for n, _ in enumerate(overlay.routes(OPENAPI))}
        routes |= {"Api", "ApiStage", "ConsoleIntegration", "IngestIntegration"}
        self.assertEqual(self.changed(), batches | math | routes | {"Rollup", "MasterSecret"})
        self.assertEqual(set(overlay.GAPS), {"routes", "numbers", "secret", "batches", "metric math"})
        rest = [{k: v for k, v in template.items() if k != "Resources"}
                for template in (self.before, self.after)]
        self.assertEqual(*rest)

    def test_a_batch_needs_no_right_that_a_message_does_not(self):
        for name, resource in self.after["Resources"].items():
            is_role = resource["Type"] == "AWS::IAM::Role"
            for policy in resource["Properties"]["Policies"] if is_role else []:
                for statement in policy["PolicyDocument"]["Statement"]:
                    if "sqs:SendMessageBatch" in statement["Action"]:
                        self.assertIn("sqs:SendMessage", statement["Action"], name)

    def test_numbers_are_those_of_the_parameters(self):
        [event] = self.after["Resources"]["Rollup"]["Properties"]["Events"].values()
        self.assertEqual(event["Properties"]["MaximumBatchingWindowInSeconds"], 2)
        self.assertEqual(event["Properties"]["ScalingConfig"], {"MaximumConcurrency": 20})


if __name__ == "__main__":
    unittest.main()
