//! What a function returned, as an HTTP answer: payload format version 2.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;

use perch_loopback::Answer;

/// Maps the payload. The error says what in it API Gateway cannot read, which it answers with 500.
pub(super) fn map(payload: &Bytes) -> Result<Answer, String> {
    let returned: Value = serde_json::from_slice(payload)
        .map_err(|_| "the function's response is not JSON".to_owned())?;
    let Some(status) = returned.get("statusCode") else {
        return Ok(inferred(&returned, payload));
    };
    let mut answer = Response::new(Full::new(body(&returned)?));
    *answer.status_mut() = status_code(status)?;
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    for (name, value) in returned["headers"].as_object().into_iter().flatten() {
        let value =
            scalar(value).ok_or_else(|| format!("the response's header {name} is not a string"))?;
        let name =
            HeaderName::try_from(name).map_err(|_| format!("{name:?} is not a header name"))?;
        let value = HeaderValue::try_from(value)
            .map_err(|_| format!("the response's header {name} has an invalid value"))?;
        // The gateway frames the answer itself.
        if ![
            header::CONNECTION,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
        ]
        .contains(&name)
        {
            headers.insert(name, value);
        }
    }
    for cookie in returned["cookies"].as_array().into_iter().flatten() {
        let cookie = cookie
            .as_str()
            .ok_or("a cookie in the response is not a string")?;
        let cookie = HeaderValue::try_from(cookie)
            .map_err(|_| "a cookie in the response has an invalid value")?;
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// JSON without a `statusCode` is the body itself: "API Gateway makes the following assumptions".
fn inferred(returned: &Value, payload: &Bytes) -> Answer {
    let body = match returned {
        Value::String(text) => Bytes::from(text.clone()),
        _ => payload.clone(),
    };
    let mut answer = Response::new(Full::new(body));
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}

fn status_code(status: &Value) -> Result<StatusCode, String> {
    let number = match status {
        Value::String(text) => text.parse().ok(),
        number => number
            .as_u64()
            .and_then(|number| u16::try_from(number).ok()),
    };
    let code = number
        .filter(|number| (100..600).contains(number))
        .and_then(|number| StatusCode::from_u16(number).ok());
    code.ok_or_else(|| format!("the response's statusCode is {status}"))
}

fn body(returned: &Value) -> Result<Bytes, String> {
    let text = match &returned["body"] {
        Value::Null => return Ok(Bytes::new()),
        Value::String(text) => text,
        _ => return Err("the response's body is not a string".to_owned()),
    };
    if returned["isBase64Encoded"] != true {
        return Ok(Bytes::from(text.clone()));
    }
    let decoded = STANDARD.decode(text);
    decoded
        .map(Bytes::from)
        .map_err(|_| "the response's body is not base64".to_owned())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
