"""What functions talk to beside the tables: queues, topics, the bus and the secret, kept in lists."""

import base64
import collections
import hashlib
import json
import urllib.parse
import uuid


class Services:
    """Stands in for SQS, SNS, EventBridge and Secrets Manager, which all answer `POST /`."""

    def __init__(self):
        self.queues = collections.defaultdict(list)
        self.published = 0
        self.secret = base64.b64encode(hashlib.sha384(b"measured").digest()).decode()

    def handle(self, request):
        target = request.headers.get("x-amz-target")
        if target is None:
            self.topic(request, dict(urllib.parse.parse_qsl(request.body.decode())))
            return
        known = {
            "AmazonSQS.SendMessageBatch": self.send,
            "AWSEvents.PutEvents": self.put,
            "secretsmanager.GetSecretValue": self.tell,
        }
        if target not in known:
            raise AssertionError(f"nobody stands in for {target}")
        status, answer = known[target](json.loads(request.body))
        version = [("Content-Type", "application/x-amz-json-1.1")]
        request.answer(status, json.dumps(answer).encode(), version)

    def send(self, asked):
        entries = asked.get("Entries", [])
        if not entries:
            return 400, {"__type": "com.amazonaws.sqs#EmptyBatchRequest", "message": "empty"}
        self.queues[asked["QueueUrl"]] += [entry["MessageBody"] for entry in entries]
        sent = [
            {"Id": entry["Id"], "MessageId": str(uuid.uuid4()),
             "MD5OfMessageBody": hashlib.md5(entry["MessageBody"].encode()).hexdigest()}
            for entry in entries
        ]
        return 200, {"Successful": sent, "Failed": []}

    def put(self, asked):
        entries = asked.get("Entries", [])
        if not entries:
            return 400, {"__type": "ValidationException", "message": "empty"}
        self.published += len(entries)
        return 200, {"FailedEntryCount": 0, "Entries": [{"EventId": str(uuid.uuid4())} for _ in entries]}

    def tell(self, asked):
        return 200, {"ARN": asked["SecretId"], "Name": "secret", "SecretString": self.secret}

    def topic(self, request, asked):
        space = "http://sns.amazonaws.com/doc/2010-03-31/"
        if asked["Action"] == "Publish":
            self.published += 1
            body = (f'<PublishResponse xmlns="{space}"><PublishResult><MessageId>m</MessageId>'
                    "</PublishResult></PublishResponse>")
            request.answer(200, body.encode(), [("Content-Type", "text/xml")])
        else:
            body = (f'<ErrorResponse xmlns="{space}"><Error><Type>Sender</Type>'
                    "<Code>EmptyBatchRequest</Code><Message>empty</Message></Error></ErrorResponse>")
            request.answer(400, body.encode(), [("Content-Type", "text/xml")])
