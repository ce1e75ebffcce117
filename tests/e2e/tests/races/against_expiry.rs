//! Redeeming while the codes expire, by a clock that the test moves.

use backstop_application::ports::Clock;
use backstop_e2e::{CodeState, Deed, Kind, Local, Rendezvous, Site, own_network, rounds};
use backstop_faults::point::BEFORE_LOCKING;
use backstop_memory::ManualClock;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use std::{sync::Arc, time::Instant};
use tokio::task::JoinHandle;

const WAVE: usize = 6;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

/// When the codes expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// While redemptions stand before their unit of work, the code found live.
    BeforeTheUnits,
    AfterThem,
    /// While they run.
    Meanwhile,
}

const TIMES: [When; 3] = [When::BeforeTheUnits, When::AfterThem, When::Meanwhile];

struct Race {
    local: Local,
    clock: Arc<ManualClock>,
    rendezvous: Rendezvous,
}

impl Race {
    fn wave(&self, subject: &str, codes: &[String]) -> Vec<JoinHandle<(usize, Deed)>> {
        let redemption = |turn: usize| {
            let code = turn % codes.len();
            let (local, subject, text) = (self.local.clone(), subject.to_owned(), codes[code].clone());
            tokio::spawn(async move { (code, local.redeem(&subject, &text, &own_network()).await) })
        };
        (0..WAVE).map(redemption).collect()
    }

    /// Answers when the clock stood on the other side.
    fn expire(&self) -> Instant {
        self.clock.advance(MICROSECOND);
        Instant::now()
    }

    async fn run(&self, subject: &str, codes: &[String], when: When) -> (Instant, Vec<(usize, Deed)>) {
        let rendezvous = &self.rendezvous;
        // The last moment at which they are good.
        self.clock.advance(DAY - MICROSECOND);
        rendezvous.hold(BEFORE_LOCKING);
        let early = self.wave(subject, codes);
        rendezvous.wait_for(BEFORE_LOCKING, WAVE).await;
        rendezvous.pass(BEFORE_LOCKING);
        let (expired, mut deeds) = match when {
            When::BeforeTheUnits => {
                let expired = self.expire();
                rendezvous.release(BEFORE_LOCKING);
                let early = ended(early).await;
                assert!(early.iter().all(|(_, deed)| deed.was_refused()), "{early:?}");
                (expired, early)
            }
            When::AfterThem => {
                rendezvous.release(BEFORE_LOCKING);
                let early = ended(early).await;
                assert_eq!(early.iter().filter(|(_, deed)| deed.succeeded()).count(), codes.len(), "{early:?}");
                (self.expire(), early)
            }
            When::Meanwhile => {
                rendezvous.release(BEFORE_LOCKING);
                let more = self.wave(subject, codes);
                // The first of them that has ended says that the others are on their way.
                let (first, _, rest) = futures_util::future::select_all(early).await;
                let expired = self.expire();
                let mut deeds = vec![first.expect("a redemption ends")];
                deeds.extend(ended(rest).await);
                deeds.extend(ended(more).await);
                (expired, deeds)
            }
        };
        deeds.extend(ended(self.wave(subject, codes)).await);
        (expired, deeds)
    }
}

async fn ended(redemptions: Vec<JoinHandle<(usize, Deed)>>) -> Vec<(usize, Deed)> {
    join_all(redemptions).await.into_iter().map(|ended| ended.expect("a redemption ends")).collect()
}

async fn race(kind: Kind) {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
    let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000).unwrap()));
    let local = Local::start(&site, Arc::clone(&clock) as Arc<dyn Clock>, &rendezvous.at(&[BEFORE_LOCKING])).await;
    let race = Race { local, clock, rendezvous };
    let rounds = rounds(9).max(TIMES.len());
    let (mut successes, mut refusals) = (0, 0);
    for round in 0..rounds {
        let subject = format!("person-{round}");
        race.local.register(&subject).await;
        let codes = race.local.generate(&subject, 3, Some(1)).await;
        let (expired, deeds) = race.run(&subject, &codes, TIMES[round % TIMES.len()]).await;
        let books = site.judge().await;
        for (n, code) in codes.iter().enumerate() {
            let won = deeds.iter().filter(|(code, deed)| *code == n && deed.succeeded()).count();
            assert!(won <= 1);
            let expected = if won == 1 { CodeState::Used } else { CodeState::Active };
            assert_eq!(books.state(&subject, code), expected);
            successes += won;
        }
        for (_, deed) in &deeds {
            assert!(deed.succeeded() || deed.was_refused(), "{deed:?}");
            assert!(!(deed.succeeded() && deed.sent > expired), "sent after the codes had expired: {deed:?}");
            refusals += usize::from(deed.was_refused());
        }
    }
    race.local.close().await;
    assert!(successes > 0 && refusals > 0);
    println!("{rounds} rounds against expiry on {kind}: {successes} successes, {refusals} refusals");
}

#[tokio::test(flavor = "multi_thread")]
async fn redemptions_race_with_expiry_on_sqlite() {
    race(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redemptions_race_with_expiry_on_postgres() {
    race(Kind::Postgres).await;
}
