mod answer;

use crate::{connection::RedisConnection, script::Script};
use async_trait::async_trait;
use backstop_application::ports::{Attempt, Guard, PortResult};
use backstop_domain::{
    Timestamp,
    guard::{Admission, CeilingRule, GuardRules, Slot, Verdict},
};
use fred::types::Value;

/// Counts attempts in Redis, for all replicas together. A decision is one script; its arithmetic is the domain's.
#[derive(Clone, Debug)]
pub struct RedisGuard {
    connection: RedisConnection,
    /// What the script has to know of the rules, ready to be sent.
    rules: Vec<i64>,
    admit: Script,
    settle: Script,
}

/// Beyond this many microseconds, a century, a span is as good as for ever, and Lua's numbers would become inexact.
const LONGEST: i64 = 100 * 365 * 24 * 3600 * 1_000_000;

impl RedisGuard {
    pub fn new(connection: RedisConnection, rules: GuardRules) -> Self {
        Self {
            connection,
            rules: flattened(&rules),
            admit: Script::new(include_str!("admit.lua")),
            settle: Script::new(include_str!("settle.lua")),
        }
    }

    fn keys(&self, attempt: &Attempt) -> Vec<String> {
        let keys = attempt.keys();
        let names = [Some(keys.pair), Some(keys.account), keys.network];
        names.into_iter().flatten().map(|name| self.connection.key(&format!("guard:{name}"))).collect()
    }
}

fn flattened(rules: &GuardRules) -> Vec<i64> {
    let mut flat = vec![i64::from(rules.max_attempts), micros(rules.forget_after)];
    for CeilingRule { failures, span } in [rules.account_ceiling, rules.network_ceiling] {
        flat.extend([i64::from(failures), micros(span)]);
    }
    flat.extend(waits(rules));
    flat
}

/// The waits of the levels, up to the one from which they stay the same.
fn waits(rules: &GuardRules) -> Vec<i64> {
    let mut waits = vec![micros(rules.wait(0))];
    for level in 1.. {
        let wait = micros(rules.wait(level));
        if waits.last() == Some(&wait) {
            break;
        }
        waits.push(wait);
    }
    waits
}

fn micros(span: jiff::SignedDuration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(LONGEST).min(LONGEST)
}

#[async_trait]
impl Guard for RedisGuard {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        let mut arguments = vec![now.as_microsecond().into(), i64::from(attempt.exempt).into()];
        arguments.extend(self.rules.iter().copied().map(Value::from));
        let answer = self.connection.run(&self.admit, self.keys(attempt), arguments).await?;
        answer::admission(answer, now)
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        if verdict == Verdict::Refused {
            return Ok(());
        }
        let arguments = vec![
            i64::from(verdict == Verdict::Accepted).into(),
            slot.taken_at.as_microsecond().into(),
            answer::word(slot.pair.locks_until).into(),
            answer::word(slot.pair.before).into(),
            i64::from(slot.pair.raised_level).into(),
        ];
        self.connection.run(&self.settle, self.keys(attempt), arguments).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn waits_are_sent_up_to_the_longest() {
        let seconds = |rules: &GuardRules| waits(rules).iter().map(|wait| wait / 1_000_000).collect::<Vec<_>>();
        assert_eq!(seconds(&GuardRules::DEFAULT), [60, 120, 240, 480, 960, 1920, 3600]);
        assert_eq!(seconds(&GuardRules { multiplier: 1, ..GuardRules::DEFAULT }), [60]);
        let endless = GuardRules { max_cooldown: SignedDuration::MAX, ..GuardRules::DEFAULT };
        assert_eq!(waits(&endless).last(), Some(&LONGEST));
    }
}
