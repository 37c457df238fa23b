//! The second provider, beside the first.

use crate::harness::Root;

#[test]
fn a_webhook_is_applied_changed_and_replaced() {
    let root = Root::new(
        r#"
terraform {
  required_providers {
    github = { source = "integrations/github" }
  }
}

provider "github" {
  owner = "octo-org"
}

variable "repository" {
  type    = string
  default = "bots"
}

variable "active" {
  type    = bool
  default = null
}

resource "github_repository_webhook" "this" {
  repository = var.repository
  active     = var.active
  events     = ["push"]

  configuration {
    url          = "https://ap-northeast-1.webhooks.aws/trigger"
    content_type = "json"
    secret       = "not told to anybody"
  }
}
"#,
    );
    let applied = root.apply(&[]);
    assert!(
        !applied.text.contains("not told to anybody"),
        "{}",
        applied.text
    );
    let webhook = &root.state()["github_repository_webhook.this"];
    let id = webhook["id"].as_str().unwrap();
    assert!(id.parse::<u64>().is_ok(), "{id}");
    assert_eq!(
        webhook["url"],
        format!("https://api.github.com/repos/octo-org/bots/hooks/{id}")
    );
    assert_eq!(webhook["active"], true);
    assert_eq!(
        root.terraform(&["plan", "-detailed-exitcode"]).code,
        Some(0)
    );

    let actions = |variable: &str| root.plan(&[variable])[0].1.join(",");
    assert_eq!(actions("-var=active=false"), "update");
    assert_eq!(actions("-var=repository=others"), "delete,create");
    assert!(root.terraform(&["destroy", "-auto-approve"]).success);
}
