use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

const ACCOUNT: Uuid = Uuid::from_u128(1);
const OLD: Uuid = Uuid::from_u128(2);
const NEW: Uuid = Uuid::from_u128(3);
const USED: Uuid = Uuid::from_u128(4);

fn batch(id: Uuid, used: i64, invalidated: i64, superseded_at: Option<i64>) -> BatchRow {
    BatchRow {
        id,
        account: ACCOUNT,
        issued: 2,
        used,
        invalidated,
        removed: 0,
        purged: 0,
        superseded_at,
        invalidated_at: None,
        deleted_at: None,
        expires_at: Some(100),
    }
}

fn code(id: u128, batch: Uuid, state: CodeState, since: Option<i64>) -> CodeRow {
    CodeRow { id: Uuid::from_u128(id), batch, state, lookup: Vec::new(), since }
}

fn entry(kind: &str, batch: Option<Uuid>, count: i64) -> AuditRow {
    AuditRow { kind: kind.to_owned(), account: Some(ACCOUNT), batch, count: Some(count), reason: None, at: 0 }
}

/// A code of the first batch was used before the second replaced it.
fn sound() -> Books {
    Books {
        accounts: vec![AccountRow { id: ACCOUNT, subject: "ann".to_owned() }],
        batches: vec![batch(OLD, 1, 1, Some(20)), batch(NEW, 0, 0, None)],
        past: vec![],
        codes: vec![
            code(4, OLD, CodeState::Used, Some(10)),
            code(5, OLD, CodeState::Invalidated, Some(20)),
            code(6, NEW, CodeState::Active, None),
            code(7, NEW, CodeState::Active, None),
        ],
        audit: vec![
            entry("account_created", None, 0),
            entry("generated", Some(OLD), 2),
            entry("redeemed", Some(OLD), 1),
            entry("superseded", Some(OLD), 1),
            entry("generated", Some(NEW), 2),
        ],
        recoveries: vec![RecoveryRow { account: ACCOUNT, batch: OLD, code: USED, at: 10 }],
    }
}

/// The purge took the codes of the first batch, and then the batch.
fn purged() -> Books {
    let mut books = sound();
    books.codes.drain(..2);
    let mut past = books.batches.remove(0);
    past.purged = 2;
    books.past.push(past);
    books
}

/// The purge took the used code alone.
fn purged_in_part() -> Books {
    let mut books = sound();
    books.codes.remove(0);
    books.batches[0].purged = 1;
    books
}

#[test]
fn sound_books_are_passed() {
    sound().judge();
    purged().judge();
    purged_in_part().judge();
}

#[test]
fn each_kind_of_damage_by_a_purge_is_found() {
    type Damage = fn(&mut Books);
    let whole: [(&str, Damage); 4] = [
        ("a batch that went with a code uncounted", |books| books.past[0].invalidated = 0),
        ("a batch that went with a code unpurged", |books| books.past[0].purged = 1),
        ("a batch that went without a trace", |books| books.past.clear()),
        ("a recovery that went with its code", |books| books.recoveries.clear()),
    ];
    let part: [(&str, Damage); 4] = [
        ("a purged code that is not counted", |books| books.batches[0].purged = 0),
        ("a code that is not purged", |books| books.batches[0].purged = 2),
        ("a purge that changed another counter", |books| books.batches[0].used = 0),
        ("a live code that went", |books| {
            books.codes.pop();
            books.batches[1].purged = 1;
        }),
    ];
    let whole = whole.map(|damage| (damage, purged()));
    for ((what, damage), mut books) in whole.into_iter().chain(part.map(|damage| (damage, purged_in_part()))) {
        damage(&mut books);
        assert!(catch_unwind(AssertUnwindSafe(|| books.judge())).is_err(), "{what}");
    }
}

#[test]
fn each_kind_of_damage_is_found() {
    type Damage = fn(&mut Books);
    let damages: [(&str, Damage); 17] = [
        ("a batch lacks a code", |books| drop(books.codes.pop())),
        ("a counter lags behind", |books| books.batches[0].used = 0),
        ("a counter runs ahead", |books| books.batches[1].removed = 1),
        ("a live code in a batch that ended", |books| {
            books.codes[1].state = CodeState::Active;
            books.batches[0].invalidated = 0;
        }),
        ("a code without a batch", |books| books.codes[3].batch = Uuid::nil()),
        ("two batches stand", |books| {
            books.batches[0].superseded_at = None;
            books.audit.remove(3);
        }),
        ("a used code without a recovery", |books| books.recoveries.clear()),
        ("a recovery twice", |books| books.recoveries.push(books.recoveries[0].clone())),
        ("a recovery by a code that is not used", |books| {
            books.recoveries.push(RecoveryRow { account: ACCOUNT, batch: NEW, code: Uuid::from_u128(6), at: 10 });
        }),
        ("a recovery of another time", |books| books.recoveries[0].at = 11),
        ("a use after the expiry", |books| books.batches[0].expires_at = Some(10)),
        ("a use after the end of its batch", |books| books.batches[0].superseded_at = Some(9)),
        ("a success without its entry", |books| drop(books.audit.remove(2))),
        ("an entry without its success", |books| books.audit.push(entry("redeemed", Some(NEW), 1))),
        ("a batch without its entry", |books| drop(books.audit.pop())),
        ("an entry without its batch", |books| books.audit.push(entry("generated", Some(Uuid::nil()), 2))),
        ("an end without its entry", |books| drop(books.audit.remove(3))),
    ];
    for (what, damage) in damages {
        let mut books = sound();
        damage(&mut books);
        assert!(catch_unwind(AssertUnwindSafe(|| books.judge())).is_err(), "{what}");
    }
}
