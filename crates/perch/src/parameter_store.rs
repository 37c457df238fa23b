//! `GetParameters` of Parameter Store: the AWS SDK's shapes and its JSON codec, sent by the client that makes all of the kit's
//! calls to AWS.
//!
//! The SDK's own client would send it through its orchestrator, which resolves endpoints, identities and retries for any
//! operation of any service: a fifth of a bot's zip and of its Init, for one call. See
//! `docs/decisions/0042-what-init-costs.md`.

use std::fmt;

use aws_sdk_ssm::operation::get_parameters::{GetParametersInput, GetParametersOutput};
use aws_smithy_json::codec::{JsonCodec, JsonCodecSettings};
use aws_smithy_schema::codec::Codec;
use aws_smithy_schema::serde::{SerdeError, ShapeSerializer};
use perch_aws_client::Call;

use crate::aws::{Aws, AwsError};
use crate::http::Http;

/// The protocol of Systems Manager, awsJson1_1: no names of its own for members, times in seconds since 1970.
fn codec() -> JsonCodec {
    JsonCodec::new(JsonCodecSettings::builder().use_json_name(false).build())
}

/// Reads the parameters `names`, at most ten by AWS's reference, decrypted.
pub(crate) async fn get_parameters(
    http: &Http,
    aws: &Aws,
    names: &[&str],
) -> Result<GetParametersOutput, GetParametersError> {
    let body = request(names).map_err(|_| GetParametersError::Unreadable)?;
    let call = Call {
        headers: &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AmazonSSM.GetParameters"),
        ],
        body: &body,
        idempotent: true,
        ..Call::post("ssm", "GetParameters")
    };
    let answer = aws.call(http, "/", call).await;
    let answer = answer.map_err(GetParametersError::Call)?;
    let mut answer = codec().create_deserializer(&answer);
    // Without its error, which may quote what it could not read, and with it a value.
    GetParametersOutput::deserialize(&mut answer).map_err(|_| GetParametersError::Unreadable)
}

fn request(names: &[&str]) -> Result<Vec<u8>, SerdeError> {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let input = GetParametersInput::builder()
        .set_names(Some(names))
        .with_decryption(true)
        .build()
        .map_err(|error| SerdeError::custom(error.to_string()))?;
    let mut body = codec().create_serializer();
    body.write_struct(GetParametersInput::SCHEMA, &input)?;
    Ok(body.finish())
}

/// Why there is no answer. Holds no value.
#[derive(Debug)]
pub(crate) enum GetParametersError {
    /// The call itself.
    Call(AwsError),
    /// An answer, or a name, that the codec does not take.
    Unreadable,
}

impl GetParametersError {
    /// AWS's words, when the role may not read one of the names.
    pub(crate) fn denial(&self) -> Option<&str> {
        match self {
            GetParametersError::Call(error) if error.code() == Some("AccessDeniedException") => {
                error.message()
            }
            _ => None,
        }
    }
}

impl fmt::Display for GetParametersError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GetParametersError::Call(error) => error.fmt(formatter),
            GetParametersError::Unreadable => formatter.write_str("the answer cannot be read"),
        }
    }
}

impl std::error::Error for GetParametersError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            GetParametersError::Call(error) => error.source(),
            GetParametersError::Unreadable => None,
        }
    }
}
