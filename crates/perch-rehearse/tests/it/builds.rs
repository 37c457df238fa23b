//! How a buildspec is run.

use perch_rehearse::pipeline::Status;

use crate::support::{Bed, build, log, stage, started};

struct Ran {
    status: Status,
    log: String,
    out: String,
}

/// Runs a buildspec as the only build of a pipeline that hands on an artifact.
async fn run(buildspec: &str, files: &[(&str, &str)]) -> Ran {
    let mut bed = Bed::start(&[stage(
        "Package",
        &[build("Package", "package", &["source"], &["package"])],
    )])
    .await;
    let files = [&[("buildspec.yml", buildspec)], files].concat();
    let execution = started(bed.push_files(&files).await);
    let (status, events) = bed.finished(&execution).await;
    let zips = walk(bed.path().join("pipeline/artifacts/perch/package"));
    let out = format!("{}{}", bed.out("out"), zips.join("\n"));
    Ran {
        status,
        log: log(&events),
        out,
    }
}

/// Names and modes in the one zip of a folder.
fn walk(folder: std::path::PathBuf) -> Vec<String> {
    let Some(Ok(zip)) = std::fs::read_dir(folder)
        .ok()
        .and_then(|mut entries| entries.next())
    else {
        return Vec::new();
    };
    let mut zip =
        zip::ZipArchive::new(std::fs::File::open(zip.path()).expect("a zip")).expect("a zip");
    let names = (0..zip.len()).map(|index| {
        let file = zip.by_index(index).expect("a file");
        format!(
            "{} {:o}",
            file.name().expect("a name"),
            file.unix_mode().unwrap_or_default() & 0o777
        )
    });
    names.collect()
}

#[tokio::test]
async fn commands_share_one_shell() {
    let ran = run(
        "\
version: 0.2
env:
  variables: { FROM: buildspec, OWN: buildspec }
phases:
  install:
    commands:
      - mkdir -p deep
      - cd deep
      - export KEPT=kept; loose=loose
      - hello() { echo \"hello from $1\"; }
  build:
    commands:
      - echo \"$(basename \"$PWD\") $KEPT $loose $FROM $OWN $TARGET $AWS_REGION $CODEBUILD_BUILD_SUCCEEDING\" >>\"$OUT/out\"
      - hello build >>\"$OUT/out\"
      - test -z \"${CARGO_MANIFEST_DIR:-}\"
      - test \"$CODEBUILD_SRC_DIR\" = \"$(dirname \"$PWD\")\"
      - test ! -e ../.git
artifacts: { files: [buildspec.yml] }
",
        &[],
    )
    .await;
    assert_eq!(ran.status, Status::Succeeded, "{}", ran.log);
    assert_eq!(
        ran.out,
        "deep kept loose project buildspec package ap-northeast-1 1\nhello from build\nbuildspec.yml 644"
    );
}

#[tokio::test]
async fn after_a_failed_build_come_finally_and_post_build() {
    let ran = run(
        "\
version: 0.2
phases:
  build:
    commands: [export A=1, exit 3, echo never >>\"$OUT/out\"]
    finally: [echo \"finally $A\" >>\"$OUT/out\"]
  post_build:
    commands: [echo \"post $CODEBUILD_BUILD_SUCCEEDING\" >>\"$OUT/out\"]
artifacts: { files: [buildspec.yml] }
",
        &[],
    )
    .await;
    assert_eq!(ran.status, Status::Failed);
    assert_eq!(ran.out, "finally 1\npost 0\nbuildspec.yml 644");
    assert!(
        ran.log.contains("Reason: exit status 3") && ran.log.contains("UPLOAD_ARTIFACTS succeeded"),
        "{}",
        ran.log
    );
}

#[tokio::test]
async fn abort_ends_the_build_and_finally_is_run_all_the_same() {
    let ran = run(
        "\
version: 0.2
phases:
  build:
    on-failure: ABORT
    commands: ['false']
    finally: [echo finally >>\"$OUT/out\"]
  post_build:
    commands: [echo post >>\"$OUT/out\"]
artifacts: { files: [buildspec.yml] }
",
        &[],
    )
    .await;
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (Status::Failed, "finally\n")
    );
}

#[tokio::test]
async fn a_failed_install_ends_the_build_unless_it_may_continue() {
    let spec = |on_failure: &str| {
        format!(
            "version: 0.2\nphases:\n  install:\n{on_failure}    commands: ['false']\n  build:\n    commands: [echo built >>\"$OUT/out\"]\nartifacts: {{ files: [none] }}\n"
        )
    };
    assert_eq!(run(&spec(""), &[]).await.out, "");
    let ran = run(&spec("    on-failure: CONTINUE\n"), &[]).await;
    assert_eq!((ran.status, ran.out.as_str()), (Status::Failed, "built\n"));
}

#[tokio::test]
async fn artifacts_are_what_the_patterns_match() {
    let ran = run(
        "\
version: 0.2
phases:
  build:
    commands: [mkdir -p dist/in .hidden, touch dist/a.zip dist/in/b.zip dist/in/skip .hidden/c, chmod 755 dist/a.zip]
artifacts:
  files: [dist/**/*, .hidden/*]
  exclude-paths: ['**/skip']
",
        &[("other", "")],
    )
    .await;
    assert_eq!(ran.status, Status::Succeeded, "{}", ran.log);
    assert_eq!(ran.out, ".hidden/c 644\ndist/a.zip 755\ndist/in/b.zip 644");
}

#[tokio::test]
async fn discarded_paths_leave_names() {
    let spec = "version: 0.2\nphases: { build: { commands: [mkdir -p dist/in, touch dist/in/b] } }\nartifacts: { files: ['**/*'], base-directory: dist, discard-paths: yes }\n";
    assert_eq!(run(spec, &[]).await.out, "b 644");
}

#[tokio::test]
async fn an_artifact_without_files_fails() {
    let ran = run(
        "version: 0.2\nphases: { build: { commands: ['true'] } }\nartifacts: { files: [none/*] }\n",
        &[],
    )
    .await;
    assert_eq!(ran.status, Status::Failed);
    assert!(
        ran.log
            .contains("no matching artifact paths found for package: none/*"),
        "{}",
        ran.log
    );
    let ran = run(
        "version: 0.2\nphases: { build: { commands: ['true'] } }\n",
        &[],
    )
    .await;
    assert!(
        ran.log
            .contains("the action has the output package, but the buildspec has no artifacts"),
        "{}",
        ran.log
    );
}
