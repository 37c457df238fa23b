//! CodeBuild, CodePipeline and their connection to GitHub.

use crate::checks::Check::{self, Arn, Length, Matches, OneOf, Range};
use crate::checks::Checks;
use crate::diagnostic::{Diagnostic, Path};
use crate::value::Value;

const LOGS_STATUS: Check = OneOf(&["ENABLED", "DISABLED"]);

pub(super) const CODEBUILD_PROJECT: Checks = &[
    (
        "name",
        Matches("^[A-Za-z0-9]", "must begin with a letter or digit"),
    ),
    (
        "name",
        Matches(
            "^[A-Za-z0-9_-]*$",
            "only alphanumeric characters, hyphens and underscores allowed",
        ),
    ),
    ("name", Length(2, 255)),
    ("description", Length(0, 255)),
    ("build_timeout", Range(5, 480)),
    ("queued_timeout", Range(5, 480)),
    ("concurrent_build_limit", Range(1, i64::MAX)),
    ("service_role", Arn),
    ("project_visibility", OneOf(&["PUBLIC_READ", "PRIVATE"])),
    (
        "artifacts.type",
        OneOf(&["CODEPIPELINE", "S3", "NO_ARTIFACTS"]),
    ),
    ("artifacts.namespace_type", OneOf(&["NONE", "BUILD_ID"])),
    ("artifacts.packaging", OneOf(&["NONE", "ZIP"])),
    ("cache.type", OneOf(&["NO_CACHE", "S3", "LOCAL"])),
    (
        "cache.modes",
        OneOf(&[
            "LOCAL_DOCKER_LAYER_CACHE",
            "LOCAL_SOURCE_CACHE",
            "LOCAL_CUSTOM_CACHE",
        ]),
    ),
    (
        "environment.compute_type",
        OneOf(&[
            "BUILD_GENERAL1_SMALL",
            "BUILD_GENERAL1_MEDIUM",
            "BUILD_GENERAL1_LARGE",
            "BUILD_GENERAL1_XLARGE",
            "BUILD_GENERAL1_2XLARGE",
            "BUILD_LAMBDA_1GB",
            "BUILD_LAMBDA_2GB",
            "BUILD_LAMBDA_4GB",
            "BUILD_LAMBDA_8GB",
            "BUILD_LAMBDA_10GB",
        ]),
    ),
    (
        "environment.type",
        OneOf(&[
            "WINDOWS_CONTAINER",
            "LINUX_CONTAINER",
            "LINUX_GPU_CONTAINER",
            "ARM_CONTAINER",
            "WINDOWS_SERVER_2019_CONTAINER",
            "LINUX_LAMBDA_CONTAINER",
            "ARM_LAMBDA_CONTAINER",
        ]),
    ),
    (
        "environment.image_pull_credentials_type",
        OneOf(&["CODEBUILD", "SERVICE_ROLE"]),
    ),
    (
        "environment.environment_variable.type",
        OneOf(&["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]),
    ),
    ("logs_config.cloudwatch_logs.status", LOGS_STATUS),
    ("logs_config.s3_logs.status", LOGS_STATUS),
    (
        "source.type",
        OneOf(&[
            "CODECOMMIT",
            "CODEPIPELINE",
            "GITHUB",
            "S3",
            "BITBUCKET",
            "GITHUB_ENTERPRISE",
            "NO_SOURCE",
        ]),
    ),
    ("source.git_clone_depth", Range(0, i64::MAX)),
];

const PIPELINE_NAME: Check = Matches(
    "^[0-9A-Za-z_.@-]{1,100}$",
    "must be 1 to 100 letters, digits or any of . @ - _",
);

pub(super) const CODEPIPELINE: Checks = &[
    ("name", PIPELINE_NAME),
    (
        "execution_mode",
        OneOf(&["QUEUED", "SUPERSEDED", "PARALLEL"]),
    ),
    ("pipeline_type", OneOf(&["V1", "V2"])),
    ("role_arn", Arn),
    ("artifact_store.type", OneOf(&["S3"])),
    ("artifact_store.encryption_key.type", OneOf(&["KMS"])),
    ("stage.name", PIPELINE_NAME),
    (
        "stage.action.category",
        OneOf(&["Source", "Build", "Deploy", "Test", "Invoke", "Approval"]),
    ),
    ("stage.action.name", PIPELINE_NAME),
    ("stage.action.namespace", PIPELINE_NAME),
    (
        "stage.action.owner",
        OneOf(&["AWS", "ThirdParty", "Custom"]),
    ),
    (
        "stage.action.provider",
        Matches(
            "^[0-9A-Za-z_-]{1,35}$",
            "must be 1 to 35 letters, digits, hyphens or underscores",
        ),
    ),
    ("stage.action.role_arn", Arn),
    ("stage.action.run_order", Range(1, 999)),
    (
        "stage.action.version",
        Matches(
            "^[0-9A-Za-z_-]{1,9}$",
            "must be 1 to 9 letters, digits, hyphens or underscores",
        ),
    ),
    (
        "trigger.provider_type",
        OneOf(&["CodeStarSourceConnection"]),
    ),
];

pub(super) const CODEPIPELINE_WEBHOOK: Checks = &[
    (
        "authentication",
        OneOf(&["GITHUB_HMAC", "IP", "UNAUTHENTICATED"]),
    ),
    ("authentication_configuration.secret_token", Length(1, 100)),
    ("name", PIPELINE_NAME),
    ("filter.json_path", Length(1, 150)),
    ("filter.match_equals", Length(1, 150)),
];

pub(super) const CODESTAR_CONNECTION: Checks = &[
    ("host_arn", Arn),
    ("name", Length(1, 32)),
    (
        "provider_type",
        OneOf(&[
            "Bitbucket",
            "GitHub",
            "GitHubEnterpriseServer",
            "GitLab",
            "GitLabSelfManaged",
        ]),
    ),
];

/// AWS CodePipeline User Guide, "Pipeline structure reference".
pub(super) fn pipeline(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, stage) in config.get("stage").items().iter().enumerate() {
        let source = |action: &Value| action.get("category").as_text() == Some("Source");
        let actions = stage.get("action").items();
        let known = actions
            .iter()
            .all(|action| !action.get("category").is_unknown());
        let why = match index {
            0 if known && !actions.iter().all(source) => {
                "The first stage must contain only source actions"
            }
            1.. if actions.iter().any(source) => "Only the first stage may contain source actions",
            _ => continue,
        };
        let at = Path::root("stage").index(index);
        found
            .push(Diagnostic::error(format!("InvalidStageDeclarationException: {why}"), "").at(at));
    }
    found
}
