//! S3.

use super::text;
use crate::provider::Made;
use crate::token::HEX;
use crate::value::Value;

pub(super) fn compute(made: &Made, path: &str) -> Option<Value> {
    let settings = made.settings;
    let bucket = || made.text("bucket");
    match (made.kind, path) {
        ("aws_s3_object", "id") => text(made.text("key")),
        ("aws_s3_object", "arn") => text(format!(
            "arn:{}:s3:::{}/{}",
            settings.partition,
            bucket(),
            made.text("key")
        )),
        ("aws_s3_object", "storage_class") => text("STANDARD"),
        ("aws_s3_object", "content_type") => text("application/octet-stream"),
        ("aws_s3_object", "server_side_encryption") => text("AES256"),
        ("aws_s3_object", "etag") => {
            text(made.token(HEX, 32, &format!("{} {}", bucket(), made.text("key"))))
        }
        (_, "id") => text(bucket()),
        ("aws_s3_bucket", "arn") => text(format!("arn:{}:s3:::{}", settings.partition, bucket())),
        ("aws_s3_bucket", "bucket_domain_name") => {
            text(format!("{}.s3.{}", bucket(), settings.dns_suffix))
        }
        ("aws_s3_bucket", "bucket_regional_domain_name") => text(format!(
            "{}.s3.{}.{}",
            bucket(),
            settings.region,
            settings.dns_suffix
        )),
        ("aws_s3_bucket", "region") => text(settings.region.clone()),
        ("aws_s3_bucket", "request_payer") => text("BucketOwner"),
        _ => None,
    }
}
