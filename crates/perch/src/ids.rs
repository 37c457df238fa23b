//! Slack's identifiers, each a type of its own, so that a channel cannot pass for a user.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[doc = $doc:literal] $name:ident;)+) => {$(
        #[doc = $doc]
        ///
        /// Any text is accepted: Slack documents no alphabet, and new prefixes have appeared before.
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as it is.
            pub fn new(id: impl Into<String>) -> $name {
                $name(id.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> $name {
                $name(id.to_owned())
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> $name {
                id.clone()
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> $name {
                $name(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    )+};
}

id! {
    /// A person or a bot user, such as `U2147483697` or `W012A3CDE`.
    UserId;
    /// A channel, a group or a direct message, such as `C0123456789`, `G…` or `D…`.
    ChannelId;
    /// A workspace, such as `T0001`.
    TeamId;
    /// An Enterprise Grid organisation, such as `E0001`.
    EnterpriseId;
    /// The app that a request is for, such as `A0123456789`.
    AppId;
    /// A modal or an App Home, such as `V0123456789`.
    ViewId;
    /// What permits opening a modal, for three seconds after the interaction.
    TriggerId;
    /// One delivery of the Events API, such as `Ev0123456789`. A repeated delivery has the same.
    EventId;
    /// A message within its channel: its time, such as `1700000000.000200`.
    MessageTs;
}

impl UserId {
    /// `<@U2147483697>`: Slack shows the person's name, and notifies them.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.0)
    }
}

impl ChannelId {
    /// `<#C0123456789>`: Slack shows a link with the channel's name.
    pub fn mention(&self) -> String {
        format!("<#{}>", self.0)
    }
}
