//! Builders: what they write is what the table of Block Kit takes.

use std::collections::BTreeSet;

use perch::blocks::rich::{self, RichText};
use perch::blocks::*;
use perch::slack::Message;
use perch::{Home, Modal, Reply};
use perch_blocks::{Certainty, Surface, check_blocks, check_view};
use serde_json::{Value, json};

/// Every element with all its setters, and where it is tried: in an input of a modal, in the actions of a message, or in
/// a block of its own.
fn elements() -> Vec<(&'static str, Element)> {
    let asks = || confirm("Sure?", "Really", "Yes", "No").danger();
    let abc = || {
        [
            choice("A", "a").description("first"),
            choice("B", "b"),
            choice("C", "c"),
        ]
    };
    let a = || choice("A", "a").description("first");
    let groups = || [("G", abc())];
    let kinds = || {
        ConversationFilter::of(["public", "private"])
            .without_shared()
            .without_bots()
    };
    let text = || RichText::new().paragraph([rich::text("x").bold()]);
    vec![
        (
            "actions",
            button("x", "X")
                .value("v")
                .url("https://example.com")
                .primary()
                .confirm(asks())
                .accessibility_label("x")
                .into(),
        ),
        ("actions", button("x", "X").danger().into()),
        (
            "input",
            checkboxes("x", abc())
                .initial([a()])
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            radio_buttons("x", abc())
                .initial(a())
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "actions",
            overflow("x", [choice("A", "a").url("https://example.com")])
                .confirm(asks())
                .into(),
        ),
        (
            "input",
            datepicker("x")
                .initial("2026-01-05")
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            timepicker("x")
                .initial("09:30")
                .timezone("Asia/Tokyo")
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            datetimepicker("x")
                .initial(1_767_571_200)
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            text_input("x")
                .initial("i")
                .multiline()
                .min_length(1)
                .max_length(9)
                .placeholder("p")
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            email_input("x")
                .initial("a@example.com")
                .placeholder("p")
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            url_input("x")
                .initial("https://example.com")
                .placeholder("p")
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            number_input("x")
                .initial("1")
                .min("0")
                .max("9")
                .placeholder("p")
                .focus_on_load()
                .into(),
        ),
        ("input", decimal_input("x").initial("1.5").into()),
        (
            "input",
            rich_text_input("x")
                .initial(text())
                .min_lines(2)
                .max_lines(9)
                .placeholder("p")
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            file_input("x").filetypes(["csv"]).max_files(2).into(),
        ),
        (
            "input",
            select("x", abc())
                .initial(a())
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        ("input", grouped_select("x", groups()).initial(a()).into()),
        (
            "input",
            external_select("x")
                .initial(a())
                .min_query_length(0)
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            users_select("x")
                .initial("U1")
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            conversations_select("x")
                .initial("C1")
                .initial_is_current()
                .filter(kinds())
                .response_url()
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            channels_select("x")
                .initial("C1")
                .response_url()
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            multi_select("x", abc())
                .initial([a()])
                .max_selected(2)
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            grouped_multi_select("x", groups()).initial([a()]).into(),
        ),
        (
            "input",
            multi_external_select("x")
                .initial([a()])
                .min_query_length(1)
                .max_selected(2)
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            multi_users_select("x")
                .initial(["U1"])
                .max_selected(2)
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            multi_conversations_select("x")
                .initial(["C1"])
                .initial_is_current()
                .filter(kinds())
                .max_selected(2)
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "input",
            multi_channels_select("x")
                .initial(["C1"])
                .max_selected(2)
                .placeholder("p")
                .confirm(asks())
                .focus_on_load()
                .into(),
        ),
        (
            "actions",
            workflow_button("x", "X", "https://slack.com/shortcuts/1")
                .primary()
                .accessibility_label("x")
                .into(),
        ),
        (
            "context_actions",
            trash_button("x", "X")
                .value("v")
                .confirm(asks())
                .accessibility_label("x")
                .into(),
        ),
        (
            "context_actions",
            feedback_buttons("x", ("Good", "1"), ("Bad", "0")).into(),
        ),
        (
            "context",
            image_element("https://example.com/a.png", "a").into(),
        ),
    ]
}

#[test]
fn every_element_has_a_builder_whose_setters_slack_takes() {
    let mut built = BTreeSet::new();
    for (place, element) in elements() {
        let raw = Value::from(element.clone());
        let name = raw["type"].as_str().expect("it has one").to_owned();
        let (surface, block) = match place {
            "input" => (Surface::Modal, input("b", "Label", element).into()),
            "actions" => (Surface::Message, actions([element])),
            "context_actions" => (Surface::Message, context_actions([element])),
            _ => (Surface::Message, context_of([element])),
        };
        let problems = check_blocks(surface, &json!([block]), "");
        let certain: Vec<_> = problems
            .iter()
            .filter(|one| one.certainty != Certainty::Unsure)
            .collect();
        assert!(certain.is_empty(), "{name}: {certain:?} of {raw}");
        built.insert(name);
    }
    let known = perch_blocks::elements()
        .iter()
        .map(|element| element.name.to_owned());
    // The source of a task card is no element that a person uses.
    let missing: Vec<_> = known
        .filter(|name| name != "url" && !built.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_block_that_is_built_is_one_that_slack_takes() {
    let picture = || image_element("https://example.com/a.png", "a");
    let message = perch::blocks![
        section("*x*")
            .id("a")
            .accessory(button("x", "X"))
            .fields(["a", "b"])
            .expanded(),
        fields(["a", "b"]),
        context_block(["a", "b"]),
        context_of([
            image_element("https://example.com/a.png", "a").into(),
            note("by Ada"),
        ]),
        header("x").level(2),
        divider(),
        actions(perch::elements![button("x", "X"), datepicker("y")]),
        image("https://example.com/a.png", "a").title("A"),
        image_of_file("F0123", "a"),
        markdown("# x"),
        table([["a", "b"], ["c", "d"]]).columns([Column::left(), Column::right().wrapped()]),
        video(
            "x",
            "x",
            "https://example.com/v",
            "https://example.com/v.png",
        )
        .title_url("https://example.com")
        .author_name("Ada")
        .provider_name("Example")
        .provider_icon_url("https://example.com/i.png")
        .description("x"),
        file("F-1"),
        RichText::new()
            .paragraph([
                rich::text("x").bold().italic().strike().code(),
                rich::link("https://example.com", "y"),
                rich::user("U1"),
                rich::channel("C1"),
                rich::emoji("wave"),
                rich::broadcast("here"),
            ])
            .quote([rich::text("q")])
            .code("let x = 1;")
            .bullets([[rich::text("one")], [rich::text("two")]])
            .numbers([[rich::text("one")]]),
    ];
    let problems = check_blocks(Surface::Message, &json!(message), "");
    assert!(problems.is_empty(), "{problems:?}");

    // What sources differ on may be doubted, and not refused.
    let chart = json!({ "type": "pie", "segments": [{ "label": "open", "value": 3 }] });
    let newer = perch::blocks![
        card("*T*", "b")
            .actions([button("x", "X")])
            .subtitle("*s*")
            .subtext("t")
            .icon(picture())
            .hero_image(picture())
            .slack_icon("rocket"),
        carousel([card("T", "b"), card("U", "c")]),
        container("T", perch::blocks![section("x"), divider()])
            .subtitle("s")
            .icon(picture())
            .width("wide")
            .collapsed()
            .header_divider(),
        container("T", [divider()]).rich_title(RichText::new().paragraph([rich::text("T").bold()])),
        data_table("Versions", [["a", "b"], ["c", "d"]])
            .page_size(10)
            .row_header_column_index(1),
        data_visualization("Open", chart),
        task_card("1", "Look", "in_progress")
            .details(RichText::new().paragraph([rich::text("d")]))
            .output(RichText::new().paragraph([rich::text("o")]))
            .source("https://example.com", "One")
            .source("https://example.com/2", "Two")
            .icon("rocket")
            .hide_title(),
        plan("Plan", [task_card("1", "Look", "complete")]),
        call("R1"),
    ];
    let problems = check_blocks(Surface::Message, &json!(newer), "");
    let refused = problems
        .iter()
        .filter(|one| one.certainty != Certainty::Unsure);
    assert_eq!(refused.count(), 0, "{problems:?}");

    let built = message.iter().chain(&newer).map(|block| json!(block));
    let mut built: BTreeSet<String> = built
        .map(|block| block["type"].as_str().unwrap_or_default().to_owned())
        .collect();
    // These are built in other tests, where they may stand.
    built.extend(["alert", "context_actions", "input"].map(str::to_owned));
    let mut known = perch_blocks::blocks().iter().map(|block| block.name);
    assert_eq!(known.find(|name| !built.contains(*name)), None);

    // Each of their properties has a setter or an argument, but for these: for them there is `with`.
    let by_hand = ["call.api_decoration_available", "call.call"];
    let written = |name: &str, property: &str| {
        let mut all = message.iter().chain(&newer).map(|block| json!(block));
        all.any(|block| block["type"] == name && !block[property].is_null())
    };
    let elsewhere = ["alert", "context_actions", "input"];
    let all = perch_blocks::blocks().iter();
    let missing: Vec<String> = all
        .filter(|block| !elsewhere.contains(&block.name))
        .flat_map(|block| {
            let properties = block.properties.iter().map(|property| property.name);
            let unwritten =
                properties.filter(|name| *name != "block_id" && !written(block.name, name));
            unwritten
                .map(|name| format!("{}.{name}", block.name))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(missing, by_hand);

    let modal = Modal::new("id", "Title")
        .submit("Send")
        .close("Not now")
        .private_metadata("m")
        .notify_on_close()
        .block(alert("warning", "Take *care*"))
        .block(
            input("b", "Label", text_input("x"))
                .hint("h")
                .optional()
                .dispatch_action(),
        );
    let problems = check_view(&modal.into(), "/view");
    assert!(problems.is_empty(), "{problems:?}");

    let home = Home::new()
        .callback_id("home")
        .private_metadata("m")
        .block(section("x"));
    let problems = check_view(&home.into(), "/view");
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn rich_text_reads_as_plain_text() {
    let text = RichText::new()
        .paragraph([
            rich::text("Hi "),
            rich::user("U1"),
            rich::text(" in "),
            rich::channel("C1"),
        ])
        .bullets([
            [rich::link("https://example.com", "")],
            [rich::emoji("wave")],
        ]);
    let raw = Value::from(text);
    let read = RichText::read(&raw).expect("it is one");
    assert_eq!(
        read.to_plain(),
        "Hi <@U1> in <#C1>\n• https://example.com\n• :wave:"
    );
    assert_eq!(RichText::read(&json!({ "type": "section" })), None);
}

#[test]
fn a_message_takes_every_argument() {
    let message = Message::text("x")
        .attachments([json!({ "color": "good" })])
        .in_thread("1.2")
        .broadcast()
        .username("n")
        .icon_emoji(":x:")
        .icon_url("https://example.com/i.png")
        .without_previews()
        .metadata(json!({ "event_type": "t", "event_payload": {} }))
        .with("link_names", true);
    assert_eq!(
        serde_json::to_value(message).expect("it is JSON"),
        json!({
            "text": "x", "attachments": [{ "color": "good" }], "thread_ts": "1.2", "reply_broadcast": true,
            "username": "n", "icon_emoji": ":x:", "icon_url": "https://example.com/i.png",
            "unfurl_links": false, "unfurl_media": false,
            "metadata": { "event_type": "t", "event_payload": {} }, "link_names": true,
        })
    );
    assert_eq!(
        serde_json::to_value(Message::markdown("# x")).expect("it is JSON"),
        json!({ "markdown_text": "# x" })
    );
}

#[tokio::test]
async fn a_reply_takes_what_a_message_takes() {
    let app = perch::App::new().command("/do", async |_, _: perch::Context| {
        let message = Message::text("x").username("n");
        Ok(Reply::in_channel(message)
            .in_thread("1.2")
            .with("link_names", true))
    });
    let reply = perch::testing::app(app).command("/do", "").send().await;
    assert_eq!(
        reply.json(),
        json!({
            "response_type": "in_channel", "replace_original": false, "text": "x", "username": "n",
            "thread_ts": "1.2", "link_names": true,
        })
    );
}

#[test]
fn mentions_and_links_are_read() {
    assert_eq!(mentioned_user("<@U012>"), Some("U012".into()));
    assert_eq!(mentioned_user(" <@U012|ada> "), Some("U012".into()));
    for other in [
        "U012",
        "@ada",
        "<#C1>",
        "<@>",
        "<@|ada>",
        "<@U1> <@U2>",
        "<!here>",
    ] {
        assert_eq!(mentioned_user(other), None, "{other}");
    }
    assert_eq!(mentioned_channel("<#C012|general>"), Some("C012".into()));
    assert_eq!(mentioned_channel("<#C012|>"), Some("C012".into()));
    assert_eq!(mentioned_channel("<@U012>"), None);
    let owned = |url: &str, label: Option<&str>| Some((url.to_owned(), label.map(str::to_owned)));
    assert_eq!(
        link("<https://example.com>"),
        owned("https://example.com", None)
    );
    assert_eq!(
        link("<https://a.b/?x=1&amp;y=2|a &lt;b&gt;>"),
        owned("https://a.b/?x=1&y=2", Some("a <b>"))
    );
    assert_eq!(
        link("<mailto:a@b.c|a@b.c>"),
        owned("mailto:a@b.c", Some("a@b.c"))
    );
    for other in [
        "https://example.com",
        "<@U1>",
        "<#C1|x>",
        "<!channel>",
        "<>",
    ] {
        assert_eq!(link(other), None, "{other}");
    }
    assert_eq!(unescape(&escape("<a> &lt; & b")), "<a> &lt; & b");
}
