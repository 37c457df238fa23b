//! Where each event of the Events API says whom, where and which message it is about.
//!
//! Slack names these in a dozen ways. The places are JSON pointers into the inner event, empty where the type has no such
//! field; they are those of Slack's own type declarations and recorded payloads. A type that is not listed, as a new
//! one, is read by the names that most types use.

use serde_json::Value;

use super::fields::text;

/// JSON pointers into an event, empty where it has no such field.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Places {
    /// Who did it, or whom it is about.
    pub(crate) user: &'static str,
    /// The channel.
    pub(crate) channel: &'static str,
    /// The message it is about.
    pub(crate) ts: &'static str,
    /// That message's thread.
    pub(crate) thread_ts: &'static str,
    /// Its text.
    pub(crate) text: &'static str,
}

const fn at(
    user: &'static str,
    channel: &'static str,
    ts: &'static str,
    thread_ts: &'static str,
    text: &'static str,
) -> Places {
    Places {
        user,
        channel,
        ts,
        thread_ts,
        text,
    }
}

/// Event types by their places; a message's subtype stands behind a dot.
#[rustfmt::skip]
const PLACES: &[(Places, &[&str])] = &[
    (at("/user", "/channel", "/streaming_message_ts/0", "/thread_ts", ""), &[
        "agent_session_stopped",
    ]),
    (at("/user", "/channel", "", "/thread_ts", ""), &[
        "agent_session_title_changed",
    ]),
    (at("/user", "/channel", "", "", ""), &[
        "app_context_changed", "app_home_opened", "channel_archive", "channel_unarchive", "group_archive",
        "group_close", "group_open", "im_close", "im_open", "member_joined_channel", "member_left_channel",
    ]),
    (at("", "", "", "", ""), &[
        "app_deleted", "app_uninstalled", "channel_history_changed", "channel_posting_permissions",
        "email_domain_changed", "emoji_changed", "file_change", "file_comment_added", "file_comment_deleted",
        "file_comment_edited", "function_executed", "grid_migration_finished", "grid_migration_started",
        "group_history_changed", "im_history_changed", "subteam_members_changed", "subteam_self_added",
        "subteam_self_removed", "team_access_granted", "team_access_revoked", "team_domain_change", "team_rename",
        "tokens_revoked", "user_connection",
    ]),
    (at("/user_id", "", "", "", ""), &[
        "app_installed", "app_uninstalled_team", "file_created", "file_public",
    ]),
    (at("/user", "/channel", "/ts", "/thread_ts", "/text"), &[
        "app_mention", "message", "message.assistant_app_thread", "message.channel_convert_to_private",
        "message.channel_convert_to_public", "message.document_mention", "message.file_comment",
        "message.file_mention", "message.file_share", "message.group_archive", "message.group_join",
        "message.group_leave", "message.group_name", "message.group_purpose", "message.group_unarchive",
        "message.message_locked", "message.pinned_item", "message.reminder_add", "message.reply_broadcast",
        "message.thread_broadcast", "message.unpinned_item",
    ]),
    (at("/app_request/user/id", "", "", "", ""), &[
        "app_requested",
    ]),
    (at("/assistant_thread/user_id", "/assistant_thread/channel_id", "", "/assistant_thread/thread_ts", ""), &[
        "assistant_thread_context_changed", "assistant_thread_started",
    ]),
    (at("/user_id", "/channel_id", "", "", ""), &[
        "call_rejected", "file_shared", "file_unshared",
    ]),
    (at("/channel/creator", "/channel/id", "", "", ""), &[
        "channel_created",
    ]),
    (at("/actor_id", "/channel", "", "", ""), &[
        "channel_deleted", "channel_left", "group_deleted", "group_left", "group_unarchive",
    ]),
    (at("", "/new_channel_id", "", "", ""), &[
        "channel_id_changed",
    ]),
    (at("", "/channel/id", "", "", ""), &[
        "channel_rename", "group_rename",
    ]),
    (at("", "/channel", "", "", ""), &[
        "channel_shared", "channel_unshared",
    ]),
    (at("/user", "", "", "", ""), &[
        "dnd_updated", "dnd_updated_user",
    ]),
    (at("/user", "/channel", "/message_ts", "/thread_ts", ""), &[
        "entity_comments_requested", "entity_details_requested", "link_shared",
    ]),
    (at("", "/channel_ids/0", "", "", ""), &[
        "file_deleted",
    ]),
    (at("/user", "/channel/id", "", "", ""), &[
        "im_created",
    ]),
    (at("/invite_request/requester_ids/0", "/invite_request/channel_ids/0", "", "", ""), &[
        "invite_requested",
    ]),
    (at("/user_id", "/channel_id", "/message_ts", "", ""), &[
        "message_metadata_deleted", "message_metadata_posted", "message_metadata_updated",
    ]),
    (at("/user", "/channel_id", "/item/message/ts", "", ""), &[
        "pin_added", "pin_removed",
    ]),
    (at("/user", "/item/channel", "/item/ts", "", ""), &[
        "reaction_added", "reaction_removed",
    ]),
    (at("/accepting_user/id", "/channel/id", "", "", ""), &[
        "shared_channel_invite_accepted",
    ]),
    (at("/approving_user/id", "/channel/id", "", "", ""), &[
        "shared_channel_invite_approved",
    ]),
    (at("/declining_user/id", "/channel/id", "", "", ""), &[
        "shared_channel_invite_declined",
    ]),
    (at("/invite/inviting_user/id", "/channel/id", "", "", ""), &[
        "shared_channel_invite_received",
    ]),
    (at("/actor/id", "/channel_id", "", "", ""), &[
        "shared_channel_invite_requested",
    ]),
    (at("/user", "/item/channel", "/item/message/ts", "", ""), &[
        "star_added", "star_removed",
    ]),
    (at("/subteam/created_by", "", "", "", ""), &[
        "subteam_created",
    ]),
    (at("/subteam/updated_by", "", "", "", ""), &[
        "subteam_updated",
    ]),
    (at("/user/id", "", "", "", ""), &[
        "team_join", "user_change", "user_huddle_changed", "user_profile_changed", "user_status_changed",
    ]),
    (at("", "/channel", "/ts", "/thread_ts", "/text"), &[
        "message.bot_message",
    ]),
    (at("/user", "/channel", "/ts", "", "/text"), &[
        "message.channel_archive", "message.channel_join", "message.channel_leave", "message.channel_name",
        "message.channel_posting_permissions", "message.channel_purpose", "message.channel_topic",
        "message.channel_unarchive", "message.ekm_access_denied", "message.group_topic", "message.me_message",
    ]),
    (at("/message/user", "/channel", "/message/ts", "/message/thread_ts", "/message/text"), &[
        "message.message_changed",
    ]),
    (at("/previous_message/user", "/channel", "/deleted_ts", "/previous_message/thread_ts", "/previous_message/text"), &[
        "message.message_deleted",
    ]),
    (at("/message/user", "/channel", "/message/ts", "/message/thread_ts", ""), &[
        "message.message_replied",
    ]),
];

/// The places of an event of this type and subtype; `None` for a type that is not listed.
pub(crate) fn of(event: &Value) -> Option<Places> {
    let event_type = text(event, "/type")?;
    let listed = |name: &str| {
        let mut rows = PLACES.iter();
        rows.find(|(_, names)| names.contains(&name))
            .map(|(places, _)| *places)
    };
    let subtype = text(event, "/subtype").filter(|_| event_type == "message");
    subtype
        .and_then(|subtype| listed(&format!("message.{subtype}")))
        .or_else(|| listed(event_type))
}

/// What an event says at the listed place, or else where most types say it.
pub(crate) fn read<T: From<String>>(event: &Value, listed: &str, usual: &[&str]) -> Option<T> {
    let listed = (!listed.is_empty()).then_some(listed);
    let mut places = listed.into_iter().chain(usual.iter().copied());
    places
        .find_map(|place| text(event, place))
        .map(|text| T::from(text.to_owned()))
}
