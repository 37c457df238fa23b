//! The variables, well and badly written.

use jiff::SignedDuration;

use perch::Result;

use crate::settings::Settings;

const GOOD: [(&str, &str); 4] = [
    ("MENDES_REPOSITORIES", "acme/web, acme/api"),
    ("MENDES_CHANNEL", "C0123456789"),
    ("MENDES_THRESHOLD", "24h"),
    ("MENDES_LOOKBACK", "1h30m"),
];

/// The good settings with one of them changed, or taken away.
fn read(name: &str, value: Option<&str>) -> Result<Settings> {
    let others = GOOD.into_iter().filter(|(other, _)| *other != name);
    Settings::read(&others.chain(value.map(|value| (name, value))).collect())
}

#[track_caller]
fn refuses(name: &str, value: Option<&str>, part: &str) {
    let error = read(name, value)
        .expect_err("the setting is wrong")
        .to_string();
    assert!(error.starts_with(name) && error.contains(part), "{error}");
}

#[test]
fn good_settings_are_read() {
    let settings = read("", None).unwrap();
    assert_eq!(
        settings.repositories,
        ["acme/web", "acme/api"].map(|name| name.parse().unwrap())
    );
    assert_eq!(settings.channel, "C0123456789");
    assert_eq!(settings.threshold, SignedDuration::from_hours(24));
    assert_eq!(settings.lookback, SignedDuration::from_mins(90));
}

#[test]
fn there_is_no_lookback_unless_it_is_set() {
    assert_eq!(
        read("MENDES_LOOKBACK", None).unwrap().lookback,
        SignedDuration::ZERO
    );
    assert_eq!(
        read("MENDES_LOOKBACK", Some("0h")).unwrap().lookback,
        SignedDuration::ZERO
    );
}

#[test]
fn a_missing_variable_is_named() {
    for name in ["MENDES_REPOSITORIES", "MENDES_CHANNEL", "MENDES_THRESHOLD"] {
        refuses(
            name,
            None,
            "is not set: write it under environment in the bot's function.yaml",
        );
        refuses(name, Some(" "), "such as");
    }
}

#[test]
fn a_malformed_variable_is_named() {
    for list in ["acme", "acme/*", "acme/web,,acme/api", "acme/web acme/api"] {
        refuses(
            "MENDES_REPOSITORIES",
            Some(list),
            "is not of the form owner/repository; separate names with commas",
        );
    }
    refuses(
        "MENDES_REPOSITORIES",
        Some("acme/web,Acme/Web"),
        "names Acme/Web twice",
    );
    for id in ["#reviews", "reviews", "c0123", "U0123456789", "C"] {
        refuses("MENDES_CHANNEL", Some(id), "is not a channel ID");
    }
    for text in ["24", "a day", "-1h", "0h", "30s"] {
        refuses(
            "MENDES_THRESHOLD",
            Some(text),
            "write hours and minutes such as 24h",
        );
    }
    for text in ["", "2", "-2h"] {
        refuses(
            "MENDES_LOOKBACK",
            Some(text),
            "write hours and minutes such as 24h",
        );
    }
}
