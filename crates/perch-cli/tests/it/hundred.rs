//! One hundred bots on one stage.

use std::io::Write;
use std::time::Instant;

use crate::project::Project;

/// Generous: it catches what grows with the square of the bots, not a slow machine. The times are printed.
#[test]
fn a_hundred_bots_plan_and_apply() {
    let project = Project::empty();
    for number in 0..100 {
        let trigger = if number % 4 == 0 {
            "schedule: { cron: \"0 9 ? * MON-FRI *\", timezone: Asia/Tokyo }".to_owned()
        } else {
            format!("route: POST /bot-{number}")
        };
        project.add_bot(
            &format!("bot-{number}"),
            &format!("{trigger}\nsecrets:\n  SLACK_BOT_TOKEN: slack-bot-token\n"),
        );
    }
    let started = Instant::now();
    project.offline(&["plan", "-input=false"]).succeeded();
    let planned = started.elapsed();
    let started = Instant::now();
    let ran = project
        .offline(&["apply", "-auto-approve", "-input=false", "-no-color"])
        .succeeded();
    let applied = started.elapsed();
    let summary = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("Apply complete!"));
    // Past the test's capture, so that the times are seen when it passes.
    writeln!(
        std::io::stdout(),
        "100 bots: planned in {:.1} s, applied in {:.1} s. {}",
        planned.as_secs_f64(),
        applied.as_secs_f64(),
        summary.unwrap_or_default()
    )
    .expect("stdout is open");
    let ran = project
        .offline(&["plan", "-input=false", "-no-color"])
        .succeeded();
    assert!(ran.stdout.contains("No changes."), "{}", ran.stdout);
}
