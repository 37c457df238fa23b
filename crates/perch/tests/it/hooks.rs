//! Hooks before and after the handlers of requests.

use std::sync::{Arc, Mutex};

use perch::{App, Command, Context, Error, Handled, Reply, Request, Result};
use serde_json::json;

use crate::logged::logged;

type Seen = Arc<Mutex<Vec<String>>>;

fn app(seen: &Seen) -> App {
    let after = Arc::clone(seen);
    let called = Arc::clone(seen);
    App::new()
        .command("/do", move |command: Command, _: Context| {
            called
                .lock()
                .expect("nothing panics with it")
                .push(format!("called {}", command.text));
            std::future::ready(match command.text.as_str() {
                "fail" => Err(Error::internal("disk 7 is full")),
                _ => Ok(Reply::ephemeral("done")),
            })
        })
        .before(async |request: Request, _: Context| match &request {
            Request::Command(command) if command.channel_id != "C0OPS" => {
                Err(Error::user("Ask in <#C0OPS>."))
            }
            _ => Ok(request),
        })
        .after(move |handled: Handled, _: Context| {
            let Handled {
                event,
                outcome,
                error,
                ..
            } = handled;
            after
                .lock()
                .expect("nothing panics with it")
                .push(format!("{event}, {outcome}, {error:?}"));
            std::future::ready(Ok(()))
        })
}

#[tokio::test]
async fn a_hook_before_stops_or_hands_on_and_one_after_hears_of_both() {
    let seen = Seen::default();
    let bot = perch::testing::app(app(&seen));
    let refused = bot.command("/do", "x").send().await;
    assert_eq!(refused.ephemeral_text(), "Ask in <#C0OPS>.");
    let taken = bot.command("/do", "x").channel("C0OPS").send().await;
    assert_eq!(taken.ephemeral_text(), "done");
    bot.command("/do", "fail").channel("C0OPS").send().await;
    assert_eq!(
        *seen.lock().expect("nothing panics with it"),
        [
            "command /do, ephemeral, None",
            "called x",
            "command /do, ephemeral, None",
            "called fail",
            "command /do, ephemeral, Some(\"disk 7 is full\")",
        ]
    );
}

#[tokio::test]
async fn a_failing_hook_after_changes_no_answer() {
    let app = App::new()
        .command("/do", async |_, _: Context| Ok(Reply::ephemeral("done")))
        .after(async |_, _: Context| -> Result<()> { panic!("no metrics today") });
    let bot = perch::testing::app(app);
    let (reply, log) = logged(bot.command("/do", "").send()).await;
    assert_eq!(reply.ephemeral_text(), "done");
    assert!(
        log.contains("the hook after the handler failed") && log.contains("handled"),
        "{log}"
    );
}

#[tokio::test]
async fn a_job_passes_no_hook() {
    let seen = Seen::default();
    let app = app(&seen).schedule(async |_, _: Context| Ok(()));
    let bot = perch::testing::app(app);
    bot.fire("2026-01-05T09:00:00+09:00")
        .await
        .expect("it runs");
    bot.invoke(json!({ "perch": { "kind": "health", "version": 1 } }))
        .await
        .expect("it is healthy");
    assert!(seen.lock().expect("nothing panics with it").is_empty());
}

#[derive(Debug, PartialEq)]
struct Locale(String);

/// The person's locale, as `users.info` knows it.
async fn find_locale(request: Request, context: Context) -> Result<Request> {
    if let Request::Command(command) = &request {
        let user = context.slack().users_info(&command.user_id).await?;
        if let Some(locale) = user.locale {
            context.extend(Locale(locale));
        }
    }
    Ok(request)
}

async fn greet(_: Command, context: Context) -> Result<Reply> {
    let locale = context.extension::<Locale>();
    Ok(Reply::ephemeral(match locale.as_deref() {
        Some(Locale(locale)) if locale == "ja-JP" => "こんにちは",
        _ => "Hello",
    }))
}

#[tokio::test]
async fn what_the_hook_before_finds_out_reaches_the_handler_and_the_hook_after() {
    let seen = Seen::default();
    let heard = Arc::clone(&seen);
    let app = App::new()
        .before(find_locale)
        .command("/greet", greet)
        .after(move |_: Handled, context: Context| {
            let locale = context.extension::<Locale>();
            let mut heard = heard.lock().expect("nothing panics with it");
            heard.push(format!("{locale:?}"));
            std::future::ready(Ok(()))
        });
    let info = |locale: serde_json::Value| json!({ "ok": true, "user": { "id": "U1", "name": "hanako", "locale": locale } });
    let bot = perch::testing::app(app)
        .slack("users.info", info(json!("ja-JP")))
        .slack("users.info", info(json!(null)));
    for greeting in ["こんにちは", "Hello"] {
        assert_eq!(
            bot.command("/greet", "").send().await.ephemeral_text(),
            greeting
        );
    }
    // Nothing of one request is left for the next.
    let seen = seen.lock().expect("nothing panics with it");
    assert_eq!(*seen, ["Some(Locale(\"ja-JP\"))", "None"]);
}

#[tokio::test]
async fn a_second_value_of_a_type_replaces_the_first_and_others_stay() {
    let app = App::new().command("/do", async |_, context: Context| {
        assert_eq!(context.extension::<u8>(), None);
        context.extend(1_u8);
        context.extend("x".to_owned());
        context.extend(2_u8);
        let (number, text) = (context.extension::<u8>(), context.extension::<String>());
        assert_eq!(
            (number.as_deref(), text.as_deref()),
            (Some(&2), Some(&"x".to_owned()))
        );
        Ok(Reply::ephemeral("both"))
    });
    let reply = perch::testing::app(app).command("/do", "").send().await;
    assert_eq!(reply.ephemeral_text(), "both");
}
