//! Throttling by token bucket: "Throttle requests to your HTTP APIs for better throughput in API Gateway".

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use crate::lock::lock;
use crate::model::{Api, ApiStage, Throttle};

/// A bucket for each route of each stage: a stage's default settings hold for every route on its own.
#[derive(Default)]
pub(super) struct Throttles(Mutex<HashMap<(String, String, String), Bucket>>);

struct Bucket {
    limit: Throttle,
    tokens: f64,
    filled: Instant,
}

impl Throttles {
    /// Takes a token; false when there is none.
    pub(super) fn admit(&self, api: &Api, stage: &ApiStage, route_key: &str) -> bool {
        let Some(limit) = stage
            .route_throttles
            .get(route_key)
            .or(stage.throttle.as_ref())
            .copied()
        else {
            return true;
        };
        let now = Instant::now();
        let full = || Bucket {
            limit,
            tokens: limit.burst,
            filled: now,
        };
        let mut buckets = lock(&self.0);
        let key = (api.id.clone(), stage.name.clone(), route_key.to_owned());
        let bucket = buckets.entry(key).or_insert_with(full);
        if bucket.limit != limit {
            *bucket = full();
        }
        let since = now.duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + since * limit.rate).min(limit.burst);
        bucket.filled = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}
