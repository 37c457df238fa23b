//! Sample data: an organisation with two repositories, whose pull requests are as old as a real team's.

use jiff::{SignedDuration, Timestamp};

use super::model::{Happened, Pull, Repository};

/// `perch-demo/web` and `perch-demo/api`, as they would look at `now`.
///
/// The members hanako, taro, sora and yuki have the same names in the Slack double. In `web`: 38 closed, 41 merged,
/// 42 waiting for sora since yesterday, 43 a draft, 44 by a bot with checks still running, 45 fresh. In `api`: 7
/// failing and waiting for three days, 8 approved, 9 that nobody was asked to review.
pub fn repositories(now: Timestamp) -> Vec<Repository> {
    let ago = |hours: i64| now - SignedDuration::from_hours(hours);
    vec![
        repository(5001, "web", web(ago)),
        repository(5002, "api", api(ago)),
    ]
}

fn repository(id: u64, name: &str, pulls: Vec<Pull>) -> Repository {
    Repository {
        id,
        owner: "perch-demo".to_owned(),
        name: name.to_owned(),
        collaborators: ["hanako", "taro", "sora", "yuki"]
            .map(str::to_owned)
            .to_vec(),
        pulls,
    }
}

fn asked(login: &str) -> Happened {
    Happened::ReviewRequested(login.to_owned())
}

fn reviewed(state: &str) -> Happened {
    Happened::Reviewed(state.to_owned())
}

fn web(ago: impl Fn(i64) -> Timestamp) -> Vec<Pull> {
    vec![
        Pull::new(38, "Try another font", "sora", ago(400))
            .size(4, 4, 1)
            .closed(ago(330), false),
        Pull::new(41, "Show prices with tax", "yuki", ago(120))
            .size(61, 20, 7)
            .check("test", Some("success"))
            .then(ago(119), "yuki", asked("hanako"))
            .then(ago(70), "hanako", reviewed("APPROVED"))
            .closed(ago(69), true),
        Pull::new(42, "Let people pay with PayPay", "taro", ago(74))
            .size(348, 57, 14)
            .check("test", Some("success"))
            .check("lint", Some("success"))
            .check("docs", Some("skipped"))
            .then(
                ago(75),
                "taro",
                Happened::Committed("Add PayPay".to_owned()),
            )
            .then(ago(72), "taro", Happened::ConvertedToDraft)
            .then(ago(50), "taro", Happened::ReadyForReview)
            .then(
                ago(50),
                "taro",
                Happened::TeamReviewRequested("web".to_owned()),
            )
            .then(ago(30), "sora", reviewed("COMMENTED"))
            .then(ago(26), "taro", asked("sora")),
        Pull::new(43, "WIP: faster product search", "yuki", ago(52))
            .size(90, 12, 5)
            .draft(),
        Pull::new(
            44,
            "fix(deps): update rust crate tokio to 1.54",
            "renovate[bot]",
            ago(15),
        )
        .size(2, 2, 2)
        .check("test", None)
        .check("lint", Some("success"))
        .then(ago(14), "renovate[bot]", asked("yuki")),
        Pull::new(
            45,
            "Escape names in the \"thank you\" mail <& friends>",
            "hanako",
            ago(2),
        )
        .size(9, 2, 2)
        .check("test", Some("success"))
        .then(ago(2), "hanako", asked("taro"))
        .then(ago(2), "hanako", asked("yuki")),
    ]
}

fn api(ago: impl Fn(i64) -> Timestamp) -> Vec<Pull> {
    vec![
        Pull::new(
            7,
            "Answer 409 when an order was changed meanwhile",
            "sora",
            ago(96),
        )
        .size(120, 31, 6)
        .check("test", Some("failure"))
        .check("lint", Some("success"))
        .then(ago(80), "sora", asked("taro"))
        .then(ago(60), "yuki", reviewed("CHANGES_REQUESTED")),
        Pull::new(8, "Log the request id", "hanako", ago(48))
            .size(14, 0, 3)
            .check("test", Some("success"))
            .then(ago(47), "hanako", asked("yuki"))
            .then(ago(40), "yuki", reviewed("APPROVED")),
        Pull::new(9, "Delete the old export", "taro", ago(30)).size(0, 812, 21),
    ]
}
