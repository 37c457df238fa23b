//! What saved files mean for a running stage.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::function;
use crate::slack_apps;

/// What has to be done.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Change {
    /// Bots whose own files have changed.
    pub sources: BTreeSet<String>,
    /// Bots whose declaration has changed.
    pub declarations: BTreeSet<String>,
    /// Something that any bot may be made of.
    pub shared: bool,
    /// Something of Terraform's.
    pub stage: bool,
    /// A Slack app's manifest.
    pub apps: bool,
}

impl Change {
    /// What these paths mean, from the project's folder.
    pub fn of(paths: &BTreeSet<PathBuf>) -> Change {
        let mut change = Change::default();
        for path in paths {
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
            match parts[..] {
                ["functions", bot, function::FILE] => {
                    change.declarations.insert(bot.to_owned());
                }
                ["functions", _, slack_apps::FILE] => change.apps = true,
                // The folder itself: one that came or went, which the list of bots shows.
                ["functions", _] => {}
                ["functions", bot, ..] => {
                    change.sources.insert(bot.to_owned());
                }
                ["terraform", ..] => change.stage = true,
                _ => change.shared = true,
            }
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    #[test]
    fn a_path_says_what_has_to_be_done() {
        let change = |path: &str| Change::of(&[path.into()].into());
        let bot = || ["hello".to_owned()].into();
        let none = Change::default;
        for (path, expected) in [
            (
                "functions/hello/function.yaml",
                Change {
                    declarations: bot(),
                    ..none()
                },
            ),
            (
                "functions/hello/src/main.rs",
                Change {
                    sources: bot(),
                    ..none()
                },
            ),
            (
                "functions/hello/Cargo.toml",
                Change {
                    sources: bot(),
                    ..none()
                },
            ),
            (
                "functions/hello/slack-manifest.yaml",
                Change {
                    apps: true,
                    ..none()
                },
            ),
            ("functions/hello", none()),
            (
                "crates/perch/src/app.rs",
                Change {
                    shared: true,
                    ..none()
                },
            ),
            (
                "Cargo.lock",
                Change {
                    shared: true,
                    ..none()
                },
            ),
            (
                "terraform/modules/function/main.tf",
                Change {
                    stage: true,
                    ..none()
                },
            ),
        ] {
            assert_eq!(change(path), expected, "{path}");
        }
    }
}
