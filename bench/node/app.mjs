// The bot of the benchmark with Bolt for JavaScript and its receiver for Lambda, as its documentation shows it.
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import bolt from "@slack/bolt";

const { App, AwsLambdaReceiver } = bolt;
const { SIGNING_SECRET_PARAMETER, BOT_TOKEN_PARAMETER } = process.env;

// One call for both secrets, while Lambda initializes the function.
const { Parameters, InvalidParameters } = await new SSMClient().send(
  new GetParametersCommand({ Names: [SIGNING_SECRET_PARAMETER, BOT_TOKEN_PARAMETER], WithDecryption: true }),
);
if (InvalidParameters?.length) throw new Error(`missing parameters: ${InvalidParameters}`);
const secret = (name) => Parameters.find((parameter) => parameter.Name === name).Value;

const receiver = new AwsLambdaReceiver({ signingSecret: secret(SIGNING_SECRET_PARAMETER) });
const app = new App({
  token: secret(BOT_TOKEN_PARAMETER),
  receiver,
  // Otherwise Bolt asks Slack who it is, which no other bot here does.
  botId: "B0BENCH",
  botUserId: "U0BENCH",
});

app.command("/bench", async ({ command, ack }) => {
  await ack({ response_type: "ephemeral", text: command.text });
});

export const handler = await receiver.start();
