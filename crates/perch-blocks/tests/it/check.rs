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

/// Everything that is said of a block, with how sure that is.
fn all(block: &Value) -> Vec<(String, Certainty)> {
    let surface = match block["type"].as_str() {
        Some("input") => Surface::Modal,
        _ => Surface::Message,
    };
    let found = check_blocks(surface, &json!([block]), "/blocks");
    found
        .into_iter()
        .map(|problem| (problem.pointer, problem.certainty))
        .collect()
}

fn input(element: Value) -> Value {
    json!({ "type": "input", "label": plain("x"), "element": element })
}

fn chart(kind: &str, labels: [&str; 2], names: [&str; 2]) -> Value {
    let data: Vec<Value> = labels
        .iter()
        .map(|label| json!({ "label": label, "value": 1 }))
        .collect();
    let series: Vec<Value> = names
        .iter()
        .map(|name| json!({ "name": name, "data": data }))
        .collect();
    json!({ "type": "data_visualization", "title": "x", "chart": {
        "type": kind, "series": series, "axis_config": { "categories": ["a", "b"] },
    } })
}

fn cells(count: usize, text: &str) -> Value {
    vec![json!({ "type": "raw_text", "text": text }); count].into()
}

fn data_table(rows: [Value; 2]) -> Value {
    json!({ "type": "data_table", "caption": "x", "rows": rows })
}

#[test]
fn properties_that_contradict_each_other_are_refused() {
    use Certainty::{Certain, Unsure};
    let video = |url: &str| {
        json!({ "type": "video", "title": plain("x"), "alt_text": "x", "video_url": url,
            "thumbnail_url": "https://example.com/x.png" })
    };
    let number = |least: &str, most: &str, initial: &str| {
        input(
            json!({ "type": "number_input", "is_decimal_allowed": false, "min_value": least,
            "max_value": most, "initial_value": initial }),
        )
    };
    let text = |least: usize, most: usize, initial: &str| {
        input(
            json!({ "type": "plain_text_input", "min_length": least, "max_length": most,
            "initial_value": initial }),
        )
    };
    let users = |most: usize| {
        input(
            json!({ "type": "multi_users_select", "initial_users": ["U1", "U2"],
            "max_selected_items": most }),
        )
    };
    let dispatched = |kind: &str| {
        let mut block = input(json!({ "type": kind }));
        block["dispatch_action"] = json!(true);
        block
    };
    let pie = |value: i64| {
        json!({ "type": "data_visualization", "title": "x", "chart": {
            "type": "pie", "segments": [{ "label": "x", "value": value }],
        } })
    };
    let container = |is_collapsible: bool| {
        json!({ "type": "container", "title": plain("x"), "child_blocks": [{ "type": "divider" }],
            "default_collapsed": true, "is_collapsible": is_collapsible })
    };
    for (taken, refused, place, certainty) in [
        (
            video("https://example.com/v"),
            video("http://example.com/v"),
            "/video_url",
            Certain,
        ),
        (
            dispatched("plain_text_input"),
            dispatched("file_input"),
            "/dispatch_action",
            Certain,
        ),
        (
            number("1", "2", "2"),
            number("2", "1", "1"),
            "/element/min_value",
            Certain,
        ),
        (
            number("1", "3", "3"),
            number("1", "3", "4"),
            "/element/initial_value",
            Unsure,
        ),
        (
            text(2, 2, "xx"),
            text(3, 2, "xx"),
            "/element/min_length",
            Unsure,
        ),
        (
            text(0, 2, "xx"),
            text(0, 2, "xxx"),
            "/element/initial_value",
            Unsure,
        ),
        (users(2), users(1), "/element/initial_users", Unsure),
        (pie(1), pie(0), "/chart/segments/0/value", Unsure),
        (
            chart("bar", ["a", "b"], ["x", "y"]),
            chart("bar", ["a", "b"], ["x", "x"]),
            "/chart/series/1/name",
            Unsure,
        ),
        (
            chart("line", ["b", "a"], ["x", "y"]),
            chart("line", ["a", "c"], ["x", "y"]),
            "/chart/series/0/data",
            Unsure,
        ),
        (
            container(true),
            container(false),
            "/default_collapsed",
            Unsure,
        ),
        (
            data_table([cells(2, "x"), cells(2, "x")]),
            data_table([cells(2, "x"), cells(1, "x")]),
            "/rows/1",
            Unsure,
        ),
        (
            data_table([cells(1, "x"), cells(1, &"x".repeat(9_999))]),
            data_table([cells(1, "xx"), cells(1, &"x".repeat(9_999))]),
            "/rows",
            Unsure,
        ),
    ] {
        let pointer = format!("/blocks/0{place}");
        let is_there = |block: &Value| all(block).contains(&(pointer.clone(), certainty));
        assert!(
            is_there(&refused),
            "{pointer} {:?} {refused}",
            all(&refused)
        );
        assert!(
            !all(&taken).iter().any(|(found, _)| *found == pointer),
            "{:?} {taken}",
            all(&taken)
        );
    }
    let select = |is_enabled: bool| json!({ "type": "conversations_select", "action_id": "a", "response_url_enabled": is_enabled });
    let in_row = |is_enabled| actions(json!([button("b"), select(is_enabled)]));
    let beside = |is_enabled: bool| json!({ "type": "section", "text": plain("x"), "accessory": select(is_enabled) });
    let filter = |include: &[&str]| {
        actions(json!([{ "type": "conversations_select", "action_id": "a",
            "filter": { "include": include } }]))
    };
    let rich = json!({ "type": "rich_text", "elements": [
        { "type": "rich_text_section", "elements": [{ "type": "text", "text": "x" }] },
    ] });
    let headed = |head: &Value| data_table([json!([head]), cells(1, "x")]);
    let raw = json!({ "type": "raw_text", "text": "x" });
    for (taken, refused, place, certainty) in [
        (
            in_row(false),
            in_row(true),
            "/elements/1/response_url_enabled",
            Certain,
        ),
        (
            beside(false),
            beside(true),
            "/accessory/response_url_enabled",
            Certain,
        ),
        (
            filter(&["im", "mpim"]),
            filter(&["im", "im"]),
            "/elements/0/filter/include",
            Certain,
        ),
        (headed(&raw), headed(&rich), "/rows/0/0", Unsure),
    ] {
        let pointer = format!("/blocks/0{place}");
        let found = (pointer.clone(), certainty);
        assert!(
            all(&refused).contains(&found),
            "{pointer} {:?}",
            all(&refused)
        );
        assert!(
            !all(&taken).iter().any(|(at, _)| *at == pointer),
            "{:?} {taken}",
            all(&taken)
        );
    }
    let of_input = json!([input(select(true))]);
    assert!(texts(check_blocks(Surface::Modal, &of_input, "/blocks")).is_empty());
    let at_home = texts(check_blocks(Surface::Home, &of_input, "/blocks"));
    assert!(
        at_home
            .iter()
            .any(|one| one.contains("/blocks/0/element/response_url_enabled")),
        "{at_home:?}"
    );

    let focused =
        |id: &str| json!({ "type": "datepicker", "action_id": id, "focus_on_load": true });
    let row = actions(json!([focused("a"), focused("b")]));
    let twice = texts(check_blocks(Surface::Modal, &json!([row]), "/blocks"));
    assert!(
        twice.iter().any(|one| one.contains("focus_on_load")),
        "{twice:?}"
    );
    let once = actions(json!([focused("a"), button("b")]));
    takes(once);

    let table = data_table([cells(1, "x"), cells(1, "x")]);
    let two = check_blocks(Surface::Message, &json!([table, table]), "/blocks");
    assert!(
        two.iter()
            .any(|one| one.message == "only_one_table_allowed" && one.certainty == Unsure),
        "{two:?}"
    );

    let plan = json!({ "type": "plan", "title": "x", "tasks": [] });
    let two = check_blocks(Surface::Message, &json!([plan, plan]), "/blocks");
    assert!(
        two.iter()
            .any(|one| one.message == "no more than 1 plan allowed"),
        "{two:?}"
    );
}
