//! Workflow steps, assistants with streamed answers, and files.

use perch::slack::{StreamStart, Upload};
use perch::testing::SlackCall;
use perch::{Action, App, Context, Event, Job, Messages, Reply, Result, Step};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

fn executed(callback_id: &str, inputs: Value) -> Value {
    json!({
        "type": "function_executed",
        "function": { "id": "Fn1", "callback_id": callback_id, "title": "Look up" },
        "inputs": inputs,
        "function_execution_id": "Fx1",
        "workflow_execution_id": "Wx1",
        "bot_access_token": "xwfp-of-the-step",
    })
}

fn steps() -> App {
    App::new()
        .step("look_up", async |step: Step, context: Context| {
            match step.inputs["number"].as_str() {
                Some(number) => step.complete(&context, &json!({ "title": number })).await,
                None => step.fail(&context, "The step needs a number.").await,
            }
        })
        .action("approve", async |action: Action, context: Context| {
            let step = action.step.expect("it is a step's");
            assert_eq!(step.interactivity_pointer.as_deref(), Some("1.2.pointer"));
            step.complete(&context, &json!({ "approved": step.inputs["number"] }))
                .await?;
            Ok(Reply::ack())
        })
        .event("function_executed", async |_, _| {
            panic!("it is called for another step alone")
        })
}

#[tokio::test]
async fn a_step_gets_its_inputs_and_completes_or_fails() {
    let bot = perch::testing::app(steps());
    assert!(
        bot.event(executed("look_up", json!({ "number": "7" })))
            .send()
            .await
            .is_ack()
    );
    assert!(
        bot.event(executed("look_up", json!({})))
            .send()
            .await
            .is_ack()
    );
    let calls = bot.slack_calls();
    assert_eq!(calls[0].method, "functions.completeSuccess");
    assert_eq!(
        calls[0].arguments,
        json!({ "function_execution_id": "Fx1", "outputs": { "title": "7" } })
    );
    assert_eq!(calls[1].method, "functions.completeError");
    assert_eq!(calls[1].arguments["error"], "The step needs a number.");
    for call in calls {
        assert_eq!(call.token, "xwfp-of-the-step");
    }
}

#[tokio::test]
async fn a_click_in_a_steps_message_has_the_step() {
    let bot = perch::testing::app(steps());
    let clicked = bot
        .action("approve")
        .with("/bot_access_token", "xwfp-of-the-step")
        .with("/interactivity", json!({ "interactor": { "id": "U1" }, "interactivity_pointer": "1.2.pointer" }))
        .with(
            "/function_data",
            json!({ "execution_id": "Fx1", "function": { "callback_id": "look_up" }, "inputs": { "number": "7" } }),
        );
    assert!(clicked.send().await.is_ack());
    let [call] = &bot.slack_calls()[..] else {
        panic!("{:?}", bot.slack_calls())
    };
    assert_eq!(
        (call.method.as_str(), call.token.as_str()),
        ("functions.completeSuccess", "xwfp-of-the-step")
    );
    assert_eq!(call.arguments["outputs"], json!({ "approved": "7" }));
}

#[derive(Serialize, Deserialize)]
struct Answer {
    event_channel: perch::ChannelId,
    thread: perch::MessageTs,
    question: String,
}

impl Job for Answer {
    const NAME: &'static str = "answer";
}

async fn started(event: Event, context: Context) -> Result<()> {
    let (Some(channel), Some(thread)) = (&event.channel_id, &event.thread_ts) else {
        panic!("an assistant's thread has both")
    };
    let slack = context.slack();
    slack
        .assistant_set_suggested_prompts(channel, thread, &[("What waits?", "What waits for me?")])
        .await?;
    Ok(())
}

async fn asked(event: Event, context: Context) -> Result<()> {
    let (Some(channel), Some(thread), Some(text)) = (event.channel_id, event.thread_ts, event.text)
    else {
        return Ok(());
    };
    context
        .slack()
        .assistant_set_status(&channel, &thread, "is looking …")
        .await?;
    context
        .slack()
        .assistant_set_title(&channel, &thread, &text)
        .await?;
    context
        .later(Answer {
            event_channel: channel,
            thread,
            question: text,
        })
        .await
}

async fn answer(job: Answer, context: Context) -> Result<()> {
    let start = StreamStart::new().recipient(&"U1".into(), &"T1".into());
    let slack = context.slack();
    let mut stream = slack
        .chat_start_stream(&job.event_channel, &job.thread, start)
        .await?;
    for part in ["You asked: ", &job.question] {
        stream.append(part).await?;
    }
    stream.stop().await?;
    Ok(())
}

#[tokio::test]
async fn an_assistant_streams_its_answer_from_a_job() {
    let app = App::new()
        .event("assistant_thread_started", started)
        .message(Messages::all().direct().in_thread(), asked)
        .job(answer);
    let bot = perch::testing::app(app);
    let thread = json!({ "user_id": "U1", "channel_id": "D1", "thread_ts": "1.1", "context": {} });
    let opened = json!({ "type": "assistant_thread_started", "assistant_thread": thread });
    assert!(bot.event(opened).send().await.is_ack());
    let message = json!({
        "type": "message", "channel_type": "im", "channel": "D1", "thread_ts": "1.1", "text": "What waits?",
    });
    assert!(bot.event(message).send().await.is_ack());
    assert_eq!(bot.run_jobs().await.expect("it succeeds"), 1);

    let calls: Vec<SlackCall> = bot.slack_calls();
    let methods: Vec<_> = calls.iter().map(|call| call.method.as_str()).collect();
    assert_eq!(
        methods,
        [
            "assistant.threads.setSuggestedPrompts",
            "assistant.threads.setStatus",
            "assistant.threads.setTitle",
            "chat.startStream",
            "chat.appendStream",
            "chat.appendStream",
            "chat.stopStream",
        ]
    );
    assert_eq!(
        calls[0].arguments,
        json!({
            "channel_id": "D1", "thread_ts": "1.1",
            "prompts": [{ "title": "What waits?", "message": "What waits for me?" }],
        })
    );
    assert_eq!(
        calls[3].arguments,
        json!({ "channel": "D1", "thread_ts": "1.1", "recipient_user_id": "U1", "recipient_team_id": "T1" })
    );
    let ts = "1767571200.000100";
    assert_eq!(
        calls[5].arguments,
        json!({ "channel": "D1", "ts": ts, "markdown_text": "What waits?" })
    );
    assert_eq!(calls[6].arguments, json!({ "channel": "D1", "ts": ts }));
}

#[tokio::test]
async fn a_file_is_uploaded_and_shared_in_one_call() {
    let app = App::new().command(
        "/report",
        async |command: perch::Command, context: Context| {
            let upload = Upload::new("report.csv", "a,b\n1,2\n")
                .title("Report")
                .to(&command.channel_id)
                .in_thread("1.2")
                .comment("As of today");
            let id = context.slack().files_upload(upload).await?;
            Ok(Reply::ephemeral(id))
        },
    );
    let bot = perch::testing::app(app);
    assert_eq!(
        bot.command("/report", "").send().await.ephemeral_text(),
        "F0TEST"
    );
    let calls = bot.slack_calls();
    assert_eq!(calls[0].method, "files.getUploadURLExternal");
    assert_eq!(
        calls[0].arguments,
        json!({ "filename": "report.csv", "length": "8" })
    );
    assert_eq!(calls[1].method, "files.completeUploadExternal");
    assert_eq!(
        calls[1].arguments,
        json!({
            "files": [{ "id": "F0TEST", "title": "Report" }], "channel_id": "C0TEST", "thread_ts": "1.2",
            "initial_comment": "As of today",
        })
    );
    assert_eq!(bot.uploads(), [&b"a,b\n1,2\n"[..]]);

    // Nothing is shared that could not be uploaded.
    let app = App::new().command("/report", async |_, context: Context| {
        let id = context.slack().files_upload(Upload::new("a", "b")).await?;
        Ok(Reply::ephemeral(id))
    });
    let nowhere = json!({ "ok": true, "file_id": "F1", "upload_url": "http://127.0.0.1:1/upload" });
    let bot = perch::testing::app(app).slack("files.getUploadURLExternal", nowhere);
    let reply = bot.command("/report", "").send().await;
    assert!(reply.ephemeral_text().starts_with("Sorry"));
    assert_eq!(bot.slack_calls().len(), 1);
}
