//! A bot for the page's tests: it shows every block, asks for every input, streams, is slow, and fails.

use std::time::Duration;

use perch::{
    Action, App, BlockSuggestion, Command, Context, Error, Event, Job, MessageAction, Modal,
    Options, Reply, Result, Scheduled, Shortcut, ViewReply, ViewSubmission,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What `/blocks` posts, and `/form` opens.
const BLOCKS: &str = include_str!("blocks.json");
const INPUTS: &str = include_str!("inputs.json");

#[derive(Serialize, Deserialize)]
struct Write {
    channel: String,
    fails: bool,
}

impl Job for Write {
    const NAME: &'static str = "write";
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    app().serve().await
}

pub(crate) fn app() -> App {
    App::new()
        .command("/blocks", blocks)
        .command("/form", form)
        .command("/odd", odd)
        .command("/boom", boom)
        .command("/slow", slow)
        .command("/job", job)
        .action("more", more)
        .action_prefix("", heard)
        .options("fruit", fruit)
        .view_submission("form", submitted)
        .view_submission("second", closed)
        .shortcut("open_form", shortcut)
        .message_action("pin", pin)
        .event("app_mention", mentioned)
        .event("app_home_opened", home)
        .event("reaction_added", reacted)
        .schedule(fires)
        .job(write)
}

async fn call(context: &Context, method: &str, arguments: &Value) -> Result<Value> {
    Ok(context.slack().call::<Value>(method, arguments).await?)
}

fn list(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

async fn blocks(command: Command, context: Context) -> Result<Reply> {
    for part in list(BLOCKS).as_array().into_iter().flatten() {
        let message = json!({"channel": command.channel_id, "text": "blocks", "blocks": part});
        call(&context, "chat.postMessage", &message).await?;
    }
    Ok(Reply::ack())
}

/// A file, an unfurl, and a block that nobody knows.
async fn odd(command: Command, context: Context) -> Result<Reply> {
    let channel = command.channel_id;
    let file = perch::slack::Upload::new("report.csv", "bot,calls\ntryo,12\n").to(channel.clone());
    context.slack().files_upload(file).await?;
    let text = "See <https://example.com/page>";
    let said = call(
        &context,
        "chat.postMessage",
        &json!({"channel": channel, "text": text}),
    )
    .await?;
    let unfurl = json!({"channel": channel, "ts": said["ts"], "unfurls": {
        "https://example.com/page": {"title": "A page about birds", "text": "They *perch*."},
    }});
    call(&context, "chat.unfurl", &unfurl).await?;
    let odd = json!({"channel": channel, "text": "odd", "attachments": [
        {"color": "#2eb67d", "blocks": [{"type": "hologram", "depth": 3}]},
    ]});
    call(&context, "chat.postMessage", &odd).await?;
    Ok(Reply::ack())
}

async fn open(trigger: &perch::TriggerId, context: &Context) -> Result<()> {
    let view = json!({
        "type": "modal", "callback_id": "form", "private_metadata": "kept \"here\"",
        "title": {"type": "plain_text", "text": "Every input"},
        "submit": {"type": "plain_text", "text": "Save"},
        "close": {"type": "plain_text", "text": "Not now"},
        "blocks": list(INPUTS),
    });
    call(
        context,
        "views.open",
        &json!({"trigger_id": trigger, "view": view}),
    )
    .await?;
    Ok(())
}

async fn form(command: Command, context: Context) -> Result<Reply> {
    open(&command.trigger_id, &context).await?;
    Ok(Reply::ack())
}

async fn shortcut(shortcut: Shortcut, context: Context) -> Result<()> {
    open(&shortcut.trigger_id, &context).await
}

async fn submitted(submission: ViewSubmission, _: Context) -> Result<ViewReply> {
    let state = &submission.view.state;
    if state.value("name", "name") == Some("nobody") {
        return Ok(ViewReply::error("name", "Nobody has that name here."));
    }
    let said = format!(
        "{} chose {}",
        state.value("name", "name").unwrap_or_default(),
        state.value("fruit", "fruit").unwrap_or_default()
    );
    let second = Modal::new("second", "One more")
        .submit("Done")
        .close("Back")
        .block(perch::blocks::section(said));
    Ok(ViewReply::push(second))
}

async fn closed(_: ViewSubmission, _: Context) -> Result<ViewReply> {
    Ok(ViewReply::clear())
}

async fn boom(_: Command, _: Context) -> Result<Reply> {
    Err(Error::internal("the moon is not in the sky"))
}

async fn slow(_: Command, _: Context) -> Result<Reply> {
    // It blocks its thread, so that nothing stops it at its deadline.
    std::thread::sleep(Duration::from_millis(3_200));
    Ok(Reply::ephemeral("Here I am"))
}

async fn job(command: Command, context: Context) -> Result<Reply> {
    let fails = command.text.trim() == "fails";
    let channel = command.channel_id.to_string();
    context.later(Write { channel, fails }).await?;
    Ok(Reply::ephemeral("Later"))
}

async fn write(job: Write, context: Context) -> Result<()> {
    if job.fails {
        return Err(Error::internal("the job has nothing to write with"));
    }
    let root = json!({"channel": job.channel, "text": "A stream begins"});
    let root = call(&context, "chat.postMessage", &root).await?;
    let start =
        json!({"channel": job.channel, "thread_ts": root["ts"], "markdown_text": "**One**, "});
    let stream = call(&context, "chat.startStream", &start).await?;
    for text in ["two, ", "three."] {
        let more = json!({"channel": job.channel, "ts": stream["ts"], "markdown_text": text});
        call(&context, "chat.appendStream", &more).await?;
    }
    let stop = json!({"channel": job.channel, "ts": stream["ts"]});
    call(&context, "chat.stopStream", &stop).await?;
    Ok(())
}

async fn more(_: Action, _: Context) -> Result<Reply> {
    Ok(Reply::replace("Replaced, as you wanted."))
}

async fn heard(action: Action, _: Context) -> Result<Reply> {
    if action.raw()["view"]["type"] == "home" {
        return Ok(Reply::ack());
    }
    let raw = &action.raw()["actions"][0];
    let value = [
        "selected_date",
        "selected_time",
        "selected_user",
        "selected_channel",
    ]
    .iter()
    .find_map(|field| raw[*field].as_str())
    .or(raw["selected_option"]["value"].as_str());
    Ok(Reply::ephemeral(format!(
        "{} is {}",
        action.action_id,
        value.unwrap_or("pressed")
    )))
}

async fn fruit(suggestion: BlockSuggestion, _: Context) -> Result<Options> {
    let fruits = ["apple", "apricot", "banana"];
    let typed = suggestion.value.to_lowercase();
    let fit = fruits.into_iter().filter(|fruit| fruit.starts_with(&typed));
    Ok(fit.map(|fruit| (fruit, fruit)).collect())
}

async fn pin(action: MessageAction, _: Context) -> Result<Reply> {
    let _ = action;
    Ok(Reply::ephemeral("Pinned."))
}

async fn mentioned(event: Event, context: Context) -> Result<()> {
    let raw = event.raw();
    let inner = &raw["event"];
    let answer = json!({
        "channel": inner["channel"], "thread_ts": inner["ts"], "text": "You called?",
    });
    call(&context, "chat.postMessage", &answer).await?;
    let emoji = json!({"channel": inner["channel"], "timestamp": inner["ts"], "name": "wave"});
    call(&context, "reactions.add", &emoji).await?;
    Ok(())
}

async fn reacted(_: Event, _: Context) -> Result<()> {
    Err(Error::internal("reactions are too much for this bot"))
}

async fn home(event: Event, context: Context) -> Result<()> {
    let user = event.raw()["event"]["user"].clone();
    let view = json!({"type": "home", "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Welcome home"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "All is *well*."}},
        {"type": "actions", "elements": [
            {"type": "button", "action_id": "refresh", "text": {"type": "plain_text", "text": "Refresh"}},
        ]},
    ]});
    call(
        &context,
        "views.publish",
        &json!({"user_id": user, "view": view}),
    )
    .await?;
    Ok(())
}

async fn fires(scheduled: Scheduled, context: Context) -> Result<()> {
    let text = format!("It is {}", scheduled.scheduled_time);
    let message = json!({"channel": "C0REVIEWS", "text": text});
    call(&context, "chat.postMessage", &message).await?;
    Ok(())
}
