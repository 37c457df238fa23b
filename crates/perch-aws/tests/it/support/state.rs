//! States as `terraform show -json` prints them after our modules: a stage with one bot, to be changed by each test.

use serde_json::{Value, json};

pub const REGION: &str = "ap-northeast-1";
pub const ACCOUNT: &str = "123456789012";
pub const API: &str = "a1b2c3d4e5";

/// Resources by address; the last part of the address is the name, the part before it the type.
#[derive(Clone)]
pub struct State(Vec<(String, Value)>);

pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:perch-staging-{name}")
}

pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:perch-staging-{name}-failed")
}

pub fn parameter_arn(name: &str) -> String {
    format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}")
}

fn trust(service: &str) -> String {
    let statement =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

pub fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn architecture() -> &'static str {
    if std::env::consts::ARCH == "aarch64" {
        "arm64"
    } else {
        "x86_64"
    }
}

impl State {
    /// An HTTP API with one function, `bot`, at `POST /bot`.
    pub fn new() -> State {
        let mut state = State(Vec::new());
        state.add(
            "module.stage.aws_apigatewayv2_api.this[0]",
            json!({
                "id": API, "name": "perch-staging", "protocol_type": "HTTP",
                "api_endpoint": format!("https://{API}.execute-api.{REGION}.amazonaws.com"),
                "arn": format!("arn:aws:apigateway:{REGION}::/apis/{API}"),
                "execution_arn": format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}"),
            }),
        );
        state.add("module.stage.aws_apigatewayv2_stage.this[0]", json!({
            "id": "$default", "api_id": API, "name": "$default", "auto_deploy": true, "stage_variables": null,
            "access_log_settings": [{
                "destination_arn": format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/apigateway/perch-staging"),
                "format": r#"{"requestId":"$context.requestId","routeKey":"$context.routeKey","status":"$context.status","error":"$context.error.message","integration":"$context.integration.error"}"#,
            }],
            "default_route_settings": [{
                "data_trace_enabled": null, "detailed_metrics_enabled": false, "logging_level": null,
                "throttling_burst_limit": 100, "throttling_rate_limit": 50,
            }],
            "route_settings": [],
        }));
        state.function("bot");
        state.route("bot", "POST /bot");
        state
    }

    pub fn function(&mut self, name: &str) {
        let full = format!("perch-staging-{name}");
        let at = format!("module.stage.module.function[\"{name}\"]");
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{full}");
        self.add(&format!("{at}.aws_iam_role.this"), json!({
            "name": full, "arn": role, "id": full, "assume_role_policy": trust("lambda.amazonaws.com"),
            "permissions_boundary": null, "inline_policy": [], "managed_policy_arns": [],
        }));
        self.grant(
            name,
            "queue",
            json!([{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn(name)}]),
        );
        self.add(&format!("{at}.aws_lambda_function.this"), json!({
            "function_name": full, "arn": function_arn(name), "qualified_arn": format!("{}:1", function_arn(name)),
            "version": "1", "publish": true, "filename": "./../dist/function.zip", "handler": "bootstrap",
            "runtime": "provided.al2023", "architectures": [architecture()], "memory_size": 128, "timeout": 30,
            "role": role, "reserved_concurrent_executions": -1, "environment": [{"variables": {"COLOUR": "blue"}}],
            "logging_config": [{"log_format": "Text", "log_group": format!("/aws/lambda/{full}")}],
            "dead_letter_config": [],
        }));
        self.add(&format!("{at}.aws_lambda_alias.live"), json!({
            "name": "live", "function_name": full, "function_version": "1",
            "arn": format!("{}:live", function_arn(name)), "invoke_arn": invoke_arn(name), "routing_config": [],
        }));
        self.add(
            &format!("{at}.aws_sqs_queue.failed"),
            json!({
                "name": format!("{full}-failed"), "arn": queue_arn(name),
            }),
        );
        self.add(&format!("{at}.aws_lambda_function_event_invoke_config.live"), json!({
            "function_name": full, "qualifier": "live", "maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 3600,
            "destination_config": [{"on_failure": [{"destination": queue_arn(name)}], "on_success": []}],
        }));
    }

    /// A policy of the function's role.
    pub fn grant(&mut self, function: &str, reason: &str, statements: Value) {
        let role = format!("perch-staging-{function}");
        let address =
            format!("module.stage.module.function[\"{function}\"].aws_iam_role_policy.{reason}");
        self.add(
            &address,
            json!({"name": reason, "role": role, "policy": policy(statements)}),
        );
    }

    pub fn route(&mut self, function: &str, key: &str) {
        let at = format!("module.stage.module.route[\"{key}\"]");
        let id = format!("i{}", self.0.len());
        self.add(&format!("{at}.aws_apigatewayv2_integration.this"), json!({
            "id": id, "api_id": API, "integration_type": "AWS_PROXY", "integration_uri": invoke_arn(function),
            "payload_format_version": "2.0", "timeout_milliseconds": 30000,
        }));
        self.add(&format!("{at}.aws_apigatewayv2_route.this"), json!({
            "id": format!("r{id}"), "api_id": API, "route_key": key, "target": format!("integrations/{id}"),
            "authorization_type": "NONE",
        }));
        let path = match key.split_once(' ') {
            Some((method, path)) => format!("{}{path}", if method == "ANY" { "*" } else { method }),
            None => key.to_owned(),
        };
        self.add(&format!("{at}.aws_lambda_permission.this"), json!({
            "statement_id": "api", "action": "lambda:InvokeFunction", "principal": "apigateway.amazonaws.com",
            "function_name": format!("perch-staging-{function}"), "qualifier": "live",
            "source_arn": format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/*/{path}"), "source_account": null,
        }));
    }

    pub fn schedule(&mut self, function: &str, expression: &str) {
        let full = format!("perch-staging-{function}");
        let at = format!("module.stage.module.schedule[\"{function}\"]");
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{full}-schedule");
        self.add(&format!("{at}.aws_iam_role.this"), json!({
            "name": format!("{full}-schedule"), "arn": role, "assume_role_policy": trust("scheduler.amazonaws.com"),
        }));
        let statements = json!([
            {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": format!("{}:live", function_arn(function))},
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn(function)},
        ]);
        self.add(
            &format!("{at}.aws_iam_role_policy.this"),
            json!({
                "name": "deliver", "role": format!("{full}-schedule"), "policy": policy(statements),
            }),
        );
        let input = json!({
            "do": "echo",
            "perch": {
                "kind": "schedule", "version": 1, "schedule": "<aws.scheduler.schedule-arn>",
                "scheduled_time": "<aws.scheduler.scheduled-time>", "execution_id": "<aws.scheduler.execution-id>",
                "attempt": "<aws.scheduler.attempt-number>", "expression": expression, "timezone": "Asia/Tokyo",
            },
        });
        self.add(&format!("{at}.aws_scheduler_schedule.this"), json!({
            "name": full, "group_name": "perch-staging", "state": "ENABLED",
            "arn": format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/perch-staging/{full}"),
            "schedule_expression": expression, "schedule_expression_timezone": "Asia/Tokyo",
            "start_date": null, "end_date": null, "flexible_time_window": [{"mode": "OFF"}],
            "target": [{
                "arn": format!("{}:live", function_arn(function)), "role_arn": role, "input": input.to_string(),
                "retry_policy": [{"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 2}],
                "dead_letter_config": [{"arn": queue_arn(function)}],
            }],
        }));
    }

    /// Adds a resource, or replaces the one of that address.
    pub fn add(&mut self, address: &str, values: Value) {
        self.0.retain(|(existing, _)| existing != address);
        self.0.push((address.to_owned(), values));
    }

    /// Removes every resource whose address contains the text; there must be some.
    pub fn remove(mut self, part: &str) -> State {
        let before = self.0.len();
        self.0.retain(|(address, _)| !address.contains(part));
        assert!(self.0.len() < before, "nothing is called {part}");
        self
    }

    /// Sets an attribute of every resource whose address contains the text, by JSON pointer.
    pub fn set(mut self, part: &str, pointer: &str, value: Value) -> State {
        let mut found = false;
        for (_, values) in self
            .0
            .iter_mut()
            .filter(|(address, _)| address.contains(part))
        {
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            let parent = values.pointer_mut(parent).expect("the parent is there");
            match parent.as_array_mut() {
                Some(list) => list[name.parse::<usize>().expect("an index")] = value.clone(),
                None => parent[name] = value.clone(),
            }
            found = true;
        }
        assert!(found, "nothing is called {part}");
        self
    }

    /// As Terraform nests it: root module, the stage's module, and a module for each function, route and schedule.
    pub fn json(&self) -> Value {
        let mut children: Vec<(String, Vec<Value>)> = Vec::new();
        let mut own = Vec::new();
        for (address, values) in &self.0 {
            let (module, resource) = split(address);
            let (kind, name) = resource.split_once('.').expect("type and name");
            let resource = json!({
                "address": address, "mode": "managed", "type": kind, "name": name,
                "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0, "values": values,
                "sensitive_values": {},
            });
            if module == "module.stage" {
                own.push(resource);
            } else {
                match children.iter_mut().find(|(found, _)| found == module) {
                    Some((_, resources)) => resources.push(resource),
                    None => children.push((module.to_owned(), vec![resource])),
                }
            }
        }
        let children: Vec<Value> = children
            .into_iter()
            .map(|(address, resources)| json!({"address": address, "resources": resources}))
            .collect();
        // Data sources are in a state too, and are none of the stage's business.
        own.push(json!({"address": "module.stage.data.aws_region.current", "mode": "data", "type": "aws_region",
            "name": "current", "values": {"name": REGION}}));
        json!({
            "format_version": "1.0", "terraform_version": "1.11.4",
            "values": {"root_module": {"child_modules": [
                {"address": "module.stage", "resources": own, "child_modules": children},
            ]}},
        })
    }
}

/// Module and resource. Keys of modules may hold dots.
fn split(address: &str) -> (&str, &str) {
    let at = address.rfind(".aws_").expect("a resource of AWS");
    (&address[..at], &address[at + 1..])
}

fn invoke_arn(function: &str) -> String {
    format!(
        "arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{}:live/invocations",
        function_arn(function)
    )
}
