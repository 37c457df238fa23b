//! Slack's words and pointers for what it refuses, and what the check lets through.

use perch_blocks::{Certainty, Problem, Surface, check_blocks, check_suggestions, check_view};
use serde_json::{Value, json};

fn texts(problems: Vec<Problem>) -> Vec<String> {
    let certain = problems
        .into_iter()
        .filter(|problem| problem.certainty == Certainty::Certain);
    certain.map(|problem| problem.to_string()).collect()
}

#[track_caller]
fn refuses(block: Value, expected: &str) {
    let found = texts(check_blocks(Surface::Message, &json!([block]), "/blocks"));
    assert_eq!(found, [expected], "{block}");
}

#[track_caller]
fn takes(block: Value) {
    let found = texts(check_blocks(Surface::Message, &json!([block]), "/blocks"));
    assert!(found.is_empty(), "{found:?} of {block}");
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text })
}

fn actions(elements: Value) -> Value {
    json!({ "type": "actions", "elements": elements })
}

fn button(action_id: &str) -> Value {
    json!({ "type": "button", "action_id": action_id, "text": plain("x") })
}

fn option(value: &str) -> Value {
    json!({ "text": plain("x"), "value": value })
}

#[test]
fn a_refusal_has_slacks_words_and_its_place() {
    refuses(
        actions(json!([button("a"), button("b"), button("a")])),
        "`action_id` \"a\" already exists [json-pointer:/blocks/0/elements/2/action_id]",
    );
    refuses(
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": "x".repeat(3_001) } }),
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    );
    refuses(
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": "" } }),
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    );
    refuses(
        json!({ "type": "section", "text": "x" }),
        "must provide an object [json-pointer:/blocks/0/text]",
    );
    refuses(
        json!({ "type": "section", "text": { "text": "x" } }),
        "missing required field: type [json-pointer:/blocks/0/text]",
    );
    refuses(
        actions(json!([{ "type": "button", "action_id": "a" }])),
        "missing required field: text [json-pointer:/blocks/0/elements/0]",
    );
    refuses(
        actions(json!([{ "type": "button", "text": { "type": "mrkdwn", "text": "x" } }])),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]",
    );
    refuses(
        actions(json!([{ "type": "button", "text": plain("x"), "style": "green" }])),
        "failed to match schema [json-pointer:/blocks/0/elements/0/style]",
    );
    refuses(
        actions(json!([{ "type": "users_select", "action_id": "a", "initial_value": "U1" }])),
        "invalid additional property: initial_value [json-pointer:/blocks/0/elements/0]",
    );
    refuses(
        json!({ "type": "image", "image_url": "https://example.com/a.png" }),
        "missing required field: alt_text [json-pointer:/blocks/0]",
    );
    refuses(
        actions(json!([{ "type": "plain_text_input", "action_id": "a" }])),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    );
    refuses(
        json!({ "type": "context", "elements": [button("a")] }),
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    );
    let options: Vec<Value> = (0..101).map(|index| option(&index.to_string())).collect();
    refuses(
        actions(json!([{ "type": "static_select", "action_id": "a", "options": options }])),
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    );
    refuses(
        actions(json!([])),
        "must provide at least 1 items [json-pointer:/blocks/0/elements]",
    );
    refuses(
        json!({ "type": "alert", "text": plain("x") }),
        "unsupported type: alert [json-pointer:/blocks/0/type]",
    );
}

#[test]
fn an_initial_option_is_one_of_those_offered() {
    let select = |initial: Value| {
        actions(json!([{
            "type": "static_select", "action_id": "a", "options": [option("1"), option("2")], "initial_option": initial,
        }]))
    };
    takes(select(option("2")));
    refuses(
        select(option("3")),
        "failed to match schema [json-pointer:/blocks/0/elements/0/initial_option]",
    );
    takes(actions(json!([{
        "type": "multi_static_select", "action_id": "a", "initial_options": [option("2")],
        "option_groups": [{ "label": plain("g"), "options": [option("1"), option("2")] }],
    }])));
    refuses(
        actions(json!([{
            "type": "static_select", "action_id": "a", "options": [option("1")],
            "option_groups": [{ "label": plain("g"), "options": [option("1")] }],
        }])),
        "failed to match all allowed schemas [json-pointer:/blocks/0/elements/0]",
    );
}

#[test]
fn dates_and_times_have_their_form() {
    let picker = |kind: &str, name: &str, value: &str| {
        actions(json!([{ "type": kind, "action_id": "a", name: value }]))
    };
    for (value, fits) in [
        ("2026-01-05", true),
        ("2026-13-05", false),
        ("2026-1-5", false),
        ("あ026-01-0", false),
    ] {
        let found = check_blocks(
            Surface::Message,
            &json!([picker("datepicker", "initial_date", value)]),
            "/blocks",
        );
        assert_eq!(found.is_empty(), fits, "{value}");
    }
    for (value, fits) in [
        ("09:30", true),
        ("24:00", false),
        ("9:30", false),
        ("09:60", false),
    ] {
        let found = check_blocks(
            Surface::Message,
            &json!([picker("timepicker", "initial_time", value)]),
            "/blocks",
        );
        assert_eq!(found.is_empty(), fits, "{value}");
    }
}

#[test]
fn what_counts_over_all_blocks() {
    let check = |surface, blocks: Value| texts(check_blocks(surface, &blocks, "/blocks"));
    let divider = json!({ "type": "divider" });
    assert!(check(Surface::Message, vec![divider.clone(); 50].into()).is_empty());
    assert_eq!(
        check(Surface::Message, vec![divider.clone(); 51].into()),
        ["no more than 50 items allowed [json-pointer:/blocks]"]
    );
    assert!(check(Surface::Home, vec![divider.clone(); 100].into()).is_empty());
    assert_eq!(check(Surface::Home, vec![divider; 101].into()).len(), 1);

    let named = |id: &str| json!({ "type": "divider", "block_id": id });
    assert!(check(Surface::Message, json!([named("a"), named("b")])).is_empty());
    assert_eq!(
        check(Surface::Message, json!([named("a"), named("a")])),
        ["`block_id` \"a\" already exists [json-pointer:/blocks/1/block_id]"]
    );
    // In different blocks, whether an action id may stand twice is open.
    assert!(
        check(
            Surface::Message,
            json!([actions(json!([button("a")])), actions(json!([button("a")]))])
        )
        .is_empty()
    );

    let markdown = |length| json!({ "type": "markdown", "text": "x".repeat(length) });
    assert!(check(Surface::Message, json!([markdown(6_000), markdown(6_000)])).is_empty());
    assert_eq!(
        check(Surface::Message, json!([markdown(6_000), markdown(6_001)])).len(),
        1
    );
    assert_eq!(
        check(Surface::Message, "no list".into()),
        ["failed to match schema [json-pointer:/blocks]"]
    );
}

#[test]
fn a_view_has_its_own_limits() {
    let input = json!({ "type": "input", "label": plain("x"), "element": { "type": "plain_text_input", "action_id": "a" } });
    let modal =
        json!({ "type": "modal", "title": plain("x"), "submit": plain("x"), "blocks": [input] });
    assert!(texts(check_view(&modal, "/view")).is_empty());
    let changed = |name: &str, value: Value| {
        let mut changed = modal.clone();
        changed[name] = value;
        texts(check_view(&changed, "/view"))
    };
    assert_eq!(
        changed("submit", Value::Null),
        [
            "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]"
        ]
    );
    assert_eq!(
        changed("title", plain(&"x".repeat(25))),
        ["must be less than 25 characters [json-pointer:/view/title/text]"]
    );
    assert!(changed("private_metadata", "x".repeat(3_000).into()).is_empty());
    assert_eq!(
        changed("private_metadata", "x".repeat(3_001).into()),
        ["must be less than 3001 characters [json-pointer:/view/private_metadata]"]
    );
    assert_eq!(
        changed("blocks", json!([{ "type": "markdown", "text": "x" }])).len(),
        1
    );
    assert_eq!(
        changed("title", Value::Null),
        ["missing required field: title [json-pointer:/view]"]
    );

    let home = json!({ "type": "home", "blocks": [{ "type": "divider" }] });
    assert!(texts(check_view(&home, "/view")).is_empty());
    let titled = json!({ "type": "home", "blocks": [], "title": plain("x") });
    assert_eq!(
        texts(check_view(&titled, "/view")),
        ["invalid additional property: title [json-pointer:/view]"]
    );
}

#[test]
fn choices_on_demand_are_checked() {
    let options: Vec<Value> = (0..100).map(|index| option(&index.to_string())).collect();
    assert!(check_suggestions(&json!({ "options": options })).is_empty());
    assert!(check_suggestions(&json!({ "options": [] })).is_empty());
    let mut more = options.clone();
    more.push(option("x"));
    assert_eq!(
        texts(check_suggestions(&json!({ "options": more }))),
        ["no more than 100 items allowed [json-pointer:/options]"]
    );
    assert_eq!(
        texts(check_suggestions(
            &json!({ "options": [{ "text": "x", "value": "x" }] })
        )),
        ["must provide an object [json-pointer:/options/0/text]"]
    );
}

#[test]
fn what_the_table_does_not_know_is_told_apart() {
    for block in [
        json!({ "type": "hologram", "text": 7 }),
        actions(json!([{ "type": "buton", "action_id": "a" }])),
        json!({ "type": "section", "text": plain("x"), "accessory": { "type": "knob" } }),
    ] {
        let found = check_blocks(Surface::Message, &json!([block]), "/blocks");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].certainty, Certainty::Unknown);
    }
    // What sources differ on.
    let confirm =
        json!({ "type": "button", "text": plain("x"), "confirm": { "text": plain("x") } });
    let found = check_blocks(
        Surface::Message,
        &json!([actions(json!([confirm]))]),
        "/blocks",
    );
    assert!(
        found.len() == 3
            && found
                .iter()
                .all(|problem| problem.certainty == Certainty::Unsure)
    );
}
