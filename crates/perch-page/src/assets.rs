//! The page's files, as they are in `web/`.

use bytes::Bytes;

/// A file and its type; none if the page has no such file.
pub(crate) fn find(path: &str) -> Option<(&'static str, Bytes)> {
    let (kind, text) = match path {
        "/" => (HTML, include_str!("../web/index.html")),
        "/style.css" => (CSS, include_str!("../web/style.css")),
        "/blocks.css" => (CSS, include_str!("../web/blocks.css")),
        "/inspector.css" => (CSS, include_str!("../web/inspector.css")),
        "/icon.svg" => ("image/svg+xml", include_str!("../web/icon.svg")),
        _ => (SCRIPT, script(path)?),
    };
    Some((kind, Bytes::from_static(text.as_bytes())))
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

fn script(path: &str) -> Option<&'static str> {
    Some(match path {
        "/app.js" => include_str!("../web/app.js"),
        "/api.js" => include_str!("../web/api.js"),
        "/blocks.js" => include_str!("../web/blocks.js"),
        "/composer.js" => include_str!("../web/composer.js"),
        "/conversation.js" => include_str!("../web/conversation.js"),
        "/dialog.js" => include_str!("../web/dialog.js"),
        "/dom.js" => include_str!("../web/dom.js"),
        "/elements.js" => include_str!("../web/elements.js"),
        "/emoji.js" => include_str!("../web/emoji.js"),
        "/home.js" => include_str!("../web/home.js"),
        "/inspector.js" => include_str!("../web/inspector.js"),
        "/menu.js" => include_str!("../web/menu.js"),
        "/modal.js" => include_str!("../web/modal.js"),
        "/picture.js" => include_str!("../web/picture.js"),
        "/select.js" => include_str!("../web/select.js"),
        "/sidebar.js" => include_str!("../web/sidebar.js"),
        "/stage.js" => include_str!("../web/stage.js"),
        "/state.js" => include_str!("../web/state.js"),
        "/text.js" => include_str!("../web/text.js"),
        _ => return None,
    })
}
