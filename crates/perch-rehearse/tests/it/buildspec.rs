//! What a buildspec may say: every refusal beside what is accepted.

use perch_rehearse::Buildspec;

const GOOD: &str = "version: 0.2\nphases:\n  build:\n    commands:\n      - make\n";

fn accept(text: &str) {
    if let Err(error) = Buildspec::parse("buildspec.yml", text) {
        panic!("{error:#}\n{text}");
    }
}

/// Refused, with all of these in the error.
fn refuse(text: &str, expected: &[&str]) {
    let error = Buildspec::parse("buildspec.yml", text).expect_err(text);
    let message = format!("{error:#}");
    for part in expected.iter().chain(&["buildspec.yml"]) {
        assert!(message.contains(part), "{message}\nlacks {part}");
    }
}

#[test]
fn all_that_is_documented_and_rehearsed() {
    accept(GOOD);
    accept(
        "\
version: 0.2
env:
  shell: bash
  git-credential-helper: no
  variables:
    JAVA_HOME: /usr/lib/jvm
    NUMBER: 8
  exported-variables:
    - PLAN_URL
phases:
  install:
    runtime-versions:
      python: 3.12
    on-failure: ABORT
    commands:
      - echo 'installs'
    finally:
      - echo done
  pre_build:
    commands: [echo]
  build:
    commands:
      - |
        if true; then
          make
        fi
  post_build:
    on-failure: CONTINUE
    commands: [echo]
reports:
  tests:
    files: ['**/*.xml']
    base-directory: target
    discard-paths: yes
    file-format: JUNITXML
artifacts:
  files: ['**/*']
  name: package
  discard-paths: no
  base-directory: dist
  exclude-paths: ['**/.git/**/*']
  enable-symlinks: yes
  secondary-artifacts:
    plan: { files: [production.tfplan], base-directory: . }
cache:
  paths: ['/root/.cargo/registry/**/*', 'target/**/*']
",
    );
}

#[test]
fn unknown_keys_are_named_with_their_line() {
    refuse(&format!("{GOOD}stages: {{}}\n"), &["stages", "line 6"]);
    refuse(&GOOD.replace("build:", "biuld:"), &["biuld", "line 3"]);
    refuse(
        &GOOD.replace("commands:", "command:"),
        &["command", "line 4"],
    );
    refuse(
        &format!("{GOOD}cache:\n  key: x\n  paths: [a]\n"),
        &["key", "line 7"],
    );
    refuse(
        &format!("{GOOD}artifacts:\n  files: [a]\n  s3-prefix: x\n"),
        &["s3-prefix", "line 8"],
    );
    refuse(
        &format!("{GOOD}env:\n  variable: {{}}\n"),
        &["variable", "line 7"],
    );
}

#[test]
fn values_of_another_type_and_other_versions() {
    refuse(&GOOD.replace("0.2", "0.1"), &["version is 0.1", "line 1"]);
    refuse(&GOOD.replace("- make", "- echo: make"), &["line 5"]);
    refuse(&GOOD.replace("\n      - make", " make"), &["line 4"]);
    refuse("phases: { build: { commands: [make] } }\n", &["version"]);
    refuse("version: 0.2\n", &["phases"]);
    refuse("version: 0.2\nphases: {}\n", &["phases is empty", "line 2"]);
    refuse(
        "version: 0.2\nphases:\n  build: { commands: [] }\n",
        &["phases.build has no commands"],
    );
    refuse("version: 0.2\nphases: [", &["line"]);
    refuse(&format!("{GOOD}version: 0.2\n"), &["version", "line 6"]);
}

#[test]
fn what_codebuild_knows_and_a_rehearsal_does_not() {
    refuse(
        &format!("{GOOD}run-as: me\n"),
        &["run-as", "but a rehearsal does not", "line 6"],
    );
    refuse(
        &format!("{GOOD}batch:\n  fast-fail: true\n"),
        &["batch", "but a rehearsal does not"],
    );
    refuse(
        &format!("{GOOD}proxy:\n  logs: yes\n"),
        &["proxy", "but a rehearsal does not"],
    );
    refuse(
        &format!("{GOOD}env:\n  parameter-store:\n    A: /a\n"),
        &["env.parameter-store"],
    );
    refuse(
        &format!("{GOOD}env:\n  secrets-manager:\n    A: a\n"),
        &["env.secrets-manager"],
    );
    refuse(
        &format!("{GOOD}env:\n  git-credential-helper: yes\n"),
        &["git-credential-helper"],
    );
    refuse(
        &GOOD.replace("    commands", "    on-failure: RETRY-2\n    commands"),
        &["RETRY-2", "but not by a rehearsal", "line 4"],
    );
}

#[test]
fn values_that_codebuild_would_not_take() {
    refuse(
        &GOOD.replace("    commands", "    on-failure: STOP\n    commands"),
        &["STOP is neither ABORT nor CONTINUE"],
    );
    refuse(
        &format!("{GOOD}env:\n  shell: zsh\n"),
        &["env.shell is zsh", "line 7"],
    );
    refuse(
        &format!("{GOOD}env:\n  variables:\n    CODEBUILD_X: x\n"),
        &["CODEBUILD_X", "line 8"],
    );
    refuse(
        &format!("{GOOD}env:\n  exported-variables: [AWS_SESSION_TOKEN]\n"),
        &["AWS_SESSION_TOKEN"],
    );
    refuse(
        &GOOD.replace(
            "    commands",
            "    runtime-versions: { python: 3.12 }\n    commands",
        ),
        &["only the install phase"],
    );
    refuse(
        "version: 0.2\nphases: { install: { runtime-versions: { rust: 1 } } }\n",
        &["runtime-versions.rust"],
    );
    refuse(
        &format!("{GOOD}reports:\n  tests: {{ files: [a], file-format: TAP }}\n"),
        &["reports.tests.file-format: TAP"],
    );
    refuse(
        &format!("{GOOD}artifacts: {{ discard-paths: maybe, files: [a] }}\n"),
        &["neither yes nor no"],
    );
    refuse(
        &format!("{GOOD}artifacts: {{ name: a }}\n"),
        &["artifacts.files is missing"],
    );
    refuse(
        &format!("{GOOD}artifacts: {{ files: ['a***'] }}\n"),
        &["a***"],
    );
}
