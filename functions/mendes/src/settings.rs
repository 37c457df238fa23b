//! What mendes reads from its environment; see `docs/bots.md`.

use jiff::SignedDuration;
use perch::{ChannelId, Environment, Error};
use perch_github::{ApiUrl, Repository};

/// Which pull requests are told, where, and when.
#[derive(Debug)]
pub struct Settings {
    /// `MENDES_REPOSITORIES`: where to look, such as `acme/web,acme/api`.
    pub repositories: Vec<Repository>,
    /// `MENDES_CHANNEL`: the ID of the channel to post to, such as `C0123456789`.
    pub channel: ChannelId,
    /// `MENDES_THRESHOLD`: how long a pull request may wait, such as `24h`.
    pub threshold: SignedDuration,
    /// `MENDES_LOOKBACK`: how far before the previous run to look for what no run told, such as `2h`; `0h` when unset.
    pub lookback: SignedDuration,
    /// `GITHUB_API_URL`: where GitHub's API is.
    pub github: ApiUrl,
}

impl Settings {
    /// Reads them. The error names the variable, what is wrong with it and what to write.
    pub fn read(environment: &Environment) -> perch::Result<Settings> {
        let required = |name, example| environment.required(name, example).map(str::trim);
        let shown = required("MENDES_REPOSITORIES", "acme/web,acme/api")?;
        let place = required("MENDES_CHANNEL", "C0123456789")?;
        let threshold = required("MENDES_THRESHOLD", "24h")?;
        let lookback = environment.get("MENDES_LOOKBACK").unwrap_or("0h").trim();
        let github = ApiUrl::from_variable(environment.get("GITHUB_API_URL"))?;
        let read = || {
            Ok(Settings {
                repositories: repositories(shown)?,
                channel: channel(place)?,
                threshold: duration("MENDES_THRESHOLD", threshold, 1)?,
                lookback: duration("MENDES_LOOKBACK", lookback, 0)?,
                github,
            })
        };
        read().map_err(|text: String| Error::internal(text))
    }
}

fn repositories(list: &str) -> Result<Vec<Repository>, String> {
    let mut repositories = Vec::<Repository>::new();
    for name in list.split(',').map(str::trim) {
        let repository = name
            .parse()
            .map_err(|error| format!("MENDES_REPOSITORIES: {error}; separate names with commas, such as acme/web,acme/api"))?;
        if repositories.contains(&repository) {
            return Err(format!(
                "MENDES_REPOSITORIES names {name} twice; take one away"
            ));
        }
        repositories.push(repository);
    }
    Ok(repositories)
}

/// An ID and no name: `conversations.history` takes nothing else, and a channel keeps its ID when it is renamed.
fn channel(id: &str) -> Result<ChannelId, String> {
    let is_id = id.len() >= 2
        && id.starts_with(['C', 'G'])
        && id
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_id {
        return Ok(id.into());
    }
    Err(format!(
        "MENDES_CHANNEL is {id:?}, which is not a channel ID; write one such as C0123456789, which Slack shows at the end of the channel's details"
    ))
}

fn duration(name: &str, text: &str, at_least_minutes: i64) -> Result<SignedDuration, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    let least = SignedDuration::from_mins(at_least_minutes);
    duration.filter(|duration| *duration >= least).ok_or_else(|| {
        format!("{name} is {text:?}; write hours and minutes such as 24h, 90m or 1h30m, at least {at_least_minutes}m")
    })
}
