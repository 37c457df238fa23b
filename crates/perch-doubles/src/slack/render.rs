//! A message or view as plain text, for a terminal.

use serde_json::Value;

/// The blocks of a message as lines, or its text where it has none. `*bold*` and the like stay as written;
/// links become `label (address)` and Slack's three escapes are undone.
pub fn message(text: &str, blocks: &[Value]) -> String {
    if blocks.is_empty() {
        return unescape(text);
    }
    let lines: Vec<String> = blocks.iter().flat_map(block).collect();
    lines.join("\n")
}

/// A view: its title, blocks and buttons.
pub fn view(view: &Value) -> String {
    let label = |name: &str| text_of(&view[name]);
    let mut lines = vec![format!("┌ {}", label("title"))];
    for line in view["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(block)
    {
        lines.push(format!("│ {line}"));
    }
    let close = match label("close") {
        text if text.is_empty() => "Cancel".to_owned(),
        text => text,
    };
    let submit = match label("submit") {
        text if text.is_empty() => String::new(),
        text => format!(" [{text}]"),
    };
    lines.push(format!("└ [{close}]{submit}"));
    lines.join("\n")
}

fn block(block: &Value) -> Vec<String> {
    match block["type"].as_str().unwrap_or_default() {
        "header" => vec![text_of(&block["text"]).to_uppercase()],
        "divider" => vec!["─".repeat(40)],
        "section" => section(block),
        "context" => vec![elements(block, text_of).join("  ")],
        "actions" => vec![elements(block, element).join(" ")],
        "input" => vec![format!(
            "{}: {}",
            text_of(&block["label"]),
            element(&block["element"])
        )],
        "image" => vec![format!(
            "(image: {})",
            block["alt_text"].as_str().unwrap_or_default()
        )],
        "rich_text" => rich_text(block).lines().map(str::to_owned).collect(),
        "markdown" => lines(block["text"].as_str().unwrap_or_default()),
        other => vec![format!("({other})")],
    }
}

fn section(block: &Value) -> Vec<String> {
    let mut found = match text_of(&block["text"]) {
        text if text.is_empty() => Vec::new(),
        text => lines(&text),
    };
    // Slack shows fields in two columns.
    let fields: Vec<String> = block["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|field| text_of(field).replace('\n', " "))
        .collect();
    found.extend(fields.chunks(2).map(|pair| pair.join("   ")));
    if block.get("accessory").is_some() {
        found.push(element(&block["accessory"]));
    }
    found
}

fn elements(block: &Value, show: impl Fn(&Value) -> String) -> Vec<String> {
    block["elements"]
        .as_array()
        .into_iter()
        .flatten()
        .map(show)
        .collect()
}

/// A thing to press or fill in.
fn element(element: &Value) -> String {
    let placeholder = text_of(&element["placeholder"]);
    match element["type"].as_str().unwrap_or_default() {
        "button" | "workflow_button" => format!("[{}]", text_of(&element["text"])),
        "datepicker" => field(&element["initial_date"], &placeholder, "date"),
        "timepicker" => field(&element["initial_time"], &placeholder, "time"),
        "datetimepicker" => field(&element["initial_date_time"], &placeholder, "date and time"),
        "checkboxes" => choices(element, "☐"),
        "radio_buttons" => choices(element, "○"),
        "image" => format!(
            "(image: {})",
            element["alt_text"].as_str().unwrap_or_default()
        ),
        kind if kind.ends_with("_input") => field(&element["initial_value"], &placeholder, ""),
        kind if kind.ends_with("_select") => {
            let chosen = text_of(&element["initial_option"]["text"]);
            format!(
                "[{} ▾]",
                if chosen.is_empty() {
                    placeholder
                } else {
                    chosen
                }
            )
        }
        "overflow" => "[⋯]".to_owned(),
        other => format!("[{other}]"),
    }
}

fn field(value: &Value, placeholder: &str, kind: &str) -> String {
    let shown = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ if placeholder.is_empty() => kind.to_owned(),
        _ => placeholder.to_owned(),
    };
    format!("[{shown}]")
}

fn choices(element: &Value, mark: &str) -> String {
    let options = element["options"].as_array().into_iter().flatten();
    options
        .map(|option| format!("{mark} {}", text_of(&option["text"])))
        .collect::<Vec<_>>()
        .join("  ")
}

fn rich_text(node: &Value) -> String {
    let inner = || {
        node["elements"]
            .as_array()
            .into_iter()
            .flatten()
            .map(rich_text)
            .collect::<String>()
    };
    match node["type"].as_str().unwrap_or_default() {
        "text" => node["text"].as_str().unwrap_or_default().to_owned(),
        "link" => node["text"]
            .as_str()
            .or(node["url"].as_str())
            .unwrap_or_default()
            .to_owned(),
        "user" => format!("@{}", node["user_id"].as_str().unwrap_or_default()),
        "channel" => format!("#{}", node["channel_id"].as_str().unwrap_or_default()),
        "emoji" => format!(":{}:", node["name"].as_str().unwrap_or_default()),
        "rich_text_section" | "rich_text_quote" | "rich_text_preformatted" => inner() + "\n",
        _ => inner(),
    }
}

/// The text of a text object, or nothing.
fn text_of(object: &Value) -> String {
    let text = object["text"].as_str().unwrap_or_default();
    match object["type"].as_str() {
        Some("plain_text") => text.to_owned(),
        Some("image") => format!(
            "(image: {})",
            object["alt_text"].as_str().unwrap_or_default()
        ),
        _ => unescape(text),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Undoes Slack's escapes: `<address|label>`, `<@U123|name>`, `<#C123|name>`, `<!here>`, `&amp;`, `&lt;`, `&gt;`.
fn unescape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        shown.push_str(before);
        // Slack wants a lone `<` escaped, and shows it as it is when it is not.
        let inside = after
            .split_once('>')
            .filter(|(inside, _)| is_mention(inside));
        let Some((inside, after)) = inside else {
            shown.push('<');
            rest = after;
            continue;
        };
        shown.push_str(&mention(inside));
        rest = after;
    }
    shown.push_str(rest);
    // The ampersand last: `&amp;lt;` is the text `&lt;`.
    shown
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn is_mention(inside: &str) -> bool {
    !inside.is_empty() && !inside.starts_with(char::is_whitespace) && !inside.contains(['<', '\n'])
}

fn mention(inside: &str) -> String {
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    match (target.get(..1), label) {
        (Some(mark @ ("@" | "#")), "") => format!("{mark}{}", &target[1..]),
        (Some(mark @ ("@" | "#")), label) => format!("{mark}{label}"),
        (Some("!"), "") => format!("@{}", target[1..].split('^').next().unwrap_or_default()),
        (Some("!"), label) => label.to_owned(),
        (_, "") => target.to_owned(),
        (_, label) => format!("{label} ({target})"),
    }
}
