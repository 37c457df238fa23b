//! A whole rehearsal: the project's own Terraform, with a bot that is small enough to need no compiler.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use perch_loopback as loopback;
use perch_rehearse::pipeline::{Decision, Event};
use perch_rehearse::{Answers, Options, Person, Report, Seen};

use crate::support::git;

/// The exported variables are those that the pipeline's approval shows.
const BUILDSPEC: &str = "\
version: 0.2
env:
  exported-variables: [PLAN_URL, PLAN_SUMMARY]
phases:
  build:
    on-failure: ABORT
    commands:
      - . ./targets.sh
artifacts:
  files: ['**/*']
  exclude-paths: ['**/.terraform/**/*']
";

/// What the targets of the project's Makefile do, without the project's command.
const TARGETS: &str = r#"
root=terraform/envs/${STAGE:-none}
for target in $TARGET; do
  case $target in
  test) test -n "$CODEBUILD_BUILD_ID" || return 1 ;;
  package) python3 package.py || return 1 ;;
  plan)
    terraform -chdir=$root init -input=false -no-color -backend-config=bucket=$PERCH_STATE_BUCKET || return 1
    terraform -chdir=$root plan -input=false -no-color -out=plan.tfplan -detailed-exitcode
    case $? in 0) changes="no change" ;; 2) changes="changes" ;; *) return 1 ;; esac
    export PLAN_URL=https://example.com/plan PLAN_SUMMARY="a plan of $STAGE: $changes"
    ;;
  apply)
    # As a command that takes out what attaches a provider.
    unset TF_REATTACH_PROVIDERS
    if [ -n "${CODEBUILD_SRC_DIR_plan:-}" ]; then cp "$CODEBUILD_SRC_DIR_plan/$root/plan.tfplan" $root/; plan=plan.tfplan; else plan=; fi
    terraform -chdir=$root init -input=false -no-color -backend-config=bucket=$PERCH_STATE_BUCKET || return 1
    terraform -chdir=$root apply -input=false -no-color -auto-approve $plan || return 1
    ;;
  smoke) python3 smoke.py || return 1 ;;
  esac
done
"#;

const PACKAGE: &str = r##"
import os, platform, zipfile
answer = open("functions/hello/answer.txt").read().strip()
bootstrap = """#!/usr/bin/python3
import json, os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    event = urllib.request.urlopen(base + "next")
    body = json.dumps({"statusCode": 200, "body": %r}).encode()
    urllib.request.urlopen(base + event.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", body)
""" % answer
os.makedirs("dist", exist_ok=True)
info = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
info.external_attr = 0o755 << 16
with zipfile.ZipFile("dist/hello.zip", "w") as archive:
    archive.writestr(info, bootstrap)
    archive.comment = b"architecture=" + {"aarch64": b"arm64"}.get(platform.machine(), b"x86_64")
"##;

/// The APIs that a smoke test calls: Invoke, GetAlias, UpdateAlias, GetCallerIdentity, DescribeParameters.
const SMOKE: &str = r##"
import datetime, hashlib, hmac, json, os, urllib.error, urllib.request
stage = os.environ["STAGE"]
def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
def call(service, path, method="POST", body="", **headers):
    base = os.environ["AWS_ENDPOINT_URL_" + service.upper()]
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers.update({"host": base.split("//")[1], "x-amz-date": now, "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"]})
    names = ";".join(sorted(headers))
    query = path.partition("?")[2]
    canonical = [method, path.partition("?")[0].replace("%", "%25").replace(":", "%3A"), query]
    canonical += ["%s:%s" % (name, headers[name]) for name in sorted(headers)]
    canonical += ["", names, hashlib.sha256(body.encode()).hexdigest()]
    scope = "/".join([now[:8], os.environ["AWS_REGION"], service, "aws4_request"])
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = sign(key, part)
    signature = sign(key, "\n".join(["AWS4-HMAC-SHA256", now, scope, digest])).hex()
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        os.environ["AWS_ACCESS_KEY_ID"], scope, names, signature)
    request = urllib.request.Request(base + path, body.encode() if body else None, headers, method=method)
    return urllib.request.urlopen(request).read().decode()
def function(stage):
    return "/2015-03-31/functions/perch-%s-hello" % stage
wanted = open("functions/hello/answer.txt").read().strip()
answer = json.loads(call("lambda", function(stage) + ":live/invocations", body="{}", **{"content-type": "application/json"}))["body"]
assert answer == wanted, (answer, wanted)
alias = function(stage) + "/aliases/live"
version = json.loads(call("lambda", alias, "GET"))["FunctionVersion"]
if version == "2":
    call("lambda", alias, "PUT", '{"FunctionVersion":"1"}', **{"content-type": "application/json"})
    assert json.loads(call("lambda", alias, "GET"))["FunctionVersion"] == "1"
    call("lambda", alias, "PUT", '{"FunctionVersion":"2"}', **{"content-type": "application/json"})
form = {"content-type": "application/x-www-form-urlencoded"}
identity = call("sts", "/", body="Action=GetCallerIdentity&Version=2011-06-15", **form)
assert ":assumed-role/perch-deploy-%s/AWSCodeBuild-" % stage in identity, identity
names = call("ssm", "/", body="{}", **{"content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.DescribeParameters"})
assert "/perch/staging/token" in names and "value" not in names, names
# What belongs to the other stage is out of reach.
other = {"staging": "production", "production": "staging"}[stage]
try:
    call("lambda", function(other) + "/aliases/live", "GET")
    raise AssertionError("the other stage answered")
except urllib.error.HTTPError as error:
    refused = error.read().decode()
    assert "assumed-role/perch-deploy-%s/" % stage in refused, refused
    assert "because no identity-based policy allows the lambda:GetAlias action" in refused, refused
"##;

struct Reviewer {
    decision: Decision,
    seen: Mutex<Vec<String>>,
}

impl Reviewer {
    fn seen(&self) -> String {
        self.seen.lock().expect("no panic").join("\n")
    }
}

impl Person for Reviewer {
    fn see(&self, seen: &Seen) {
        let mut all = self.seen.lock().expect("no panic");
        all.push(seen.to_string());
    }

    fn secrets(&self, stage: &str, checkout: &Path) -> Result<BTreeMap<String, String>> {
        assert!(checkout.join("functions/hello/answer.txt").is_file());
        let token = (format!("/perch/{stage}/token"), "value".to_owned());
        Ok([token].into())
    }

    async fn approve(&self, _: &Event, answers: &Answers) -> Result<Decision> {
        Ok(match answers.production {
            None => Decision::Approved,
            Some(_) => self.decision,
        })
    }

    async fn ask(&self, _: &str, running: &perch_local::Stage) -> Result<String> {
        let (_, local) = running.apis().pop_first().context("no API")?;
        let answer = loopback::client()
            .expect("a client")
            .post(format!("{local}/hello"))
            .send()
            .await?;
        Ok(answer.text().await?)
    }
}

/// A repository with the project's Terraform and a bot that says what its `answer.txt` says.
fn project(folder: &Path, edit: impl FnOnce(&Path)) -> PathBuf {
    let project = folder.join("project");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../terraform");
    for name in ["modules", "envs/staging", "envs/production", "pipeline"] {
        copy(&own.join(name), &project.join("terraform").join(name));
    }
    let declaration = "description: Says something\nroute: POST /hello\n";
    let files = [
        ("buildspec.yml", BUILDSPEC),
        ("targets.sh", TARGETS),
        ("package.py", PACKAGE),
        ("smoke.py", SMOKE),
        ("functions/hello/function.yaml", declaration),
        ("functions/hello/answer.txt", "one\n"),
    ];
    for (name, text) in files {
        let path = project.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    edit(&project);
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "first"]);
    project
}

/// No tests, no lock files, nothing of `.terraform`.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the project's Terraform") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_owned();
        let hidden = name.to_string_lossy().starts_with('.');
        if path.is_dir() && name != "tests" && !hidden {
            copy(&path, &to.join(&name));
        } else if path.is_file() && !hidden {
            fs::copy(&path, to.join(&name)).expect("a copy");
        }
    }
}

const ANSWER: (&str, &str) = ("functions/hello/answer.txt", "two\n");

async fn rehearse(
    decision: Decision,
    change: (&'static str, &'static str),
) -> (Result<Report>, String) {
    rehearse_with(|_| {}, decision, change).await
}

/// The same with something changed in the project's Terraform before it is committed.
async fn rehearse_with(
    edit: impl FnOnce(&Path),
    decision: Decision,
    change: (&'static str, &'static str),
) -> (Result<Report>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        project: project(folder.path(), edit),
        folder: folder.path().join("rehearse"),
        prebuilt: None,
        terraform: "terraform".into(),
        build_environment: Default::default(),
        function_environment: Default::default(),
    };
    let reviewer = Reviewer {
        decision,
        seen: Mutex::default(),
    };
    let write = |clone: &Path| Ok(fs::write(clone.join(change.0), change.1)?);
    let result = perch_rehearse::run(options, &reviewer, write).await;
    (result, reviewer.seen())
}

fn answers(staging: &str, production: &str) -> Answers {
    Answers {
        staging: Some(staging.to_owned()),
        production: Some(production.to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_answers_on_staging_before_its_approval_and_on_production_after() {
    let (report, seen) = rehearse(Decision::Approved, ANSWER).await;
    let report = report.unwrap_or_else(|error| panic!("{error:#}\n{seen}"));
    assert_eq!(report.before, answers("one", "one"));
    assert_eq!(report.at_approval, answers("two", "one"));
    assert_eq!(report.after, answers("two", "two"));
    assert!(seen.contains("a plan of production: changes"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_ends_the_rehearsal() {
    let (report, seen) = rehearse(Decision::Rejected, ANSWER).await;
    let error = report.expect_err("a rejection");
    assert_eq!(
        format!("{error:#}"),
        "the approval was rejected; production is as it was"
    );
    assert!(
        seen.contains("Production/Approve failed: rejected")
            && seen.ends_with(&answers("two", "one").to_string()),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_changes_no_bot_plans_no_change() {
    let (report, seen) = rehearse(Decision::Approved, ("README.md", "more\n")).await;
    let error = report.expect_err("nothing to compare");
    assert_eq!(
        format!("{error:#}"),
        "the change is on staging, but the reply has not changed"
    );
    assert!(seen.contains("a plan of production: no change"), "{seen}");
}

/// Takes a right out of a module of the deploy roles.
fn without(project: &Path, module: &str, right: &str) {
    let path = project
        .join("terraform/modules/pipeline")
        .join(module)
        .join("main.tf");
    let text = fs::read_to_string(&path).expect("the module");
    let changed = text.replacen(&format!("\"{right}\","), "", 1);
    assert_ne!(text, changed, "{right} is in {module}");
    fs::write(path, changed).expect("the module");
}

/// What a person saw when a deploy role lacks a right: the rehearsal ends before anything is shipped.
async fn refused(module: &'static str, right: &'static str) -> String {
    let edit = |project: &Path| without(project, module, right);
    let (report, seen) = rehearse_with(edit, Decision::Approved, ANSWER).await;
    let error = format!("{:#}", report.expect_err("a refusal"));
    assert!(
        error.starts_with("what is committed could not be shipped"),
        "{error}\n{seen}"
    );
    // Terraform breaks its lines and frames them.
    let plain = seen.replace(['│', '\n'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

const DEPLOY_OF_STAGING: &str = "User: arn:aws:sts::123456789012:assumed-role/perch-deploy-staging/AWSCodeBuild-perch-deploy-staging";

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_that_a_deploy_role_may_not_make_fails_the_rehearsal_at_that_call() {
    let seen = refused("writer", "lambda:CreateAlias").await;
    let words = format!(
        "{DEPLOY_OF_STAGING} is not authorized to perform: lambda:CreateAlias on resource: \
         arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-hello"
    );
    assert!(seen.contains(&words), "{words}\n{seen}");
    let why = "because no identity-based policy allows the lambda:CreateAlias action";
    assert!(seen.contains(why), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_a_deploy_role_may_not_release_fails_the_rehearsal_at_that_call() {
    let seen = refused("reader", "s3:DeleteObject").await;
    let words = format!(
        "{DEPLOY_OF_STAGING} is not authorized to perform: s3:DeleteObject on resource: \
         \"arn:aws:s3:::perch-state-123456789012/staging/terraform.tfstate.tflock\""
    );
    assert!(seen.contains(&words), "{words}\n{seen}");
}
