//! What limited operations tell about their limits, in the words of draft-ietf-httpapi-ratelimit-headers.

use backstop_application::use_cases::{AttemptError, GenerateError};
use backstop_domain::guard::GuardRules;
use poem::http::{HeaderMap, HeaderName, HeaderValue};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// A limit, and how the caller stands with it. What a caller sees depends on the pair of identifier and network alone,
/// so that it tells nobody whether there is an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    name: &'static str,
    quota: u32,
    window_seconds: u64,
    /// `None` when nothing was counted.
    left: Option<Left>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
    number: u32,
    /// When there is more again; the same moment as `Retry-After`, where there is one.
    resets_in: Option<u64>,
}

impl Limit {
    pub(crate) fn of_codes(rules: &GuardRules) -> Self {
        let window_seconds = rules.forget_after.as_secs().unsigned_abs();
        Self { name: "codes", quota: rules.max_attempts, window_seconds, left: None }
    }

    pub(crate) fn of_generation(rules: &GuardRules) -> Self {
        let window_seconds = rules.base_cooldown.as_secs().unsigned_abs();
        Self { name: "generate", quota: 1, window_seconds, left: None }
    }

    const fn with(self, number: u32, resets_in: Option<u64>) -> Self {
        Self { left: Some(Left { number, resets_in }), ..self }
    }

    /// After an attempt that was accepted.
    pub(crate) const fn untouched(self) -> Self {
        self.with(self.quota, None)
    }

    pub(crate) const fn after_generation(self) -> Self {
        self.with(0, Some(self.window_seconds))
    }

    pub(crate) const fn after_attempt(self, error: &AttemptError) -> Self {
        match error {
            AttemptError::Refused { attempts_left, resets_in } => self.with(*attempts_left, Some(*resets_in)),
            AttemptError::Locked { wait_seconds, .. } => self.with(0, Some(*wait_seconds)),
            AttemptError::Typo(_) | AttemptError::Fault(_) => self,
        }
    }

    pub(crate) const fn after_refusal(self, error: &GenerateError) -> Self {
        match error {
            GenerateError::Waiting { wait_seconds, .. } => self.with(0, Some(*wait_seconds)),
            _ => self,
        }
    }

    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let Self { name, quota, window_seconds, left } = self;
        let mut put = |header, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(header, value);
            }
        };
        put(POLICY, format!("\"{name}\";q={quota};w={window_seconds}"));
        if let Some(Left { number, resets_in }) = left {
            let resets = resets_in.map(|seconds| format!(";t={seconds}")).unwrap_or_default();
            put(STANDING, format!("\"{name}\";r={number}{resets}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(limit: Limit) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        limit.write(&mut headers);
        let mut all: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        all.sort();
        all
    }

    #[test]
    fn a_limit_says_its_rule_and_how_the_caller_stands() {
        let codes = Limit::of_codes(&GuardRules::DEFAULT);
        let policy = ("ratelimit-policy".to_owned(), "\"codes\";q=5;w=86400".to_owned());
        assert_eq!(written(codes), std::slice::from_ref(&policy));
        let refused = codes.after_attempt(&AttemptError::Refused { attempts_left: 3, resets_in: 86_400 });
        assert_eq!(written(refused), [("ratelimit".to_owned(), "\"codes\";r=3;t=86400".to_owned()), policy.clone()]);
        assert_eq!(written(codes.untouched()), [("ratelimit".to_owned(), "\"codes\";r=5".to_owned()), policy]);
        let generation = Limit::of_generation(&GuardRules::DEFAULT).after_generation();
        assert_eq!(written(generation)[0].1, "\"generate\";r=0;t=60");
    }
}
