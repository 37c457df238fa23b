//! Where a service answers, by the variables that the AWS SDKs document ("Service-specific endpoints" in the AWS SDKs and
//! Tools Reference Guide).

/// The address that the environment gives a service, without a slash at its end: `AWS_ENDPOINT_URL_<SERVICE>`, else
/// `AWS_ENDPOINT_URL`. `None` when neither is set, or `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`.
pub fn configured(variable: impl Fn(&str) -> Option<String>, service: &str) -> Option<String> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if ignored {
        return None;
    }
    let url = variable(&format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()))
        .or_else(|| variable("AWS_ENDPOINT_URL"))?;
    Some(url.trim_end_matches('/').to_owned())
}

/// AWS's own address of a service in a region, without a slash at its end.
pub fn of_region(service: &str, region: &str) -> String {
    // China's regions have a domain of their own; all the others that have Lambda share one.
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://{service}.{region}.{domain}")
}
