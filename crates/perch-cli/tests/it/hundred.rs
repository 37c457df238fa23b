//! One hundred bots on one stage.

use crate::project::Project;

/// Fifty bots, every fifth with a schedule; their names are as long as each other's.
fn add_fifty(project: &Project, first: usize) {
    for number in first..first + 50 {
        let trigger = if number % 5 == 0 {
            "schedule: { cron: \"0 9 ? * MON-FRI *\", timezone: Asia/Tokyo }".to_owned()
        } else {
            format!("route: POST /bot-{number}")
        };
        project.add_bot(
            &format!("bot-{number}"),
            &format!("{trigger}\nsecrets:\n  SLACK_BOT_TOKEN: slack-bot-token\n"),
        );
    }
}

/// What an apply adds, changes and destroys, and the bytes of the state after it.
fn apply(project: &Project) -> ([usize; 3], usize) {
    let ran = project
        .offline(&["apply", "-auto-approve", "-input=false", "-no-color"])
        .succeeded();
    let line = ran
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("Apply complete! Resources: "))
        .expect("Terraform's closing line");
    let counts: Vec<usize> = line
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let state = project.offline(&["state", "pull"]).succeeded().stdout;
    (counts.try_into().expect("three counts"), state.len())
}

/// The second fifty are as large as the first: no bot's part of the state tells of the others.
#[test]
fn a_hundred_bots_apply_and_what_they_have_grows_with_their_number() {
    let project = Project::empty();
    add_fifty(&project, 100);
    let ([first, ..], half) = apply(&project);
    add_fifty(&project, 150);
    let (second, whole) = apply(&project);
    assert!(first > 50 * 5, "{first} resources are not fifty bots");
    assert!(
        second[0] <= first && second[1..] == [0, 0],
        "the first fifty took {first} resources, the others {second:?} added, changed and destroyed"
    );
    assert!(
        whole - half <= half + half / 100,
        "the state has {half} bytes for fifty bots, and {whole} for a hundred"
    );
    let ran = project
        .offline(&["plan", "-input=false", "-no-color"])
        .succeeded();
    assert!(ran.stdout.contains("No changes."), "{}", ran.stdout);
}
