//! STS: who calls. Roles are taken on within the account, by its services.

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use perch_loopback::{self as loopback, Answer};
use serde_json::json;

use super::caller::Caller;
use super::error::{ApiError, escape};
use super::text;
use crate::request_id::request_id;

pub(super) fn handle(caller: &Caller, parts: &Parts, body: &Bytes) -> Result<Answer, ApiError> {
    let action = form_urlencoded::parse(body)
        .find(|(name, _)| name == "Action")
        .map(|(_, action)| action.into_owned())
        .unwrap_or_default();
    if action != "GetCallerIdentity" {
        let message = format!("The action {action} is not valid for this web service.");
        return Err(ApiError::new(400, "InvalidAction", message));
    }
    // "No permissions are required to perform this operation", and not even an explicit deny keeps anyone from it.
    let (arn, user_id) = caller.identity();
    let (account, id) = (caller.account(), request_id());
    if text(parts, "accept").is_some_and(|accept| accept.contains("json")) {
        let identity = json!({"Account": account, "Arn": arn, "UserId": user_id});
        let answer = json!({"GetCallerIdentityResponse": {
            "GetCallerIdentityResult": identity,
            "ResponseMetadata": {"RequestId": id},
        }});
        return Ok(loopback::json(StatusCode::OK, &answer));
    }
    let answer = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{}</Arn><UserId>{}</UserId><Account>{account}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
        escape(&arn),
        escape(&user_id)
    );
    Ok(loopback::xml(StatusCode::OK, answer))
}
