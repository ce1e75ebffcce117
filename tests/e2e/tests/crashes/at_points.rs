//! Killed at every point of every act: before the commit nothing has happened, after it everything.

use crate::Mortal;
use backstop_e2e::{Call, CodeState, Kind, own_network, rounds};
use backstop_faults::point::{
    AFTER_BEGIN, AFTER_COMMIT, AFTER_CONSUME, AFTER_INSERT, AFTER_SUPERSEDE, BEFORE_COMMIT, BEFORE_CONSUME,
    BEFORE_LOCKING,
};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Generate,
    Regenerate,
    Redeem,
}

impl Act {
    const fn points(self) -> &'static [&'static str] {
        match self {
            Self::Generate | Self::Regenerate => {
                &[BEFORE_LOCKING, AFTER_BEGIN, AFTER_SUPERSEDE, AFTER_INSERT, BEFORE_COMMIT, AFTER_COMMIT]
            }
            Self::Redeem => &[BEFORE_LOCKING, AFTER_BEGIN, BEFORE_CONSUME, AFTER_CONSUME, BEFORE_COMMIT, AFTER_COMMIT],
        }
    }
}

/// One account and what was shown to it before the crash.
struct Case {
    act: Act,
    subject: String,
    codes: Vec<String>,
    committed: bool,
}

impl Case {
    async fn prepare(mortal: &Mortal, act: Act, point: &str, round: usize) -> Self {
        let subject = format!("{act:?} {point} {round}");
        mortal.api.put_account(&subject, &json!({})).await.expect(201);
        let codes = match act {
            Act::Generate => Vec::new(),
            Act::Regenerate | Act::Redeem => mortal.api.generate(&subject, &json!({"count": 3})).await.codes(),
        };
        Self { act, subject, codes, committed: point == AFTER_COMMIT }
    }

    fn call(&self, mortal: &Mortal) -> Call {
        match self.act {
            Act::Generate | Act::Regenerate => mortal.api.generate(&self.subject, &json!({"count": 4})),
            Act::Redeem => mortal.api.redeem(&self.subject, &self.codes[0], &own_network()),
        }
    }

    /// What the database holds, before and after the restart alike.
    async fn check_books(&self, mortal: &Mortal) {
        let books = mortal.site.judge().await;
        let account = books.account(&self.subject).id;
        let batches: Vec<(i64, bool)> = books.batches_of(account).map(|batch| (batch.issued, batch.stands())).collect();
        let expected = match (self.act, self.committed) {
            (Act::Generate, false) => vec![],
            (Act::Generate, true) => vec![(4, true)],
            (Act::Regenerate, true) => vec![(3, false), (4, true)],
            (Act::Regenerate, false) | (Act::Redeem, _) => vec![(3, true)],
        };
        assert!(expected.iter().all(|batch| batches.contains(batch)) && batches.len() == expected.len(), "{batches:?}");
        let states: Vec<CodeState> = self.codes.iter().map(|code| books.state(&self.subject, code)).collect();
        let first = match (self.act, self.committed) {
            (Act::Redeem, true) => CodeState::Used,
            (Act::Regenerate, true) => CodeState::Invalidated,
            _ => CodeState::Active,
        };
        assert!(states.first().is_none_or(|state| *state == first), "{states:?}");
        let successes = usize::from(self.act == Act::Redeem && self.committed);
        assert_eq!(books.entries("redeemed", account).len(), successes);
    }

    /// What the service makes of it.
    async fn check_service(&self, mortal: &Mortal) {
        let redeem = |code: &str| mortal.api.redeem(&self.subject, code, &own_network());
        if let Some(code) = self.codes.first() {
            redeem(code).await.expect(if self.committed { 401 } else { 200 });
            redeem(code).await.expect(401);
        }
        if self.act == Act::Redeem {
            redeem(&self.codes[1]).await.expect(200);
        }
        // The account is as able as ever.
        let codes = mortal.api.generate(&self.subject, &json!({"count": 2})).await.expect(201).codes();
        redeem(&codes[0]).await.expect(200);
        redeem(&codes[0]).await.expect(401);
    }
}

async fn crash(kind: Kind, act: Act) {
    let mut mortal = Mortal::start(kind).await;
    let rounds = rounds(1);
    for (round, point) in (0..rounds).flat_map(|round| act.points().iter().map(move |point| (round, *point))) {
        let case = Case::prepare(&mortal, act, point, round).await;
        mortal.rendezvous.hold(point);
        let victim = tokio::spawn(case.call(&mortal).attempt());
        mortal.rendezvous.wait_for(point, 1).await;
        mortal.kill();
        assert!(victim.await.unwrap().is_err(), "nobody was left to answer");
        case.check_books(&mortal).await;
        mortal.revive().await;
        case.check_books(&mortal).await;
        case.check_service(&mortal).await;
        mortal.site.judge().await;
    }
    println!("{act:?} on {kind}: killed {} times at {} points", rounds * act.points().len(), act.points().len());
}

macro_rules! crashes {
    ($($name:ident: $act:ident),* $(,)?) => {
        mod crash_on_sqlite_while {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                crash(Kind::Sqlite, Act::$act).await;
            })*
        }

        mod crash_on_postgres_while {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                crash(Kind::Postgres, Act::$act).await;
            })*
        }
    };
}

crashes! {
    generating: Generate,
    regenerating: Regenerate,
    redeeming: Redeem,
}
