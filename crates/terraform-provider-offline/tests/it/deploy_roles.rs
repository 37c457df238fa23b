//! What the pipeline's roles may do, judged on the pipeline as it is applied: all calls that a stage takes, and nothing of
//! another stage, the pipeline or themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use perch_aws::Judge;
use serde_json::{Value as Json, json};
use terraform_provider_offline::Options;

use crate::harness::{Ran, attached};
use crate::module::repository;

const APPLY: &[&str] = &["apply", "-auto-approve", "-input=false"];

const GITHUB: &[&str] = &[
    "-var=github_owner=acme",
    "-var=github_repository=bots",
    "-var=github_token=ghp_0123456789abcdefghijABCDEFGHIJ012345",
];

/// The Terraform of this repository and what it reads, in a folder of its own.
struct Checkout(tempfile::TempDir);

impl Checkout {
    fn new() -> Checkout {
        let checkout = Checkout(tempfile::tempdir().unwrap());
        copy(&repository().join("terraform"), &checkout.path("terraform"));
        copy(&repository().join("functions"), &checkout.path("functions"));
        for root in ["envs/production", "envs/staging", "pipeline"] {
            let backend = checkout.root(root).join("backend_override.tf");
            fs::write(backend, "terraform {\n  backend \"local\" {}\n}\n").unwrap();
        }
        fs::create_dir(checkout.path("dist")).unwrap();
        for bot in fs::read_dir(checkout.path("functions")).unwrap() {
            let name = bot.unwrap().file_name().into_string().unwrap();
            checkout.set_code(&name, "some code");
        }
        checkout
    }

    fn set_code(&self, bot: &str, code: &str) {
        let zip = self.path("dist").join(format!("{bot}.zip"));
        fs::write(zip, format!("PK {code} architecture=arm64")).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn root(&self, root: &str) -> PathBuf {
        self.path("terraform").join(root)
    }

    fn terraform(&self, root: &str, judge: Option<&Judge>, arguments: &[&str]) -> Ran {
        let options = Options {
            aws_dir: Some(self.path("kept")),
            judge: judge.cloned(),
            strict: false,
        };
        attached(options, &self.root(root), arguments)
    }

    /// Runs Terraform on a stage, with the pipeline's boundary as its builds have it.
    fn stage(&self, stage: &str, role: &str, arguments: &[&str]) -> Ran {
        let root = format!("envs/{stage}");
        if !self.root(&root).join(".terraform").exists() {
            let init = self.terraform(&root, None, &["init"]);
            assert!(init.success, "{}", init.text);
        }
        let boundary = format!("-var=permissions_boundary={}", boundary(stage));
        self.terraform(
            &root,
            Some(&judge(role)),
            &[arguments, &[&boundary]].concat(),
        )
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, path) = (entry.file_name(), entry.path());
        if entry.file_type().unwrap().is_dir() {
            if name != ".terraform" {
                copy(&path, &to.join(name));
            }
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// The pipeline's state, applied once in a process.
fn pipeline() -> &'static Json {
    static STATE: OnceLock<Json> = OnceLock::new();
    STATE.get_or_init(|| {
        let checkout = Checkout::new();
        let run = |arguments: &[&str]| {
            let ran = checkout.terraform("pipeline", None, arguments);
            assert!(ran.success, "{}", ran.text);
            ran
        };
        run(&["init"]);
        run(&[APPLY, GITHUB].concat());
        serde_json::from_str(&run(&["show", "-json"]).stdout).unwrap()
    })
}

fn judge(role: &str) -> Judge {
    Judge::of_state(pipeline(), &format!("perch-{role}"), "build").unwrap()
}

/// A bot's role of a stage that may do all that the stage's boundary lets it.
fn bot(stage: &str) -> Judge {
    let mut state = pipeline().clone();
    let name = format!("perch-{stage}-tryo");
    let statement = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}).to_string();
    let role = json!({"mode": "managed", "address": "aws_iam_role.bot", "type": "aws_iam_role", "values": {
        "name": name,
        "arn": format!("arn:aws:iam::123456789012:role/{name}"),
        "assume_role_policy": statement,
        "inline_policy": [{"name": "all", "policy": statement}],
        "permissions_boundary": boundary(stage),
    }});
    let root = &mut state["values"]["root_module"];
    if root["resources"].is_null() {
        root["resources"] = json!([]);
    }
    root["resources"].as_array_mut().unwrap().push(role);
    Judge::of_state(&state, &name, "tryo").unwrap()
}

fn boundary(stage: &str) -> String {
    let boundaries = &pipeline()["values"]["outputs"]["boundaries"]["value"];
    boundaries[stage].as_str().unwrap().to_owned()
}

/// A call that a role wants to make.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Wanted {
    action: String,
    resource: String,
    context: Vec<(String, String)>,
}

impl Wanted {
    /// `action resource`, and condition keys as `key=value`.
    fn read(line: &str) -> Wanted {
        let mut words = line.split_whitespace().map(str::to_owned);
        Wanted {
            action: words.next().unwrap(),
            resource: words.next().unwrap(),
            context: words
                .map(|word| {
                    let (key, value) = word.split_once('=').unwrap();
                    (key.to_owned(), value.to_owned())
                })
                .collect(),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action, self.resource)?;
        self.context
            .iter()
            .try_for_each(|(key, value)| write!(f, " {key}={value}"))
    }
}

fn split(role: &Judge, wanted: impl IntoIterator<Item = Wanted>) -> (Vec<String>, Vec<String>) {
    let (mut allowed, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for call in wanted {
        match role.may(&call.action, &call.resource, &call.context) {
            Ok(()) => allowed.insert(call.to_string()),
            Err(_) => refused.insert(call.to_string()),
        };
    }
    (allowed.into_iter().collect(), refused.into_iter().collect())
}

fn none() -> Vec<String> {
    Vec::new()
}

fn may_all(role: &Judge, wanted: impl IntoIterator<Item = Wanted>) {
    assert_eq!(
        split(role, wanted).1,
        none(),
        "refused to {}",
        role.principal()
    );
}

fn may_none(role: &Judge, wanted: impl IntoIterator<Item = Wanted>) {
    assert_eq!(
        split(role, wanted).0,
        none(),
        "allowed to {}",
        role.principal()
    );
}

fn lines(text: &str) -> Vec<Wanted> {
    text.trim().lines().map(Wanted::read).collect()
}

/// The calls that calls.json lists for a stage, with its examples.
#[derive(Default)]
struct Listed {
    read: Vec<Wanted>,
    write: Vec<Wanted>,
    /// What no role may.
    refused: Vec<Wanted>,
}

impl Listed {
    fn of(stage: &str) -> Listed {
        let path = repository().join("terraform/modules/pipeline/calls.json");
        let list: Json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let everywhere = BTreeMap::from([
            ("account", "123456789012".to_owned()),
            ("boundary", boundary(stage)),
            ("partition", "aws".to_owned()),
            ("region", "ap-northeast-1".to_owned()),
            ("stage", stage.to_owned()),
            ("state_bucket", "perch-state-123456789012".to_owned()),
        ]);
        let mut listed = Listed::default();
        for of_type in ["resources", "data_sources", "commands"]
            .iter()
            .flat_map(|group| list[group].as_object().unwrap().values())
        {
            let once = vec![json!({})];
            for example in of_type["examples"].as_array().unwrap_or(&once) {
                let mut values = everywhere.clone();
                for (name, value) in example.as_object().unwrap() {
                    values.insert(name, fill(value.as_str().unwrap(), &everywhere));
                }
                for call in of_type["calls"].as_array().unwrap() {
                    listed.add(call, &values);
                }
            }
        }
        listed
    }

    fn add(&mut self, call: &Json, values: &BTreeMap<&str, String>) {
        let context = call["context"].as_object().into_iter().flatten();
        let context: Vec<(String, String)> = context
            .map(|(key, value)| (key.clone(), fill(value.as_str().unwrap(), values)))
            .collect();
        for (operation, actions) in call.as_object().unwrap() {
            if ["on", "context", "when", "refused"].contains(&operation.as_str()) {
                continue;
            }
            let wanted = actions.as_array().unwrap().iter().map(|action| Wanted {
                action: action.as_str().unwrap().to_owned(),
                resource: fill(call["on"].as_str().unwrap(), values),
                context: context.clone(),
            });
            match (call["refused"] == true, operation.as_str()) {
                (true, _) => self.refused.extend(wanted),
                (false, "read") => self.read.extend(wanted),
                (false, _) => self.write.extend(wanted),
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = Wanted> {
        self.read.iter().chain(&self.write).cloned()
    }
}

/// A text with what stands in braces filled in. An example that lacks a name would judge nothing real.
fn fill(text: &str, values: &BTreeMap<&str, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap();
        let value = values
            .get(name)
            .unwrap_or_else(|| panic!("no example has {name:?}, of {text:?}"));
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled + rest
}

fn a_deploy_role_may_make_all_calls_of_its_stage() {
    for stage in ["production", "staging"] {
        let listed = Listed::of(stage);
        assert!(listed.read.len() >= 40 && listed.write.len() >= 110);
        let role = judge(&format!("deploy-{stage}"));
        may_all(&role, listed.all());
        may_none(&role, listed.refused);
    }
}

fn a_plan_role_may_read_and_no_more() {
    let listed = Listed::of("production");
    let role = judge("plan-production");
    may_all(&role, listed.read.clone());
    may_none(&role, listed.write);
    may_none(&role, listed.refused);
}

/// What AWS allows for all resources or none, and what is no stage's.
const UNSCOPED_READS: &str = "
logs:DescribeLogGroups arn:aws:logs:ap-northeast-1:123456789012:log-group::log-stream:
s3:ListBucket arn:aws:s3:::perch-state-123456789012
s3:ListBucket arn:aws:s3:::perch-state-123456789012 s3:prefix=env:/
ssm:DescribeParameters *
";

const UNSCOPED_WRITES: &str = "
iam:CreateServiceLinkedRole arn:aws:iam::123456789012:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway iam:AWSServiceName=ops.apigateway.amazonaws.com
logs:CreateLogDelivery *
logs:DeleteLogDelivery *
logs:DescribeResourcePolicies *
logs:GetLogDelivery *
logs:ListLogDeliveries *
logs:PutResourcePolicy *
logs:UpdateLogDelivery *
";

fn names(texts: &[&str]) -> Vec<String> {
    let calls: BTreeSet<String> = texts
        .iter()
        .flat_map(|text| lines(text))
        .map(|call| call.to_string())
        .collect();
    calls.into_iter().collect()
}

fn no_role_reaches_another_stage() {
    let (staging, production) = (Listed::of("staging"), Listed::of("production"));
    let unscoped = names(&[UNSCOPED_READS, UNSCOPED_WRITES]);
    let allowed = |role: &str, listed: &Listed| split(&judge(role), listed.all()).0;
    assert_eq!(allowed("deploy-staging", &production), unscoped);
    assert_eq!(allowed("deploy-production", &staging), unscoped);
    assert_eq!(
        allowed("plan-production", &staging),
        names(&[UNSCOPED_READS])
    );
    // What is pushed, before anybody looked.
    assert_eq!(allowed("package", &staging), none());
    assert_eq!(allowed("package", &production), none());
}

/// Each call that provider 5.46 was seen to make for a stage is listed, and a deploy role may make it.
fn what_the_oldest_provider_was_seen_to_call_is_allowed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/aws-5.46-calls-seen.json");
    let seen: Json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let role = judge("deploy-staging");
    let listed: Vec<Wanted> = Listed::of("staging").all().collect();
    let mut unlisted = Vec::new();
    for call in seen["calls"].as_array().unwrap() {
        let call = call.as_str().unwrap();
        // Anybody may: "No permissions are required to perform this operation" (STS API reference).
        if call == "sts:GetCallerIdentity" {
            continue;
        }
        let (action, resource) = seen_call(call);
        let matching = listed.iter().filter(|wanted| {
            wanted.action == action && resource.as_ref().is_none_or(|on| wanted.resource == *on)
        });
        let matching: Vec<Wanted> = matching.cloned().collect();
        if matching.is_empty() {
            unlisted.push(call);
        }
        may_all(&role, matching);
    }
    assert_eq!(unlisted, Vec::<&str>::new());
}

/// The action of a call that was seen; of calls that are seen as HTTP requests, the resource as well.
fn seen_call(call: &str) -> (String, Option<String>) {
    let Some((call, path)) = call.split_once(' ') else {
        return (call.to_owned(), None);
    };
    let path = path.trim();
    if let Some(method) = call.strip_prefix("s3:") {
        let resource = format!("arn:aws:s3:::{}", path.trim_start_matches('/'));
        let action = match (method, path.matches('/').count()) {
            ("GET", 1) => "ListBucket",
            ("GET" | "HEAD", _) => "GetObject",
            ("PUT", _) => "PutObject",
            ("DELETE", _) => "DeleteObject",
            other => panic!("{other:?}"),
        };
        return (format!("s3:{action}"), Some(resource));
    }
    let path = path
        .trim_start_matches("/v2")
        .replace("%24", "$")
        .replacen("/apis/ID", "/apis/a1b2c3d4e5", 1)
        .replace("/routes/ID", "/routes/j9k0l1m")
        .replace("/integrations/ID", "/integrations/f6g7h8i");
    let resource = format!("arn:aws:apigateway:ap-northeast-1::{path}");
    (call.to_owned(), Some(resource))
}

fn a_deploy_role_reaches_neither_the_pipeline_nor_secrets_nor_wider_roles() {
    may_none(
        &judge("deploy-staging"),
        lines(include_str!("../data/deploy-role-refused.txt")),
    );
    // The nearest things that it may.
    may_all(
        &judge("deploy-staging"),
        lines(include_str!("../data/deploy-role-allowed.txt")),
    );
}

fn no_build_reads_the_pipelines_state() {
    for role in [
        "package",
        "deploy-staging",
        "plan-production",
        "deploy-production",
    ] {
        may_none(
            &judge(role),
            lines(
                "
s3:GetObject arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate
s3:GetObjectVersion arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate
s3:PutObject arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate
codepipeline:GetPipeline arn:aws:codepipeline:ap-northeast-1:123456789012:perch
codepipeline:ListWebhooks *
codestar-connections:UseConnection arn:aws:codestar-connections:ap-northeast-1:123456789012:connection/01234567-89ab-4def-8123-456789abcdef
",
            ),
        );
    }
}

/// The boundary lets a stage's roles do what modules/function and modules/schedule give them, and no more.
fn a_bounded_role_does_a_bots_work_in_its_stage() {
    may_all(
        &bot("staging"),
        lines(
            "
logs:CreateLogStream arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-tryo:log-stream:2026/01/05/[7]abc
logs:PutLogEvents arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/perch-staging-tryo:log-stream:2026/01/05/[7]abc
ssm:GetParameters arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/staging/tryo/slack-signing-secret
lambda:InvokeFunction arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo:live
sqs:SendMessage arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-tryo-failed
kms:Decrypt arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef kms:ViaService=ssm.ap-northeast-1.amazonaws.com
",
        ),
    );
    may_none(
        &bot("staging"),
        lines(
            "
ssm:GetParameters arn:aws:ssm:ap-northeast-1:123456789012:parameter/perch/production/slack-bot-token
ssm:GetParameters arn:aws:ssm:ap-northeast-1:123456789012:parameter/other/secret
lambda:InvokeFunction arn:aws:lambda:ap-northeast-1:123456789012:function:perch-production-tryo:live
sqs:SendMessage arn:aws:sqs:ap-northeast-1:123456789012:perch-production-tryo-failed
lambda:UpdateFunctionCode arn:aws:lambda:ap-northeast-1:123456789012:function:perch-staging-tryo
s3:GetObject arn:aws:s3:::perch-state-123456789012/pipeline/terraform.tfstate
iam:PassRole arn:aws:iam::123456789012:role/perch-staging-tryo
sts:AssumeRole arn:aws:iam::123456789012:role/perch-deploy-production
kms:Decrypt arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef
kms:Decrypt arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef kms:ViaService=s3.ap-northeast-1.amazonaws.com
",
        ),
    );
}

/// In one test, for one apply of the pipeline.
#[test]
fn the_applied_pipelines_roles_may_do_their_work_and_no_more() {
    a_deploy_role_may_make_all_calls_of_its_stage();
    a_plan_role_may_read_and_no_more();
    no_role_reaches_another_stage();
    what_the_oldest_provider_was_seen_to_call_is_allowed();
    a_deploy_role_reaches_neither_the_pipeline_nor_secrets_nor_wider_roles();
    no_build_reads_the_pipelines_state();
    a_bounded_role_does_a_bots_work_in_its_stage();
}

/// Every resource that a stage is made of, made, changed and deleted under the roles that the pipeline gives its builds.
#[test]
fn a_stage_lives_and_goes_under_its_deploy_role() {
    let checkout = Checkout::new();
    let staging = |arguments: &[&str]| {
        let ran = checkout.stage("staging", "deploy-staging", arguments);
        assert!(ran.success, "{}", ran.text);
        ran
    };
    staging(&[APPLY, &["-var=alarm_emails=[\"a@example.com\"]"]].concat());
    checkout.set_code("tryo", "other code");
    let changed = staging(&[APPLY, &["-var=log_retention_days=7"]].concat());
    assert!(
        changed.text.contains(" changed, 1 destroyed"),
        "{}",
        changed.text
    );

    for role in ["plan-production", "deploy-production"] {
        checkout.stage("staging", role, &["plan"]).refused(
            "is not authorized to perform: sqs:GetQueueAttributes on resource: \
             arn:aws:sqs:ap-northeast-1:123456789012:perch-staging-tryo-failed",
        );
    }
    staging(&["destroy", "-auto-approve"]);
}

#[test]
fn production_is_planned_and_applied_by_two_roles() {
    let checkout = Checkout::new();
    let run = |role: &str, arguments: &[&str]| checkout.stage("production", role, arguments);
    run("deploy-staging", APPLY).refused("creating IAM Role (perch-production-");
    run("plan-production", APPLY).refused("creating IAM Role (perch-production-");
    let ran = run("deploy-production", APPLY);
    assert!(ran.success, "{}", ran.text);

    checkout.set_code("mendes", "other code");
    let ran = run("plan-production", &["plan", "-out=next.tfplan"]);
    assert!(ran.success, "{}", ran.text);
    let apply = |role: &str| {
        let judge = judge(role);
        checkout.terraform("envs/production", Some(&judge), &["apply", "next.tfplan"])
    };
    apply("plan-production").refused("lambda:UpdateFunctionCode");
}
