//! Made of `data/blocks.json` by `PERCH_WRITE_TABLE=1 cargo test -p perch-blocks`; a test holds the two together.

use crate::shape::Required::{No, Unsure, Yes};
use crate::shape::Rule::{self, *};
use crate::shape::{self, Property, Required, Shape, Value};

const MANY: usize = usize::MAX;

const fn p(name: &'static str, required: Required, rule: Rule, unsure: bool) -> Property {
    Property { name, required, rule, unsure }
}

static BLOCK_ACTIONS: Shape = Shape {
    name: "actions",
    surfaces: [true, true, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("elements", Yes, List(&[&ELEMENT_BUTTON, &ELEMENT_CHECKBOXES, &ELEMENT_DATEPICKER, &ELEMENT_DATETIMEPICKER, &ELEMENT_MULTI_STATIC_SELECT, &ELEMENT_MULTI_EXTERNAL_SELECT, &ELEMENT_MULTI_USERS_SELECT, &ELEMENT_MULTI_CONVERSATIONS_SELECT, &ELEMENT_MULTI_CHANNELS_SELECT, &ELEMENT_OVERFLOW, &ELEMENT_RADIO_BUTTONS, &ELEMENT_RICH_TEXT_INPUT, &ELEMENT_STATIC_SELECT, &ELEMENT_EXTERNAL_SELECT, &ELEMENT_USERS_SELECT, &ELEMENT_CONVERSATIONS_SELECT, &ELEMENT_CHANNELS_SELECT, &ELEMENT_TIMEPICKER, &ELEMENT_WORKFLOW_BUTTON], 1, 25, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_ALERT: Shape = Shape {
    name: "alert",
    surfaces: [false, true, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("level", No, OneOf(&["default", "info", "warning", "error", "success"]), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 3000), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_CALL: Shape = Shape {
    name: "call",
    surfaces: [true, false, false],
    properties: &[
        p("api_decoration_available", No, Boolean, false),
        p("block_id", No, String(1, 255), false),
        p("call", No, Any, false),
        p("call_id", Yes, String(0, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static BLOCK_CARD: Shape = Shape {
    name: "card",
    surfaces: [true, true, true],
    properties: &[
        p("actions", No, List(&[&ELEMENT_BUTTON], 1, 2, MANY), true),
        p("block_id", No, String(1, 255), false),
        p("body", No, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 200), true),
        p("hero_image", No, Object(&[&ELEMENT_IMAGE]), false),
        p("icon", No, Object(&[&ELEMENT_IMAGE]), false),
        p("slack_icon", No, Object(&[&OBJECT_SLACK_ICON]), true),
        p("subtext", No, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 0, MANY), true),
        p("subtitle", No, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 150), true),
        p("title", No, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 150), true),
        p("type", Yes, Any, false),
    ],
    any_of: &[&["hero_image", "title", "actions", "body"]],
    one_of: &[],
    value: None,
    unsure: true,
};

static BLOCK_CAROUSEL: Shape = Shape {
    name: "carousel",
    surfaces: [true, false, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("elements", Yes, List(&[&BLOCK_CARD], 1, 10, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_CONTAINER: Shape = Shape {
    name: "container",
    surfaces: [true, false, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("child_blocks", Yes, List(&[&BLOCK_ACTIONS, &BLOCK_CONTEXT, &BLOCK_DIVIDER, &BLOCK_FILE, &BLOCK_HEADER, &BLOCK_IMAGE, &BLOCK_INPUT, &BLOCK_RICH_TEXT, &BLOCK_SECTION, &BLOCK_TABLE, &BLOCK_VIDEO], 1, 10, MANY), false),
        p("default_collapsed", No, Boolean, false),
        p("has_header_divider", No, Boolean, false),
        p("icon", No, Object(&[&ELEMENT_IMAGE]), false),
        p("is_collapsible", No, Boolean, false),
        p("rich_text_title", No, Object(&[&BLOCK_RICH_TEXT]), false),
        p("subtitle", No, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 150), false),
        p("title", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
        p("width", No, OneOf(&["narrow", "standard", "wide", "full"]), false),
    ],
    any_of: &[&["title", "rich_text_title"]],
    one_of: &[],
    value: None,
    unsure: true,
};

static BLOCK_CONTEXT: Shape = Shape {
    name: "context",
    surfaces: [true, true, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("elements", Yes, List(&[&ELEMENT_IMAGE, &OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 10, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_CONTEXT_ACTIONS: Shape = Shape {
    name: "context_actions",
    surfaces: [true, false, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("elements", Yes, List(&[&ELEMENT_FEEDBACK_BUTTONS, &ELEMENT_ICON_BUTTON], 1, 5, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_DATA_TABLE: Shape = Shape {
    name: "data_table",
    surfaces: [true, false, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("caption", Yes, String(1, MANY), false),
        p("page_size", No, Integer(1, 100), false),
        p("row_header_column_index", No, Integer(0, i64::MAX), false),
        p("rows", Yes, Rows(&[&OBJECT_RAW_TEXT, &OBJECT_RAW_NUMBER, &BLOCK_RICH_TEXT, &OBJECT_ACTION_CELL], [2, 101], [1, 20]), true),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_DATA_VISUALIZATION: Shape = Shape {
    name: "data_visualization",
    surfaces: [true, false, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("chart", Yes, Object(&[&OBJECT_CHART_AREA, &OBJECT_CHART_BAR, &OBJECT_CHART_LINE, &OBJECT_CHART_PIE]), false),
        p("title", Yes, String(1, 50), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_DIVIDER: Shape = Shape {
    name: "divider",
    surfaces: [true, true, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_FILE: Shape = Shape {
    name: "file",
    surfaces: [true, false, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("external_id", Yes, String(1, MANY), false),
        p("source", Yes, OneOf(&["remote"]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_HEADER: Shape = Shape {
    name: "header",
    surfaces: [true, true, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("level", No, Integer(1, 4), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_IMAGE: Shape = Shape {
    name: "image",
    surfaces: [true, true, true],
    properties: &[
        p("alt_text", Yes, String(1, 2000), false),
        p("block_id", No, String(1, 255), false),
        p("image_url", No, String(1, 3000), false),
        p("slack_file", No, Object(&[&OBJECT_SLACK_FILE]), false),
        p("title", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 2000), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[&["image_url", "slack_file"]],
    value: None,
    unsure: false,
};

static BLOCK_INPUT: Shape = Shape {
    name: "input",
    surfaces: [true, true, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("dispatch_action", No, Boolean, false),
        p("element", Yes, Object(&[&ELEMENT_CHECKBOXES, &ELEMENT_DATEPICKER, &ELEMENT_DATETIMEPICKER, &ELEMENT_EMAIL_TEXT_INPUT, &ELEMENT_FILE_INPUT, &ELEMENT_MULTI_STATIC_SELECT, &ELEMENT_MULTI_EXTERNAL_SELECT, &ELEMENT_MULTI_USERS_SELECT, &ELEMENT_MULTI_CONVERSATIONS_SELECT, &ELEMENT_MULTI_CHANNELS_SELECT, &ELEMENT_NUMBER_INPUT, &ELEMENT_PLAIN_TEXT_INPUT, &ELEMENT_RADIO_BUTTONS, &ELEMENT_RICH_TEXT_INPUT, &ELEMENT_STATIC_SELECT, &ELEMENT_EXTERNAL_SELECT, &ELEMENT_USERS_SELECT, &ELEMENT_CONVERSATIONS_SELECT, &ELEMENT_CHANNELS_SELECT, &ELEMENT_TIMEPICKER, &ELEMENT_URL_TEXT_INPUT]), false),
        p("hint", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 2000), false),
        p("label", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 2000), false),
        p("optional", No, Boolean, false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_MARKDOWN: Shape = Shape {
    name: "markdown",
    surfaces: [true, false, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("text", Yes, String(1, 12000), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_PLAN: Shape = Shape {
    name: "plan",
    surfaces: [true, false, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("tasks", No, List(&[&OBJECT_PLAN_TASK], 0, MANY, MANY), false),
        p("title", Yes, String(1, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static BLOCK_RICH_TEXT: Shape = Shape {
    name: "rich_text",
    surfaces: [true, true, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("elements", Yes, List(&[&RICH_TEXT_RICH_TEXT_SECTION, &RICH_TEXT_RICH_TEXT_LIST, &RICH_TEXT_RICH_TEXT_PREFORMATTED, &RICH_TEXT_RICH_TEXT_QUOTE], 0, MANY, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_SECTION: Shape = Shape {
    name: "section",
    surfaces: [true, true, true],
    properties: &[
        p("accessory", No, Object(&[&ELEMENT_BUTTON, &ELEMENT_CHECKBOXES, &ELEMENT_DATEPICKER, &ELEMENT_IMAGE, &ELEMENT_MULTI_STATIC_SELECT, &ELEMENT_MULTI_EXTERNAL_SELECT, &ELEMENT_MULTI_USERS_SELECT, &ELEMENT_MULTI_CONVERSATIONS_SELECT, &ELEMENT_MULTI_CHANNELS_SELECT, &ELEMENT_OVERFLOW, &ELEMENT_RADIO_BUTTONS, &ELEMENT_STATIC_SELECT, &ELEMENT_EXTERNAL_SELECT, &ELEMENT_USERS_SELECT, &ELEMENT_CONVERSATIONS_SELECT, &ELEMENT_CHANNELS_SELECT, &ELEMENT_TIMEPICKER, &ELEMENT_WORKFLOW_BUTTON]), false),
        p("block_id", No, String(1, 255), false),
        p("expand", No, Boolean, false),
        p("fields", No, List(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 10, 2000), false),
        p("text", No, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 3000), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[&["text", "fields"]],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_TABLE: Shape = Shape {
    name: "table",
    surfaces: [true, false, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("column_settings", No, List(&[&OBJECT_COLUMN_SETTING], 0, 20, MANY), false),
        p("rows", Yes, Rows(&[&OBJECT_RAW_TEXT, &OBJECT_RAW_NUMBER, &BLOCK_RICH_TEXT], [1, 100], [1, 20]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static BLOCK_TASK_CARD: Shape = Shape {
    name: "task_card",
    surfaces: [true, false, false],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("details", No, Object(&[&BLOCK_RICH_TEXT]), false),
        p("hide_title", No, Boolean, true),
        p("icon", No, Object(&[&OBJECT_SLACK_ICON]), true),
        p("output", No, Object(&[&BLOCK_RICH_TEXT]), false),
        p("sources", No, List(&[&ELEMENT_URL], 0, MANY, MANY), false),
        p("status", No, OneOf(&["pending", "in_progress", "complete", "error"]), false),
        p("task_id", Yes, String(1, MANY), false),
        p("title", Yes, String(1, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static BLOCK_VIDEO: Shape = Shape {
    name: "video",
    surfaces: [true, true, true],
    properties: &[
        p("alt_text", Yes, String(1, MANY), false),
        p("author_name", No, String(0, 50), false),
        p("block_id", No, String(1, 255), false),
        p("description", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 200), false),
        p("provider_icon_url", No, String(0, MANY), false),
        p("provider_name", No, String(0, MANY), false),
        p("thumbnail_url", Yes, String(0, MANY), false),
        p("title", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 200), false),
        p("title_url", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("video_url", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

/// All blocks.
pub(crate) static BLOCKS: &[&Shape] = &[&BLOCK_ACTIONS, &BLOCK_ALERT, &BLOCK_CALL, &BLOCK_CARD, &BLOCK_CAROUSEL, &BLOCK_CONTAINER, &BLOCK_CONTEXT, &BLOCK_CONTEXT_ACTIONS, &BLOCK_DATA_TABLE, &BLOCK_DATA_VISUALIZATION, &BLOCK_DIVIDER, &BLOCK_FILE, &BLOCK_HEADER, &BLOCK_IMAGE, &BLOCK_INPUT, &BLOCK_MARKDOWN, &BLOCK_PLAN, &BLOCK_RICH_TEXT, &BLOCK_SECTION, &BLOCK_TABLE, &BLOCK_TASK_CARD, &BLOCK_VIDEO];

static ELEMENT_BUTTON: Shape = Shape {
    name: "button",
    surfaces: [true, true, true],
    properties: &[
        p("accessibility_label", No, String(1, 75), false),
        p("action_id", No, String(1, 255), false),
        p("agent_prompt", No, String(0, MANY), true),
        p("agent_prompt_display", No, String(0, MANY), true),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("style", No, OneOf(&["primary", "danger"]), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("type", Yes, Any, false),
        p("url", No, String(0, 3000), false),
        p("value", No, String(1, 2000), false),
        p("visible_to_user_ids", No, Strings(0, 10, &[]), true),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "", state: "", action: "value", is_list: false }),
    unsure: false,
};

static ELEMENT_CHANNELS_SELECT: Shape = Shape {
    name: "channels_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_channel", No, String(0, MANY), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("response_url_enabled", No, Boolean, false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_channel", state: "selected_channel", action: "selected_channel", is_list: false }),
    unsure: false,
};

static ELEMENT_CHECKBOXES: Shape = Shape {
    name: "checkboxes",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_options", No, Initials(&[&OBJECT_OPTION_CHOICE]), false),
        p("options", Yes, List(&[&OBJECT_OPTION_CHOICE], 1, 10, MANY), false),
        p("type", Yes, Any, false),
        p("visible_to_user_ids", No, Strings(0, MANY, &[]), true),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_options", state: "selected_options", action: "selected_options", is_list: true }),
    unsure: false,
};

static ELEMENT_CONVERSATIONS_SELECT: Shape = Shape {
    name: "conversations_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("default_to_current_conversation", No, Boolean, false),
        p("filter", No, Object(&[&OBJECT_CONVERSATION_FILTER]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_conversation", No, String(0, MANY), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("response_url_enabled", No, Boolean, false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_conversation", state: "selected_conversation", action: "selected_conversation", is_list: false }),
    unsure: false,
};

static ELEMENT_DATEPICKER: Shape = Shape {
    name: "datepicker",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_date", No, Form(shape::Form::Date), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_date", state: "selected_date", action: "selected_date", is_list: false }),
    unsure: false,
};

static ELEMENT_DATETIMEPICKER: Shape = Shape {
    name: "datetimepicker",
    surfaces: [true, true, false],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_date_time", No, Integer(1_000_000_000, 9_999_999_999), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_date_time", state: "selected_date_time", action: "selected_date_time", is_list: false }),
    unsure: false,
};

static ELEMENT_EMAIL_TEXT_INPUT: Shape = Shape {
    name: "email_text_input",
    surfaces: [false, true, false],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("dispatch_action_config", No, Object(&[&OBJECT_DISPATCH_ACTION_CONFIG]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_value", No, String(0, MANY), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_value", state: "value", action: "value", is_list: false }),
    unsure: false,
};

static ELEMENT_EXTERNAL_SELECT: Shape = Shape {
    name: "external_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_option", No, Object(&[&OBJECT_OPTION_SELECT]), false),
        p("min_query_length", No, Integer(0, i64::MAX), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_option", state: "selected_option", action: "selected_option", is_list: false }),
    unsure: false,
};

static ELEMENT_FEEDBACK_BUTTONS: Shape = Shape {
    name: "feedback_buttons",
    surfaces: [true, false, false],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("negative_button", Yes, Object(&[&OBJECT_FEEDBACK_BUTTON]), false),
        p("positive_button", Yes, Object(&[&OBJECT_FEEDBACK_BUTTON]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "", state: "", action: "value", is_list: false }),
    unsure: false,
};

static ELEMENT_FILE_INPUT: Shape = Shape {
    name: "file_input",
    surfaces: [false, true, false],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("filetypes", No, Strings(1, MANY, &[]), false),
        p("max_files", No, Integer(1, 10), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "", state: "files", action: "", is_list: true }),
    unsure: false,
};

static ELEMENT_ICON_BUTTON: Shape = Shape {
    name: "icon_button",
    surfaces: [true, false, false],
    properties: &[
        p("accessibility_label", No, String(1, 75), false),
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("icon", Yes, OneOf(&["trash"]), false),
        p("text", Unsure, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), true),
        p("type", Yes, Any, false),
        p("value", No, String(1, 2000), false),
        p("visible_to_user_ids", No, Strings(0, 10, &[]), true),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "", state: "", action: "value", is_list: false }),
    unsure: false,
};

static ELEMENT_IMAGE: Shape = Shape {
    name: "image",
    surfaces: [true, true, true],
    properties: &[
        p("alt_text", Yes, String(1, 2000), true),
        p("image_url", No, String(1, 3000), false),
        p("slack_file", No, Object(&[&OBJECT_SLACK_FILE]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[&["image_url", "slack_file"]],
    value: None,
    unsure: false,
};

static ELEMENT_MULTI_CHANNELS_SELECT: Shape = Shape {
    name: "multi_channels_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_channels", No, Strings(1, MANY, &[]), false),
        p("max_selected_items", No, Integer(1, i64::MAX), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_channels", state: "selected_channels", action: "selected_channels", is_list: true }),
    unsure: false,
};

static ELEMENT_MULTI_CONVERSATIONS_SELECT: Shape = Shape {
    name: "multi_conversations_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("default_to_current_conversation", No, Boolean, false),
        p("filter", No, Object(&[&OBJECT_CONVERSATION_FILTER]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_conversations", No, Strings(1, MANY, &[]), false),
        p("max_selected_items", No, Integer(1, i64::MAX), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_conversations", state: "selected_conversations", action: "selected_conversations", is_list: true }),
    unsure: false,
};

static ELEMENT_MULTI_EXTERNAL_SELECT: Shape = Shape {
    name: "multi_external_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_options", No, List(&[&OBJECT_OPTION_SELECT], 1, MANY, MANY), false),
        p("max_selected_items", No, Integer(1, i64::MAX), false),
        p("min_query_length", No, Integer(0, i64::MAX), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_options", state: "selected_options", action: "selected_options", is_list: true }),
    unsure: false,
};

static ELEMENT_MULTI_STATIC_SELECT: Shape = Shape {
    name: "multi_static_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_options", No, Initials(&[&OBJECT_OPTION_SELECT]), false),
        p("max_selected_items", No, Integer(1, i64::MAX), false),
        p("option_groups", No, List(&[&OBJECT_OPTION_GROUP], 1, 100, MANY), false),
        p("options", No, List(&[&OBJECT_OPTION_SELECT], 1, 100, MANY), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[&["options", "option_groups"]],
    value: Some(Value { initial: "initial_options", state: "selected_options", action: "selected_options", is_list: true }),
    unsure: false,
};

static ELEMENT_MULTI_USERS_SELECT: Shape = Shape {
    name: "multi_users_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_users", No, Strings(1, MANY, &[]), false),
        p("max_selected_items", No, Integer(1, i64::MAX), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_users", state: "selected_users", action: "selected_users", is_list: true }),
    unsure: false,
};

static ELEMENT_NUMBER_INPUT: Shape = Shape {
    name: "number_input",
    surfaces: [false, true, false],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("dispatch_action_config", No, Object(&[&OBJECT_DISPATCH_ACTION_CONFIG]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_value", No, Form(shape::Form::Number), false),
        p("is_decimal_allowed", Yes, Boolean, false),
        p("max_value", No, Form(shape::Form::Number), false),
        p("min_value", No, Form(shape::Form::Number), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_value", state: "value", action: "value", is_list: false }),
    unsure: false,
};

static ELEMENT_OVERFLOW: Shape = Shape {
    name: "overflow",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("options", Yes, List(&[&OBJECT_OPTION_OVERFLOW], 1, 5, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "", state: "", action: "selected_option", is_list: false }),
    unsure: true,
};

static ELEMENT_PLAIN_TEXT_INPUT: Shape = Shape {
    name: "plain_text_input",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("dispatch_action_config", No, Object(&[&OBJECT_DISPATCH_ACTION_CONFIG]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_value", No, String(0, MANY), false),
        p("max_length", No, Integer(1, 3000), true),
        p("min_length", No, Integer(0, 3000), false),
        p("multiline", No, Boolean, false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_value", state: "value", action: "value", is_list: false }),
    unsure: false,
};

static ELEMENT_RADIO_BUTTONS: Shape = Shape {
    name: "radio_buttons",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_option", No, Initial(&[&OBJECT_OPTION_CHOICE]), false),
        p("options", Yes, List(&[&OBJECT_OPTION_CHOICE], 1, 10, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_option", state: "selected_option", action: "selected_option", is_list: false }),
    unsure: false,
};

static ELEMENT_RICH_TEXT_INPUT: Shape = Shape {
    name: "rich_text_input",
    surfaces: [false, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("dispatch_action_config", No, Object(&[&OBJECT_DISPATCH_ACTION_CONFIG]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_value", No, Object(&[&BLOCK_RICH_TEXT]), false),
        p("max_lines", No, Integer(1, 100), false),
        p("min_lines", No, Integer(1, 100), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_value", state: "rich_text_value", action: "rich_text_value", is_list: false }),
    unsure: false,
};

static ELEMENT_STATIC_SELECT: Shape = Shape {
    name: "static_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_option", No, Initial(&[&OBJECT_OPTION_SELECT]), false),
        p("option_groups", No, List(&[&OBJECT_OPTION_GROUP], 1, 100, MANY), false),
        p("options", No, List(&[&OBJECT_OPTION_SELECT], 1, 100, MANY), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[&["options", "option_groups"]],
    value: Some(Value { initial: "initial_option", state: "selected_option", action: "selected_option", is_list: false }),
    unsure: false,
};

static ELEMENT_TIMEPICKER: Shape = Shape {
    name: "timepicker",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_time", No, Form(shape::Form::Time), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("timezone", No, String(0, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_time", state: "selected_time", action: "selected_time", is_list: false }),
    unsure: false,
};

static ELEMENT_URL: Shape = Shape {
    name: "url",
    surfaces: [true, false, false],
    properties: &[
        p("text", Yes, String(1, MANY), false),
        p("type", Yes, Any, false),
        p("url", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static ELEMENT_URL_TEXT_INPUT: Shape = Shape {
    name: "url_text_input",
    surfaces: [false, true, false],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("dispatch_action_config", No, Object(&[&OBJECT_DISPATCH_ACTION_CONFIG]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_value", No, String(0, MANY), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_value", state: "value", action: "value", is_list: false }),
    unsure: false,
};

static ELEMENT_USERS_SELECT: Shape = Shape {
    name: "users_select",
    surfaces: [true, true, true],
    properties: &[
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("focus_on_load", No, Boolean, false),
        p("initial_user", No, String(0, MANY), false),
        p("placeholder", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 150), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: Some(Value { initial: "initial_user", state: "selected_user", action: "selected_user", is_list: false }),
    unsure: false,
};

static ELEMENT_WORKFLOW_BUTTON: Shape = Shape {
    name: "workflow_button",
    surfaces: [true, false, false],
    properties: &[
        p("accessibility_label", No, String(1, 75), false),
        p("action_id", No, String(1, 255), false),
        p("confirm", No, Object(&[&OBJECT_CONFIRM]), false),
        p("style", No, OneOf(&["primary", "danger"]), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("type", Yes, Any, false),
        p("workflow", Yes, Object(&[&OBJECT_WORKFLOW]), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

/// All elements.
pub(crate) static ELEMENTS: &[&Shape] = &[&ELEMENT_BUTTON, &ELEMENT_CHANNELS_SELECT, &ELEMENT_CHECKBOXES, &ELEMENT_CONVERSATIONS_SELECT, &ELEMENT_DATEPICKER, &ELEMENT_DATETIMEPICKER, &ELEMENT_EMAIL_TEXT_INPUT, &ELEMENT_EXTERNAL_SELECT, &ELEMENT_FEEDBACK_BUTTONS, &ELEMENT_FILE_INPUT, &ELEMENT_ICON_BUTTON, &ELEMENT_IMAGE, &ELEMENT_MULTI_CHANNELS_SELECT, &ELEMENT_MULTI_CONVERSATIONS_SELECT, &ELEMENT_MULTI_EXTERNAL_SELECT, &ELEMENT_MULTI_STATIC_SELECT, &ELEMENT_MULTI_USERS_SELECT, &ELEMENT_NUMBER_INPUT, &ELEMENT_OVERFLOW, &ELEMENT_PLAIN_TEXT_INPUT, &ELEMENT_RADIO_BUTTONS, &ELEMENT_RICH_TEXT_INPUT, &ELEMENT_STATIC_SELECT, &ELEMENT_TIMEPICKER, &ELEMENT_URL, &ELEMENT_URL_TEXT_INPUT, &ELEMENT_USERS_SELECT, &ELEMENT_WORKFLOW_BUTTON];

static OBJECT_ACTION_CELL: Shape = Shape {
    name: "action_cell",
    surfaces: [true, true, true],
    properties: &[
        p("element", Yes, Object(&[&ELEMENT_BUTTON]), false),
        p("fallback", No, Object(&[&OBJECT_RAW_TEXT, &OBJECT_RAW_NUMBER]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static OBJECT_AXIS_CONFIG: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("categories", Yes, Strings(0, 20, &[]), false),
        p("x_label", No, String(0, 50), false),
        p("y_label", No, String(0, 50), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_CHART_AREA: Shape = Shape {
    name: "area",
    surfaces: [true, true, true],
    properties: &[
        p("axis_config", Yes, Object(&[&OBJECT_AXIS_CONFIG]), false),
        p("series", Yes, List(&[&OBJECT_SERIES], 1, 6, MANY), true),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_CHART_BAR: Shape = Shape {
    name: "bar",
    surfaces: [true, true, true],
    properties: &[
        p("axis_config", Yes, Object(&[&OBJECT_AXIS_CONFIG]), false),
        p("series", Yes, List(&[&OBJECT_SERIES], 1, 6, MANY), true),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_CHART_LINE: Shape = Shape {
    name: "line",
    surfaces: [true, true, true],
    properties: &[
        p("axis_config", Yes, Object(&[&OBJECT_AXIS_CONFIG]), false),
        p("series", Yes, List(&[&OBJECT_SERIES], 1, 6, MANY), true),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_CHART_PIE: Shape = Shape {
    name: "pie",
    surfaces: [true, true, true],
    properties: &[
        p("segments", Yes, List(&[&OBJECT_SEGMENT], 1, 6, MANY), true),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_COLUMN_SETTING: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("align", No, OneOf(&["left", "center", "right"]), false),
        p("is_wrapped", No, Boolean, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_CONFIRM: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("confirm", Unsure, Text(&[&OBJECT_PLAIN_TEXT], 1, 30), false),
        p("deny", Unsure, Text(&[&OBJECT_PLAIN_TEXT], 1, 30), false),
        p("style", No, OneOf(&["primary", "danger"]), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 300), false),
        p("title", Unsure, Text(&[&OBJECT_PLAIN_TEXT], 1, 100), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_CONVERSATION_FILTER: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("exclude_bot_users", No, Boolean, false),
        p("exclude_external_shared_channels", No, Boolean, false),
        p("include", No, Strings(1, MANY, &["im", "mpim", "private", "public"]), false),
    ],
    any_of: &[&["include", "exclude_external_shared_channels", "exclude_bot_users"]],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_DATA_POINT: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("label", Yes, String(1, 20), false),
        p("value", Yes, Number, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_DISPATCH_ACTION_CONFIG: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("trigger_actions_on", No, Strings(1, 2, &["on_enter_pressed", "on_character_entered"]), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_FEEDBACK_BUTTON: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("accessibility_label", No, String(1, 75), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("value", Yes, String(1, 2000), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_INPUT_PARAMETER: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("name", Yes, String(0, MANY), false),
        p("value", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_MRKDWN: Shape = Shape {
    name: "mrkdwn",
    surfaces: [true, true, true],
    properties: &[
        p("text", Yes, String(1, 3000), false),
        p("type", Yes, Any, false),
        p("verbatim", No, Boolean, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_OPTION_CHOICE: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("description", No, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 75), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT, &OBJECT_MRKDWN], 1, 75), false),
        p("value", Yes, String(1, 150), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_OPTION_GROUP: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("label", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("options", Yes, List(&[&OBJECT_OPTION_SELECT], 1, 100, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_OPTION_OVERFLOW: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("description", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("url", No, String(0, 3000), false),
        p("value", Yes, String(1, 150), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_OPTION_SELECT: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("description", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("text", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 75), false),
        p("value", Yes, String(1, 150), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_PLAIN_TEXT: Shape = Shape {
    name: "plain_text",
    surfaces: [true, true, true],
    properties: &[
        p("emoji", No, Boolean, false),
        p("text", Yes, String(1, 3000), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_PLAN_TASK: Shape = Shape {
    name: "task_card",
    surfaces: [true, true, true],
    properties: &[
        p("block_id", No, String(1, 255), false),
        p("details", No, Object(&[&BLOCK_RICH_TEXT]), false),
        p("output", No, Object(&[&BLOCK_RICH_TEXT]), false),
        p("sources", No, List(&[&ELEMENT_URL], 0, MANY, MANY), false),
        p("status", No, OneOf(&["pending", "in_progress", "complete", "error"]), false),
        p("task_id", Yes, String(1, MANY), false),
        p("title", Yes, String(1, MANY), false),
        p("type", No, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_RAW_NUMBER: Shape = Shape {
    name: "raw_number",
    surfaces: [true, true, true],
    properties: &[
        p("text", No, String(1, MANY), false),
        p("type", Yes, Any, false),
        p("value", Yes, Number, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_RAW_TEXT: Shape = Shape {
    name: "raw_text",
    surfaces: [true, true, true],
    properties: &[
        p("text", Yes, String(1, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_SEGMENT: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("label", Yes, String(1, 20), false),
        p("value", Yes, Number, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_SERIES: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("data", Yes, List(&[&OBJECT_DATA_POINT], 1, 20, MANY), false),
        p("name", Yes, String(1, 20), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_SLACK_FILE: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("id", No, String(1, MANY), false),
        p("url", No, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[&["id", "url"]],
    value: None,
    unsure: false,
};

static OBJECT_SLACK_ICON: Shape = Shape {
    name: "icon",
    surfaces: [true, true, true],
    properties: &[
        p("name", Yes, String(0, MANY), false),
        p("type", No, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static OBJECT_TRIGGER: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("customizable_input_parameters", No, List(&[&OBJECT_INPUT_PARAMETER], 0, MANY, MANY), false),
        p("url", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static OBJECT_WORKFLOW: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("trigger", Yes, Object(&[&OBJECT_TRIGGER]), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_ATTACHMENT_MENTION: Shape = Shape {
    name: "attachment_mention",
    surfaces: [true, true, true],
    properties: &[
        p("app_id", No, String(0, MANY), false),
        p("channel_id", No, String(0, MANY), false),
        p("entity_id", No, String(0, MANY), false),
        p("full_size_preview_enabled", No, Boolean, false),
        p("icon_name", No, String(0, MANY), false),
        p("icon_url", No, String(0, MANY), false),
        p("product_name", No, String(0, MANY), false),
        p("reference_object_type", No, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", No, String(0, MANY), false),
        p("ts", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_BROADCAST: Shape = Shape {
    name: "broadcast",
    surfaces: [true, true, true],
    properties: &[
        p("range", Yes, OneOf(&["here", "channel", "everyone"]), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_CANVAS: Shape = Shape {
    name: "canvas",
    surfaces: [true, true, true],
    properties: &[
        p("file_id", Yes, String(0, MANY), false),
        p("hide_title", No, Boolean, false),
        p("is_skill_invocation", No, Boolean, false),
        p("label", No, String(0, MANY), false),
        p("section_id", No, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", No, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_CANVAS_MESSAGE_UNFURL: Shape = Shape {
    name: "canvas_message_unfurl",
    surfaces: [true, true, true],
    properties: &[
        p("root_message_channel", Yes, String(0, MANY), false),
        p("root_message_ts", Yes, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_CANVAS_USER_MENTION: Shape = Shape {
    name: "canvas_user_mention",
    surfaces: [true, true, true],
    properties: &[
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("thread_id", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("user_id", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_CHANNEL: Shape = Shape {
    name: "channel",
    surfaces: [true, true, true],
    properties: &[
        p("channel_id", Yes, String(0, MANY), false),
        p("from_llm", No, Boolean, true),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("tab_id", No, String(0, MANY), true),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_CITATION: Shape = Shape {
    name: "citation",
    surfaces: [true, true, true],
    properties: &[
        p("details", Yes, Any, false),
        p("from_llm", No, Boolean, false),
        p("index", Yes, Integer(i64::MIN, i64::MAX), false),
        p("is_slack_url", No, Boolean, false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", Yes, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_COLOR: Shape = Shape {
    name: "color",
    surfaces: [true, true, true],
    properties: &[
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("type", Yes, Any, false),
        p("value", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_DATE: Shape = Shape {
    name: "date",
    surfaces: [true, true, true],
    properties: &[
        p("fallback", No, String(0, MANY), false),
        p("format", Yes, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("timestamp", Yes, Integer(i64::MIN, i64::MAX), false),
        p("timezone", No, String(0, MANY), true),
        p("type", Yes, Any, false),
        p("url", No, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_EMOJI: Shape = Shape {
    name: "emoji",
    surfaces: [true, true, true],
    properties: &[
        p("name", Yes, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("type", Yes, Any, false),
        p("unicode", No, String(0, MANY), false),
        p("url", No, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_FILE: Shape = Shape {
    name: "file",
    surfaces: [true, true, true],
    properties: &[
        p("file_id", Yes, String(0, MANY), false),
        p("is_skill_invocation", No, Boolean, false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", No, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_LINK: Shape = Shape {
    name: "link",
    surfaces: [true, true, true],
    properties: &[
        p("from_llm", No, Boolean, true),
        p("is_slack_url", No, Boolean, true),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", No, String(0, MANY), false),
        p("truncated", No, Boolean, true),
        p("type", Yes, Any, false),
        p("unsafe", No, Boolean, false),
        p("url", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_LIST_RECORD: Shape = Shape {
    name: "list_record",
    surfaces: [true, true, true],
    properties: &[
        p("file_id", Yes, String(0, MANY), false),
        p("record_id", No, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", No, String(0, MANY), false),
        p("view_id", No, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_MESSAGE_MENTION: Shape = Shape {
    name: "message_mention",
    surfaces: [true, true, true],
    properties: &[
        p("author_id", No, String(0, MANY), false),
        p("channel_id", Yes, String(0, MANY), false),
        p("message_ts", Yes, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", No, String(0, MANY), false),
        p("thread_ts", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", No, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_RICH_TEXT_LIST: Shape = Shape {
    name: "rich_text_list",
    surfaces: [true, true, true],
    properties: &[
        p("border", No, Integer(0, 1), false),
        p("elements", Yes, List(&[&RICH_TEXT_RICH_TEXT_SECTION], 1, MANY, MANY), false),
        p("indent", No, Integer(0, 8), true),
        p("offset", No, Integer(0, i64::MAX), false),
        p("style", Yes, OneOf(&["bullet", "ordered"]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_RICH_TEXT_PREFORMATTED: Shape = Shape {
    name: "rich_text_preformatted",
    surfaces: [true, true, true],
    properties: &[
        p("border", No, Integer(0, 1), false),
        p("elements", Yes, List(&[&RICH_TEXT_TEXT, &RICH_TEXT_LINK], 0, MANY, MANY), false),
        p("language", No, String(0, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_RICH_TEXT_QUOTE: Shape = Shape {
    name: "rich_text_quote",
    surfaces: [true, true, true],
    properties: &[
        p("border", No, Integer(0, 1), false),
        p("elements", Yes, List(&[&RICH_TEXT_TEXT, &RICH_TEXT_LINK, &RICH_TEXT_USER, &RICH_TEXT_USERGROUP, &RICH_TEXT_TEAM, &RICH_TEXT_CHANNEL, &RICH_TEXT_EMOJI, &RICH_TEXT_BROADCAST, &RICH_TEXT_COLOR, &RICH_TEXT_DATE, &RICH_TEXT_ATTACHMENT_MENTION, &RICH_TEXT_CANVAS, &RICH_TEXT_CANVAS_USER_MENTION, &RICH_TEXT_CANVAS_MESSAGE_UNFURL, &RICH_TEXT_CITATION, &RICH_TEXT_FILE, &RICH_TEXT_LIST_RECORD, &RICH_TEXT_MESSAGE_MENTION, &RICH_TEXT_SALESFORCE_DATA_FIELD, &RICH_TEXT_TAG, &RICH_TEXT_WORK_OBJECT_MENTION, &RICH_TEXT_WORKFLOW_MENTION], 0, MANY, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_RICH_TEXT_SECTION: Shape = Shape {
    name: "rich_text_section",
    surfaces: [true, true, true],
    properties: &[
        p("elements", Yes, List(&[&RICH_TEXT_TEXT, &RICH_TEXT_LINK, &RICH_TEXT_USER, &RICH_TEXT_USERGROUP, &RICH_TEXT_TEAM, &RICH_TEXT_CHANNEL, &RICH_TEXT_EMOJI, &RICH_TEXT_BROADCAST, &RICH_TEXT_COLOR, &RICH_TEXT_DATE, &RICH_TEXT_ATTACHMENT_MENTION, &RICH_TEXT_CANVAS, &RICH_TEXT_CANVAS_USER_MENTION, &RICH_TEXT_CANVAS_MESSAGE_UNFURL, &RICH_TEXT_CITATION, &RICH_TEXT_FILE, &RICH_TEXT_LIST_RECORD, &RICH_TEXT_MESSAGE_MENTION, &RICH_TEXT_SALESFORCE_DATA_FIELD, &RICH_TEXT_TAG, &RICH_TEXT_WORK_OBJECT_MENTION, &RICH_TEXT_WORKFLOW_MENTION], 0, MANY, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_RICH_TEXT_STYLE: Shape = Shape {
    name: "",
    surfaces: [true, true, true],
    properties: &[
        p("bold", No, Boolean, false),
        p("client_highlight", No, Boolean, false),
        p("code", No, Boolean, false),
        p("highlight", No, Boolean, false),
        p("italic", No, Boolean, false),
        p("strike", No, Boolean, false),
        p("underline", No, Boolean, false),
        p("unlink", No, Boolean, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_SALESFORCE_DATA_FIELD: Shape = Shape {
    name: "salesforce_data_field",
    surfaces: [true, true, true],
    properties: &[
        p("salesforce_field_api_name", No, String(0, MANY), false),
        p("salesforce_field_label", No, String(0, MANY), false),
        p("salesforce_include_field_label", No, Boolean, false),
        p("salesforce_record_id", Yes, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_TAG: Shape = Shape {
    name: "tag",
    surfaces: [true, true, true],
    properties: &[
        p("color", No, OneOf(&["gray", "brown", "purple", "indigo", "blue", "green", "yellow", "orange", "red"]), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", Yes, String(0, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_TEAM: Shape = Shape {
    name: "team",
    surfaces: [true, true, true],
    properties: &[
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("team_id", Yes, String(0, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_TEXT: Shape = Shape {
    name: "text",
    surfaces: [true, true, true],
    properties: &[
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", Yes, String(0, MANY), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_USER: Shape = Shape {
    name: "user",
    surfaces: [true, true, true],
    properties: &[
        p("from_llm", No, Boolean, true),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("type", Yes, Any, false),
        p("user_id", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_USERGROUP: Shape = Shape {
    name: "usergroup",
    surfaces: [true, true, true],
    properties: &[
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("type", Yes, Any, false),
        p("usergroup_id", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static RICH_TEXT_WORK_OBJECT_MENTION: Shape = Shape {
    name: "work_object_mention",
    surfaces: [true, true, true],
    properties: &[
        p("app_id", Yes, String(0, MANY), false),
        p("entity_id", Yes, String(0, MANY), false),
        p("full_size_preview_enabled", No, Boolean, false),
        p("icon_url", No, String(0, MANY), false),
        p("product_name", No, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", Yes, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static RICH_TEXT_WORKFLOW_MENTION: Shape = Shape {
    name: "workflow_mention",
    surfaces: [true, true, true],
    properties: &[
        p("channel_id", No, String(0, MANY), false),
        p("function_trigger_id", Yes, String(0, MANY), false),
        p("style", No, Object(&[&RICH_TEXT_RICH_TEXT_STYLE]), false),
        p("text", Yes, String(0, MANY), false),
        p("ts", No, String(0, MANY), false),
        p("type", Yes, Any, false),
        p("url", No, String(0, MANY), false),
        p("workflow_id", Yes, String(0, MANY), false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: true,
};

static VIEW_HOME: Shape = Shape {
    name: "home",
    surfaces: [true, true, true],
    properties: &[
        p("blocks", Yes, Blocks(1, 100), false),
        p("callback_id", No, String(0, 255), false),
        p("external_id", No, String(0, 255), false),
        p("private_metadata", No, String(0, 3000), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

static VIEW_MODAL: Shape = Shape {
    name: "modal",
    surfaces: [true, true, true],
    properties: &[
        p("blocks", Yes, Blocks(1, 100), false),
        p("callback_id", No, String(0, 255), false),
        p("clear_on_close", No, Boolean, false),
        p("close", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 24), false),
        p("external_id", No, String(0, 255), false),
        p("notify_on_close", No, Boolean, false),
        p("private_metadata", No, String(0, 3000), false),
        p("submit", No, Text(&[&OBJECT_PLAIN_TEXT], 1, 24), false),
        p("submit_disabled", No, Boolean, true),
        p("title", Yes, Text(&[&OBJECT_PLAIN_TEXT], 1, 24), false),
        p("type", Yes, Any, false),
    ],
    any_of: &[],
    one_of: &[],
    value: None,
    unsure: false,
};

pub(crate) static VIEWS: &[&Shape] = &[&VIEW_HOME, &VIEW_MODAL];

pub(crate) static OPTION_SELECT: &Shape = &OBJECT_OPTION_SELECT;
pub(crate) static OPTION_GROUP: &Shape = &OBJECT_OPTION_GROUP;
