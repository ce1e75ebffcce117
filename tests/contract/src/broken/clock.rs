use super::defects;
use crate::FollowingClockHarness;
use async_trait::async_trait;
use backstop_application::ports::{Clock, FollowingClock, PortResult, TimeSource};
use backstop_domain::Timestamp;
use jiff::SignedDuration;
use std::sync::{Arc, Mutex};

defects! {
    /// What is wrong with a clock that should follow another.
    FollowingDefect {
        IsAheadFromTheBeginning,
        TellsAndDoesNotFollow,
        TakesTheTimeOfHearing,
        TrustsTheLastQuestion,
        FaultsForget,
        FaultsAreHidden,
        GoesBack,
        StandsStillForEver,
    }
}

/// A clock after the contract, with one defect.
pub struct BrokenFollowing(pub FollowingDefect);

impl FollowingClockHarness for BrokenFollowing {
    fn over(&self, local: Arc<dyn Clock>) -> Arc<dyn FollowingClock> {
        let ahead = i64::from(self.0 == FollowingDefect::IsAheadFromTheBeginning);
        let state = State { offset: SignedDuration::from_secs(ahead), shown: None };
        Arc::new(Following { local, defect: self.0, state: Mutex::new(state) })
    }
}

struct Following {
    local: Arc<dyn Clock>,
    defect: FollowingDefect,
    state: Mutex<State>,
}

struct State {
    offset: SignedDuration,
    shown: Option<Timestamp>,
}

impl Following {
    async fn measure(&self, source: &dyn TimeSource) -> PortResult<SignedDuration> {
        let mut answers = Vec::new();
        for _ in 0..5 {
            let asked = self.local.now();
            let there = source.time().await?;
            let took = asked.duration_until(self.local.now());
            let part = if self.defect == FollowingDefect::TakesTheTimeOfHearing { took } else { took / 2 };
            answers.push((took, (asked + part).duration_until(there)));
        }
        if self.defect != FollowingDefect::TrustsTheLastQuestion {
            answers.sort_by_key(|(took, _)| core::cmp::Reverse(*took));
        }
        Ok(answers.last().unwrap().1)
    }
}

impl Clock for Following {
    fn now(&self) -> Timestamp {
        let mut state = self.state.lock().unwrap();
        let corrected = self.local.now() + state.offset;
        let shown = state.shown.unwrap_or(corrected);
        let back = corrected.duration_until(shown);
        let stands_still = match self.defect {
            FollowingDefect::GoesBack => false,
            FollowingDefect::StandsStillForEver => back.is_positive(),
            _ => back.is_positive() && back <= SignedDuration::from_secs(10),
        };
        let now = if stands_still { shown } else { corrected };
        state.shown = Some(now);
        now
    }
}

#[async_trait]
impl FollowingClock for Following {
    async fn follow(&self, source: &dyn TimeSource) -> PortResult<SignedDuration> {
        let measured = self.measure(source).await;
        let mut state = self.state.lock().unwrap();
        match (measured, self.defect) {
            (Ok(offset), FollowingDefect::TellsAndDoesNotFollow) => Ok(offset),
            (Ok(offset), _) => {
                state.offset = offset;
                Ok(offset)
            }
            (Err(_), FollowingDefect::FaultsAreHidden) => Ok(state.offset),
            (Err(fault), defect) => {
                if defect == FollowingDefect::FaultsForget {
                    state.offset = SignedDuration::ZERO;
                }
                Err(fault)
            }
        }
    }
}
