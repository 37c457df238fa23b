//! `integrations/github`: what it makes up.

use std::io;

use crate::checks::Check;
use crate::diagnostic::Diagnostic;
use crate::provider::{Answer, Made, Places, Provider, Settings};
use crate::schema::{self, ProviderSchema};
use crate::token;
use crate::value::{Fields, Value};

/// Stands in for `integrations/github`.
pub struct GitHub {
    schema: ProviderSchema,
}

const ADDRESS: &str = "registry.terraform.io/integrations/github";

impl GitHub {
    /// Reads its schema.
    ///
    /// # Errors
    /// If the data in this crate can't be read.
    pub fn new(strict: bool) -> io::Result<GitHub> {
        let mut schema = schema::load(
            ADDRESS,
            include_str!("../data/github-6.13.json"),
            include_str!("../data/github-6.13-behaviour.json"),
        )?;
        if strict {
            schema::without_tolerance(&mut schema);
        }
        Ok(GitHub { schema })
    }
}

impl Provider for GitHub {
    fn address(&self) -> &'static str {
        ADDRESS
    }

    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn configure(&self, config: &Value) -> Result<Settings, Diagnostic> {
        let owner = config.get("owner").as_text().unwrap_or("owner").to_owned();
        Ok(Settings {
            owner,
            ..Settings::default()
        })
    }

    fn checks(&self, kind: &str) -> &'static [(&'static str, Check)] {
        match kind {
            "github_repository_webhook" => &[(
                "configuration.content_type",
                Check::OneOf(&["json", "form"]),
            )],
            "github_actions_secret" => &[(
                "secret_name",
                Check::Matches(
                    "^[a-zA-Z_][a-zA-Z0-9_]*$",
                    "secret names can only contain alphanumeric characters or underscores and must not start with a number",
                ),
            )],
            _ => &[],
        }
    }

    fn validate(&self, _: &str, _: &Value) -> Vec<Diagnostic> {
        Vec::new()
    }

    fn plan_update(&self, _: &str, _: &Value, _: &mut Fields) {}

    fn compute(&self, made: &Made, path: &str) -> Option<Value> {
        let owner = &made.settings.owner;
        let number = |length| {
            made.token(token::DIGITS, length, &seed(made))
                .parse()
                .ok()
                .map(Value::Int)
        };
        let text = match (made.kind, path) {
            ("github_repository_webhook", "id") => made.token(token::DIGITS, 9, &seed(made)),
            ("github_repository_webhook", "url") => {
                format!(
                    "https://api.github.com/repos/{owner}/{}/hooks/{}",
                    made.text("repository"),
                    made.text("id")
                )
            }
            ("github_repository", "id") => made.text("name"),
            ("github_repository", "full_name") => format!("{owner}/{}", made.text("name")),
            ("github_repository", "html_url") => {
                format!("https://github.com/{owner}/{}", made.text("name"))
            }
            ("github_repository", "git_clone_url") => {
                format!("git://github.com/{owner}/{}.git", made.text("name"))
            }
            ("github_repository", "http_clone_url") => {
                format!("https://github.com/{owner}/{}.git", made.text("name"))
            }
            ("github_repository", "ssh_clone_url") => {
                format!("git@github.com:{owner}/{}.git", made.text("name"))
            }
            ("github_repository", "svn_url") => {
                format!("https://github.com/{owner}/{}", made.text("name"))
            }
            ("github_repository", "node_id") => {
                format!("R_{}", made.token(token::LOWER, 12, &seed(made)))
            }
            ("github_repository", "default_branch") => "main".to_owned(),
            ("github_repository", "visibility") => "public".to_owned(),
            (
                "github_repository" | "github_repository_file" | "github_actions_secret",
                "repo_id" | "repository_id",
            ) => {
                return number(9);
            }
            ("github_actions_secret", "id") => {
                format!("{}:{}", made.text("repository"), made.text("secret_name"))
            }
            ("github_repository_file", "id") => {
                format!("{}/{}", made.text("repository"), made.text("file"))
            }
            ("github_repository_file", "branch") => "main".to_owned(),
            ("github_repository_file", "commit_sha" | "sha" | "ref") => {
                made.token(token::HEX, 40, &seed(made))
            }
            ("github_branch_protection", "id") => {
                format!("BPR_{}", made.token(token::LOWER, 16, &seed(made)))
            }
            (_, "etag") => format!("W/\"{}\"", made.token(token::HEX, 64, &seed(made))),
            _ => return None,
        };
        Some(Value::from(text))
    }

    fn identity(&self, kind: &str, state: &Value) -> Option<String> {
        let repository = state.get("repository").as_text().unwrap_or_default();
        let id = state.get("id").as_text()?;
        (kind == "github_repository_webhook").then(|| format!("{repository}/{id}"))
    }

    fn before_apply(&self, _: &Made) -> Result<(), Diagnostic> {
        Ok(())
    }

    fn reported(&self, _: &str, _: &mut Fields) {}

    fn refresh(&self, _: &str, _: &mut Fields, _: &Places) -> Result<(), perch_aws::Error> {
        Ok(())
    }

    fn after_apply(&self, _: &Made, _: &Value) -> Result<(), perch_aws::Error> {
        Ok(())
    }

    fn after_destroy(&self, _: &str, _: &Value, _: &Places) -> Result<(), perch_aws::Error> {
        Ok(())
    }

    fn read_data(&self, kind: &str, _: &Value, _: &Settings) -> Answer {
        Err(Diagnostic::error(
            format!("the offline provider can't answer data.{kind}"),
            "Only GitHub knows the answer.",
        ))
    }
}

fn seed(made: &Made) -> String {
    let event_url = made
        .planned
        .get("configuration")
        .items()
        .first()
        .and_then(|block| block.get("url").as_text())
        .unwrap_or_default();
    format!(
        "{} {} {} {event_url}",
        made.settings.owner,
        made.text("repository"),
        made.planned.get("name").as_text().unwrap_or_default()
    )
}
