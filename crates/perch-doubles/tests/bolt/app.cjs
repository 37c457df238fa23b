// A bot written with Bolt for JavaScript, as its documentation shows: what it understands of the double's requests it prints, one
// JSON object per line, and what it sends back the double judges.
'use strict';

const { App, HTTPReceiver, LogLevel } = require('@slack/bolt');

const saw = (what, details) => console.log(JSON.stringify({ saw: what, ...details }));

const receiver = new HTTPReceiver({
  signingSecret: process.env.SLACK_SIGNING_SECRET,
  logLevel: LogLevel.ERROR,
});
const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  receiver,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL, retryConfig: { retries: 0 } },
});

const plain = (text) => ({ type: 'plain_text', text });
const option = (value) => ({ text: plain(value), value });

const card = [
  { type: 'section', text: { type: 'mrkdwn', text: '*An order*' } },
  {
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'take', text: plain('Take it'), value: 'tea' },
      { type: 'static_select', action_id: 'size', options: ['small', 'large'].map(option) },
      { type: 'button', action_id: 'edit', text: plain('Edit') },
      { type: 'button', action_id: 'drop', text: plain('Drop'), style: 'danger' },
    ],
  },
];

const form = (title) => ({
  type: 'modal',
  callback_id: 'form',
  private_metadata: 'an order',
  title: plain(title),
  submit: plain('Order'),
  blocks: [
    {
      type: 'input',
      block_id: 'note',
      label: plain('Note'),
      element: { type: 'plain_text_input', action_id: 'text' },
    },
    {
      type: 'input',
      block_id: 'shop',
      label: plain('Shop'),
      element: { type: 'external_select', action_id: 'shop', min_query_length: 1 },
    },
    {
      type: 'actions',
      block_id: 'more',
      elements: [{ type: 'button', action_id: 'rename', text: plain('Rename') }],
    },
  ],
});

app.command('/order', async ({ command, ack, say, respond }) => {
  await ack();
  saw('command', { text: command.text, user: command.user_id, channel: command.channel_id });
  await say({ text: 'An order', blocks: card });
  await respond({ text: 'Only you see this' });
});

app.action('take', async ({ action, body, ack, respond }) => {
  await ack();
  saw('take', { value: action.value, message: body.message.text });
  await respond({ replace_original: true, text: `taken by <@${body.user.id}>` });
});

app.action('size', async ({ action, body, ack }) => {
  await ack();
  const state = Object.values(body.state.values).map((block) => block.size?.selected_option?.value);
  saw('size', { value: action.selected_option.value, state: state.find(Boolean) });
});

app.action('edit', async ({ body, ack, client }) => {
  await ack();
  const { view } = await client.views.open({ trigger_id: body.trigger_id, view: form('Edit') });
  saw('opened', { id: view.id });
});

app.action('drop', async ({ ack, respond }) => {
  await ack();
  await respond({ delete_original: true });
  saw('dropped');
});

app.options('shop', async ({ options, ack }) => {
  saw('options', { value: options.value });
  await ack({ options: ['corner', 'station'].map(option) });
});

app.action('rename', async ({ body, ack, client }) => {
  await ack();
  const { id, hash } = body.view;
  await client.views.update({ view_id: id, hash, view: form('Renamed') });
  saw('renamed');
});

app.view('form', async ({ view, ack }) => {
  const { note, shop } = view.state.values;
  if (note.text.value.length < 3) {
    await ack({ response_action: 'errors', errors: { note: 'Write a little more' } });
    return;
  }
  await ack();
  saw('submitted', {
    note: note.text.value,
    shop: shop.shop.selected_option.value,
    metadata: view.private_metadata,
  });
});

app.event('app_mention', async ({ event, say, client }) => {
  await say({ text: `hello <@${event.user}>`, thread_ts: event.ts });
  // Not in this channel: Bolt's client has to see Slack's error.
  const refused = await client.chat.postMessage({ channel: 'C0RANDOM', text: 'hi' }).catch((error) => error);
  saw('refused', { code: refused.code, error: refused.data?.error });
});

app.message('thanks', async ({ message }) => saw('message', { user: message.user, text: message.text }));

app.event('app_home_opened', async ({ event, client }) => {
  const blocks = [{ type: 'header', text: plain('At home') }];
  await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
  saw('home', { user: event.user });
});

app.error(async (error) => saw('error', { message: String(error) }));

(async () => {
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  saw('started', { port: server.address().port });
})();
