//! Buckets of S3 as a state declares them.

use std::collections::BTreeMap;

use super::resources::Resources;
use crate::Error;
use crate::iam::Policy;

/// An `aws_s3_bucket`.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) policy: Option<Policy>,
}

pub(super) fn read_all(resources: &Resources) -> Result<BTreeMap<String, Bucket>, Error> {
    let mut buckets = BTreeMap::new();
    for bucket in resources.applied("aws_s3_bucket") {
        let name = bucket.resource.required("bucket")?;
        bucket.insert(&mut buckets, name, Bucket::default())?;
    }
    for resource in resources.of("aws_s3_bucket_policy") {
        let policy = Policy::parse(resource.required("policy")?)
            .map_err(|problem| resource.error(&format!("has a policy that {problem}")))?;
        if let Some(bucket) = buckets.get_mut(resource.required("bucket")?) {
            bucket.policy = Some(policy);
        }
    }
    Ok(buckets)
}
