"""The bot of the benchmark with Bolt for Python and its adapter for Lambda, as its documentation shows it."""

import os

import boto3
from slack_bolt import App
from slack_bolt.adapter.aws_lambda import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult

# One call for both secrets, while Lambda initializes the function.
names = [os.environ["SIGNING_SECRET_PARAMETER"], os.environ["BOT_TOKEN_PARAMETER"]]
answer = boto3.client("ssm").get_parameters(Names=names, WithDecryption=True)
if answer["InvalidParameters"]:
    raise RuntimeError(f"missing parameters: {answer['InvalidParameters']}")
secrets = {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}


def authorize(enterprise_id, team_id):
    """Otherwise Bolt asks Slack who it is, which no other bot here does."""
    return AuthorizeResult(
        enterprise_id=enterprise_id, team_id=team_id, bot_token=secrets[names[1]], bot_id="B0BENCH", bot_user_id="U0BENCH"
    )


# `process_before_response`, as Lambda freezes the process once it has answered.
app = App(signing_secret=secrets[names[0]], authorize=authorize, process_before_response=True)


@app.command("/bench")
def bench(ack, command):
    ack(response_type="ephemeral", text=command.get("text", ""))


slack_handler = SlackRequestHandler(app=app)


def handler(event, context):
    return slack_handler.handle(event, context)
