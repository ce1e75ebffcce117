//! Redeeming while the code, its batch or its owner goes away: no success after the other's answer.

use crate::{Fleet, new_account};
use backstop_e2e::{Answer, Api, Books, Call, CodeState, Kind, Rendezvous, Site, own_network, rounds};
use backstop_faults::point::BEFORE_LOCKING;
use futures_util::future::join_all;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    InvalidateCode,
    DeleteCode,
    InvalidateBatch,
    DeleteBatch,
    Regenerate,
    Erase,
}

impl Act {
    const fn is_on_one_code(self) -> bool {
        matches!(self, Self::InvalidateCode | Self::DeleteCode)
    }

    fn call(self, api: &Api, target: &Target) -> Call {
        let (subject, code) = (&*target.subject, &*target.codes[0]);
        match self {
            Self::InvalidateCode => api.invalidate_code(subject, code, &own_network()),
            Self::DeleteCode => api.delete_code(subject, code, &own_network()),
            Self::InvalidateBatch => api.invalidate_batch(subject, target.batch),
            Self::DeleteBatch => api.delete_batch(subject, target.batch),
            Self::Regenerate => api.generate(subject, &json!({"count": 2})),
            Self::Erase => api.erase(subject),
        }
    }

    const fn answered_with(self) -> u16 {
        match self {
            Self::InvalidateCode | Self::DeleteCode | Self::InvalidateBatch => 200,
            Self::DeleteBatch | Self::Erase => 204,
            Self::Regenerate => 201,
        }
    }

    /// What becomes of a live code that it meets.
    const fn leaves(self) -> CodeState {
        match self {
            Self::DeleteCode | Self::DeleteBatch => CodeState::Deleted,
            _ => CodeState::Invalidated,
        }
    }
}

/// Who gets to the account's lock first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// The act is done while redemptions stand before their unit of work, the code found live.
    ActFirst,
    /// Redemptions are done while the act stands before its own.
    RedemptionsFirst,
    /// All stand there and go at once, and more come meanwhile.
    AtOnce,
}

const ORDERS: [Order; 3] = [Order::ActFirst, Order::RedemptionsFirst, Order::AtOnce];

struct Target {
    subject: String,
    codes: Vec<String>,
    batch: Uuid,
}

/// A code and how an attempt to redeem it was answered.
type Redemption = (usize, Answer);

struct Race<'a> {
    act: Act,
    fleet: &'a Fleet,
    rendezvous: &'a Rendezvous,
    target: Target,
    turn: usize,
}

/// How many redemptions come in each of the three waves.
const WAVE: usize = 5;
const CODES: usize = 6;

impl Race<'_> {
    fn api(&mut self) -> &Api {
        self.turn += 1;
        self.fleet.api(self.turn)
    }

    /// Acts on one code race for that one, the others for several, some of them twice.
    fn redemption(&mut self) -> JoinHandle<Redemption> {
        let code = if self.act.is_on_one_code() { 0 } else { self.turn % (WAVE - 1) };
        let (subject, text) = (self.target.subject.clone(), self.target.codes[code].clone());
        let call = self.api().redeem(&subject, &text, &own_network());
        tokio::spawn(async move { (code, call.await) })
    }

    fn wave(&mut self) -> Vec<JoinHandle<Redemption>> {
        (0..WAVE).map(|_| self.redemption()).collect()
    }

    fn act(&mut self) -> JoinHandle<Answer> {
        self.turn += 1;
        tokio::spawn(self.act.call(self.fleet.api(self.turn), &self.target).into_future())
    }

    async fn run(&mut self, order: Order, seed: u64) -> (Answer, Vec<Redemption>) {
        let rendezvous = self.rendezvous;
        rendezvous.hold(BEFORE_LOCKING);
        let (acted, mut redemptions) = match order {
            Order::ActFirst => {
                let early = self.wave();
                rendezvous.wait_for(BEFORE_LOCKING, WAVE).await;
                rendezvous.pass(BEFORE_LOCKING);
                let acted = self.act().await.unwrap();
                assert_eq!(rendezvous.release(BEFORE_LOCKING), WAVE);
                let early = ended(early).await;
                assert!(early.iter().all(|(_, answer)| answer.status == 401), "{early:?}");
                (acted, early)
            }
            Order::RedemptionsFirst => {
                let acting = self.act();
                rendezvous.wait_for(BEFORE_LOCKING, 1).await;
                rendezvous.pass(BEFORE_LOCKING);
                let early = ended(self.wave()).await;
                assert!(early.iter().any(|(_, answer)| answer.status == 200), "{early:?}");
                assert_eq!(rendezvous.release(BEFORE_LOCKING), 1);
                (acting.await.unwrap(), early)
            }
            Order::AtOnce => self.at_once(seed).await,
        };
        let late = ended(self.wave()).await;
        assert!(late.iter().all(|(_, answer)| answer.began_after(&acted)));
        redemptions.extend(late);
        (acted, redemptions)
    }

    /// They come to the lock in an order drawn by lot, and are let go in that order.
    async fn at_once(&mut self, seed: u64) -> (Answer, Vec<Redemption>) {
        let mut places: Vec<bool> = (0..=WAVE).map(|place| place == 0).collect();
        places.shuffle(&mut StdRng::seed_from_u64(seed));
        let (mut acting, mut redeeming) = (None, Vec::new());
        for (before, is_act) in places.into_iter().enumerate() {
            if is_act {
                acting = Some(self.act());
            } else {
                redeeming.push(self.redemption());
            }
            self.rendezvous.wait_for(BEFORE_LOCKING, before + 1).await;
        }
        self.rendezvous.pass(BEFORE_LOCKING);
        let more = self.wave();
        assert_eq!(self.rendezvous.release(BEFORE_LOCKING), WAVE + 1);
        let acted = acting.expect("one place is the act's").await.unwrap();
        redeeming.extend(more);
        (acted, ended(redeeming).await)
    }

    /// That answers and database tell the same story.
    fn check(&self, acted: &Answer, redemptions: &[Redemption], books: &Books) -> usize {
        let act = self.act;
        assert_eq!(acted.status, act.answered_with(), "{act:?}: {}", acted.text);
        let mut won = [0; CODES];
        for (code, answer) in redemptions {
            assert!([200, 401].contains(&answer.status), "{act:?}: {}", answer.text);
            if answer.status == 200 {
                won[*code] += 1;
                assert!(!answer.began_after(acted), "{act:?} was answered before a redemption was sent that succeeded");
            }
        }
        assert!(won.iter().all(|times| *times <= 1), "{act:?}: {won:?}");
        let told = books.audit.iter().filter(|row| row.kind == "redeemed" && row.batch == Some(self.target.batch));
        let successes = won.iter().sum::<usize>();
        assert_eq!(told.count(), successes, "{act:?}: successes in the trail");
        if act == Act::Erase {
            assert!(books.accounts.iter().all(|account| account.subject != self.target.subject));
            return successes;
        }
        for (code, times) in self.target.codes.iter().zip(won) {
            let untouched = act.is_on_one_code() && *code != self.target.codes[0];
            let expected = match (times, untouched) {
                (1, _) => CodeState::Used,
                (_, true) => CodeState::Active,
                (_, false) => act.leaves(),
            };
            assert_eq!(books.state(&self.target.subject, code), expected, "{act:?}");
        }
        if act.is_on_one_code() {
            assert_eq!(acted.json["changed"], won[0] == 0, "{act:?}: {}", acted.text);
        }
        successes
    }

    /// What the act was not about still works.
    async fn check_the_rest(&mut self, acted: &Answer) {
        let good = match self.act {
            Act::InvalidateCode | Act::DeleteCode => self.target.codes[1].clone(),
            Act::Regenerate => acted.codes()[0].clone(),
            _ => return,
        };
        let subject = self.target.subject.clone();
        self.api().redeem(&subject, &good, &own_network()).await.expect(200);
    }
}

async fn ended(redemptions: Vec<JoinHandle<Redemption>>) -> Vec<Redemption> {
    join_all(redemptions).await.into_iter().map(|ended| ended.expect("a redemption ends")).collect()
}

async fn race(kind: Kind, act: Act) {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(kind).await);
    let servers = if kind == Kind::Postgres { 3 } else { 1 };
    let fleet = Fleet::start(&site, &rendezvous, &[BEFORE_LOCKING], servers).await;
    let rounds = rounds(9);
    let (mut successes, mut refusals) = (0, 0);
    for round in 0..rounds.max(ORDERS.len()) {
        let subject = format!("person-{round}");
        let codes = new_account(fleet.api(round), &subject, CODES).await;
        let books = site.books().await;
        let batch = books.standing(books.account(&subject).id).expect("a batch that stands").id;
        let target = Target { subject, codes, batch };
        let mut race = Race { act, fleet: &fleet, rendezvous: &rendezvous, target, turn: round };
        let (acted, redemptions) = race.run(ORDERS[round % ORDERS.len()], u64::try_from(round).unwrap()).await;
        let won = race.check(&acted, &redemptions, &site.judge().await);
        race.check_the_rest(&acted).await;
        successes += won;
        refusals += redemptions.len() - won;
    }
    assert!(successes > 0 && refusals > 0);
    println!("{rounds} rounds against {act:?} on {kind}: {successes} successes, {refusals} refusals");
}

macro_rules! races {
    ($($name:ident: $act:ident),* $(,)?) => {
        mod redemptions_race_on_sqlite_with {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                race(Kind::Sqlite, Act::$act).await;
            })*
        }

        mod redemptions_race_on_postgres_with {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                race(Kind::Postgres, Act::$act).await;
            })*
        }
    };
}

races! {
    invalidating_the_code: InvalidateCode,
    deleting_the_code: DeleteCode,
    invalidating_the_batch: InvalidateBatch,
    deleting_the_batch: DeleteBatch,
    regenerating: Regenerate,
    erasing_the_account: Erase,
}
