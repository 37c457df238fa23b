//! The texts, where there is much to tell.

use jiff::SignedDuration;

use super::*;
use crate::digest::{Digest, Failed, Found, Waiting};

fn digest(repositories: usize, pulls: u64) -> Digest {
    let waiting = |number: u64| Waiting {
        pull: serde_json::from_value(pull(number, "2026-01-08T06:02:00Z")).unwrap(),
        since: "2026-01-08T06:02:00Z".parse().unwrap(),
        lasted: SignedDuration::from_hours(26),
    };
    let found = |n: usize| Found {
        repository: format!("perch-demo/repository-{n}").parse().unwrap(),
        waiting: (1..=pulls).map(waiting).collect(),
    };
    let failed = Failed {
        repository: "perch-demo/gone".parse().unwrap(),
        reason: "<it> is gone".to_owned(),
    };
    Digest {
        threshold: SignedDuration::from_hours(24),
        found: (0..repositories).map(found).collect(),
        failed: vec![failed],
        no_lookback: None,
    }
}

#[test]
fn one_is_told_in_the_singular() {
    let text = digest(1, 1).text();
    assert!(
        text.starts_with("*1 pull request has waited for a review for more than 1 day*"),
        "{text}"
    );
    assert!(
        text.contains("Could not look at perch-demo/gone: &lt;it&gt; is gone"),
        "{text}"
    );
}

#[test]
fn many_in_a_repository_are_cut_in_the_message_and_told_in_the_thread() {
    let digest = digest(1, 60);
    let text = digest.text();
    assert!(text.ends_with("|#10> and 50 more"), "{text}");
    let replies = digest.replies();
    assert!(replies.len() > 1 && replies.iter().all(|reply| reply.len() <= 3_500));
    assert!(
        replies
            .iter()
            .all(|reply| reply.starts_with("*perch-demo/repository-0*\n"))
    );
    assert_eq!(
        replies
            .iter()
            .map(|reply| reply.matches("\n• ").count())
            .sum::<usize>(),
        60
    );
}

#[test]
fn many_repositories_are_cut_in_the_message_and_told_in_the_thread() {
    let digest = digest(60, 2);
    let text = digest.text();
    assert!(
        text.len() < 3_600 && text.contains("perch-demo/gone"),
        "what failed is not cut"
    );
    let told = text.matches("\n• ").count();
    assert!(
        text.ends_with(&format!("\n… and {} more in the thread", 60 - told)),
        "{text}"
    );
    assert_eq!(digest.replies().len(), 60);
}
