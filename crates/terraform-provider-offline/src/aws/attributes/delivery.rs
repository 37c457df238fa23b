//! CodeBuild, CodePipeline and their connection to GitHub.

use super::{others, seed, text};
use crate::aws::MOMENT;
use crate::provider::Made;
use crate::token::{self, LOWER};
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
    let name = || made.text("name");
    match (made.kind, path) {
        ("aws_codepipeline", "id") => text(name()),
        ("aws_codepipeline", "arn") => text(made.arn("codepipeline", &name())),
        ("aws_codepipeline", "stage.action.run_order") => Some(Value::Int(1)),
        ("aws_codepipeline_webhook", "id" | "arn") => {
            text(made.arn("codepipeline", &format!("webhook:{}", name())))
        }
        ("aws_codepipeline_webhook", "url") => {
            let settings = made.settings;
            let token = made.token(LOWER, 40, &seed(made));
            text(format!(
                "https://{}.webhooks.aws/trigger?t={token}&v=1",
                settings.region
            ))
        }
        ("aws_codebuild_project", "id" | "arn") => {
            text(made.arn("codebuild", &format!("project/{}", name())))
        }
        ("aws_codebuild_project", "encryption_key") => text(made.arn("kms", "alias/aws/s3")),
        ("aws_codebuild_report_group", "id" | "arn") => {
            text(made.arn("codebuild", &format!("report-group/{}", name())))
        }
        ("aws_codebuild_report_group", "created") => text(MOMENT),
        ("aws_codestarconnections_connection", "id" | "arn") => {
            let unique = token::uuid(&[made.kind, &seed(made), &made.twin.to_string()]);
            text(made.arn("codestar-connections", &format!("connection/{unique}")))
        }
        // A person completes it in the console.
        ("aws_codestarconnections_connection", "connection_status") => text("PENDING"),
        ("aws_codestarnotifications_notification_rule", "id" | "arn") => {
            let unique = token::uuid(&[made.kind, &seed(made), &made.twin.to_string()]);
            text(made.arn(
                "codestar-notifications",
                &format!("notificationrule/{unique}"),
            ))
        }
        _ => others(made, path),
    }
}
