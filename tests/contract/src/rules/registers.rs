//! Looking through what there is.

use crate::{StoreHarness, fixture::*, shelf::*};
use backstop_application::{
    lists::{
        AccountFilter, AccountSort, Accounts, AuditFilter, AuditTrail, ClientFilter, Clients, CodeFilter, Codes,
        CodesOf, Search,
    },
    ports::{Direction, Sight, SortColumn as _},
};
use backstop_domain::{Account, Duties, Duty, EmailAddress};
use core::fmt::Debug;
use std::collections::BTreeSet;

const SIZES: [u32; 4] = [1, 2, 3, 50];

/// "By their ranks and then by their ids, both in the direction, at most so many": all entries come once, in any sort and
/// direction, over pages of any size.
pub async fn every_entry_comes_once_over_pages_of_any_size(harness: &dyn StoreHarness) {
    async fn check<L: Looked>(shelf: &Shelf) {
        let which = which::<L>(L::filters(shelf).remove(0), Sight::Everything);
        for order in orders::<L>() {
            let expected = all(&shelf.store, &which, order).await;
            assert!(expected.len() > 2, "{} has too little to be divided", L::NAME);
            for size in SIZES {
                let (mut found, mut after) = (Vec::new(), None);
                loop {
                    let page = portion(&shelf.store, &which, order, after, size).await;
                    assert!(page.len() <= size as usize);
                    let Some(last) = page.last() else { break };
                    after = Some(place::<L>(last, order.0));
                    found.extend(page);
                    assert!(found.len() <= expected.len(), "{} {order:?} {size} does not end", L::NAME);
                }
                assert_eq!(found, expected, "{} {order:?} {size}", L::NAME);
            }
        }
    }
    let shelf = Shelf::new(harness).await;
    in_every_list!(check, &shelf);
}

/// "From what comes after this place on, in the direction": the other way round from the first entry of a page come those
/// of the page before it.
pub async fn pages_backwards_are_the_pages_forwards(harness: &dyn StoreHarness) {
    async fn check<L: Looked>(shelf: &Shelf) {
        let which = which::<L>(L::filters(shelf).remove(0), Sight::Everything);
        for order in orders::<L>() {
            let expected = all(&shelf.store, &which, order).await;
            for (at, entry) in expected.iter().enumerate() {
                let back = (order.0, order.1.reversed());
                let mut page = portion(&shelf.store, &which, back, Some(place::<L>(entry, order.0)), 2).await;
                page.reverse();
                assert_eq!(page, expected[at.saturating_sub(2)..at], "{} {order:?} {at}", L::NAME);
            }
        }
    }
    let shelf = Shelf::new(harness).await;
    in_every_list!(check, &shelf);
}

/// "No entry need stand there": what comes and goes between two pages moves nothing else to another page.
pub async fn pages_go_on_while_entries_come_and_go(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for order in orders::<Accounts>() {
        let mut staying = BTreeSet::new();
        let mut leaving = Vec::new();
        for number in 0..12 {
            let mut account = an_account();
            account.created_at = at(number / 3);
            store.put(&account).await;
            if number % 3 == 1 {
                leaving.push(account.id);
            } else {
                staying.insert(account.id);
            }
        }
        let which = which::<Accounts>(AccountFilter::default(), Sight::Everything);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = portion(&store, &which, order, after.clone(), 2).await;
            let Some(last) = page.last() else { break };
            // Also what the next page begins behind goes.
            let was_last = leaving.iter().position(|id| *id == last.account.id);
            if let Some(gone) = was_last.map(|at| leaving.remove(at)).or_else(|| leaving.pop()) {
                store.erase(gone).await;
            }
            // One that stands at the beginning in either direction, whatever is counted.
            let mut early = an_account();
            early.created_at = at(if order.1 == Direction::Ascending { -9 } else { 99 });
            early.modified_at = early.created_at;
            if order.0 != AccountSort::Subject {
                store.put(&early).await;
            }
            after = Some(place::<Accounts>(last, order.0));
            found.extend(page.into_iter().map(|state| state.account.id).filter(|id| staying.contains(id)));
        }
        let once: BTreeSet<_> = found.iter().copied().collect();
        assert_eq!((once.len(), &once), (found.len(), &staying), "{order:?}");
        for id in staying {
            store.erase(id).await;
        }
    }
}

/// "How many entries are meant; counted no further than `most`."
pub async fn counting_ends_where_it_is_told(harness: &dyn StoreHarness) {
    async fn check<L: Looked>(shelf: &Shelf) {
        for filter in L::filters(shelf) {
            let which = which::<L>(filter, Sight::Everything);
            let all = all(&shelf.store, &which, (L::Sort::ALL[0], Direction::Ascending)).await;
            let number = u32::try_from(all.len()).unwrap();
            for most in [0, 1, number, number + 1, 10_000] {
                let counted = L::register(&shelf.store).count(&which, most).await.unwrap();
                assert_eq!(counted, number.min(most), "{} {:?} {most}", L::NAME, which.filter);
            }
        }
    }
    let shelf = Shelf::new(harness).await;
    in_every_list!(check, &shelf);
}

/// A filter leaves what fits it, and nothing else; [`Listed::fits`](backstop_application::ports::Listed) says what does.
pub async fn filters_leave_what_fits(harness: &dyn StoreHarness) {
    async fn check<L: Looked>(shelf: &Shelf) {
        let mut filters = L::filters(shelf);
        let everything = which::<L>(filters.remove(0), Sight::Everything);
        let order = (L::Sort::ALL[0], Direction::Ascending);
        let all = all(&shelf.store, &everything, order).await;
        for filter in filters {
            let which = which::<L>(filter, Sight::Everything);
            let mut fitting = all.clone();
            fitting.retain(|entry| L::fits(entry, &which.filter, which.now));
            assert!(!fitting.is_empty(), "{} has nothing for {:?}", L::NAME, which.filter);
            let found = portion(&shelf.store, &which, order, None, 1_000).await;
            assert_eq!(found, fitting, "{} {:?}", L::NAME, which.filter);
        }
    }
    let shelf = Shelf::new(harness).await;
    in_every_list!(check, &shelf);
}

async fn subjects(store: &Fixture, filter: AccountFilter) -> Vec<String> {
    let which = which::<Accounts>(filter, Sight::Everything);
    let found = portion(store, &which, (AccountSort::Subject, Direction::Ascending), None, 1_000).await;
    found.into_iter().map(|state| state.account.subject.as_str().to_owned()).collect()
}

#[track_caller]
fn are<T: Debug + PartialEq<&'static str>>(found: &[T], expected: &[&'static str], search: &Search) {
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(|(one, other)| *one == *other),
        "{search:?} finds {found:?}"
    );
}

/// A text is looked for byte for byte: nothing in it stands for anything else, and neither case nor normal form is
/// forgiven.
pub async fn searches_are_exact(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for name in ["a%b", "a_b", "axb", "a%", "a\\%", "A%b", "ä", "a\u{308}", "a\u{10ffff}", "a*", "a'"] {
        store.put(&Account { subject: subject(name), ..an_account() }).await;
    }
    let exactly = |text: &str| Search::Exactly(text.to_owned());
    let starts = |text: &str| Search::StartsWith(text.to_owned());
    for (search, expected) in [
        (exactly("a%b"), vec!["a%b"]),
        (exactly("a%"), vec!["a%"]),
        (exactly("%"), vec![]),
        (exactly("a"), vec![]),
        (starts("a%"), vec!["a%", "a%b"]),
        (starts("a_"), vec!["a_b"]),
        (starts("A"), vec!["A%b"]),
        (starts("ä"), vec!["ä"]),
        (starts("a\\"), vec!["a\\%"]),
        (starts("a'"), vec!["a'"]),
        (starts("a\u{10ffff}"), vec!["a\u{10ffff}"]),
        (starts("%"), vec![]),
    ] {
        let found = subjects(&store, AccountFilter { subject: Some(search.clone()), ..AccountFilter::default() }).await;
        are(&found, &expected, &search);
    }
    assert_eq!(
        subjects(&store, AccountFilter { subject: Some(starts("")), ..AccountFilter::default() }).await.len(),
        11
    );
}

/// An address is looked for by its key.
pub async fn addresses_are_looked_for_by_their_keys(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for (name, address) in [("1", "Zoë@Example.org"), ("2", "zo_@example.org"), ("3", "zox@example.org")] {
        let email = EmailAddress::parse(address).ok();
        store.put(&Account { subject: subject(name), email, ..an_account() }).await;
    }
    for (search, expected) in [
        (Search::Exactly("zoë@example.org".to_owned()), vec!["1"]),
        (Search::Exactly("Zoë@Example.org".to_owned()), vec![]),
        (Search::StartsWith("zo_".to_owned()), vec!["2"]),
        (Search::StartsWith("zo".to_owned()), vec!["1", "2", "3"]),
    ] {
        let found = subjects(&store, AccountFilter { email: Some(search.clone()), ..AccountFilter::default() }).await;
        are(&found, &expected, &search);
    }
}

/// "What may be shown to applications": nothing of an administrator or auditor is there for them, in any list, number or
/// detail.
pub async fn applications_see_nothing_of_staff(harness: &dyn StoreHarness) {
    async fn check<L: Looked>(shelf: &Shelf) {
        let order = (L::Sort::ALL[0], Direction::Ascending);
        let mut filters = L::filters(shelf);
        filters.truncate(1);
        for filter in filters {
            let everything = all(&shelf.store, &which::<L>(filter.clone(), Sight::Everything), order).await;
            let for_clients = which::<L>(filter, Sight::ForClients);
            let seen = portion(&shelf.store, &for_clients, order, None, 1_000).await;
            let mut expected = everything.clone();
            expected.retain(L::is_for_clients);
            assert_eq!(seen, expected, "{}", L::NAME);
            let counted = L::register(&shelf.store).count(&for_clients, 1_000).await.unwrap();
            assert_eq!(counted as usize, expected.len(), "{}", L::NAME);
            for entry in everything {
                let found = L::register(&shelf.store).entry(L::id(&entry), Sight::ForClients).await.unwrap();
                assert_eq!(found.is_some(), L::is_for_clients(&entry), "{}", L::NAME);
            }
        }
    }
    let shelf = Shelf::new(harness).await;
    in_every_list!(check, &shelf);
    let of = |account: &Account| CodeFilter {
        of: CodesOf::Account(backstop_application::lists::Whose::Account(account.id)),
        status: None,
    };
    let codes = shelf.store.stores.registers.codes.clone();
    for (account, sight, number) in [
        (&shelf.user, Sight::ForClients, 5),
        (&shelf.staff, Sight::ForClients, 0),
        (&shelf.staff, Sight::Everything, 3),
    ] {
        assert_eq!(codes.count(&which::<Codes>(of(account), sight), 100).await.unwrap(), number);
    }
    let staff = shelf.staff.id;
    let trail = which::<AuditTrail>(AuditFilter::default(), Sight::ForClients);
    let order = (backstop_application::lists::AuditSort::At, Direction::Ascending);
    let seen = portion(&shelf.store, &trail, order, None, 100).await;
    assert!(seen.iter().all(|entry| entry.of.account != Some(staff)) && seen.len() == 4);
}

/// "The entry of this id."
pub async fn an_entry_is_found_by_its_id(harness: &dyn StoreHarness) {
    async fn check<L: Looked>(shelf: &Shelf) {
        let which = which::<L>(L::filters(shelf).remove(0), Sight::Everything);
        for entry in all(&shelf.store, &which, (L::Sort::ALL[0], Direction::Ascending)).await {
            let found = L::register(&shelf.store).entry(L::id(&entry), Sight::Everything).await.unwrap();
            assert_eq!(found, Some(entry), "{}", L::NAME);
        }
        assert_eq!(L::register(&shelf.store).entry(uuid(), Sight::Everything).await.unwrap(), None, "{}", L::NAME);
    }
    let shelf = Shelf::new(harness).await;
    in_every_list!(check, &shelf);
}

/// An account comes with its standing batch and its open duties, a batch with its owner, a code with its times, a client
/// with its keys.
pub async fn an_entry_shows_what_was_stored(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    store.consume(account.id, &issued.codes[0], at(5)).await;
    let owed: Duties = [Duty::NewCodes].into_iter().collect();
    let (client, key) = a_client("shop");
    let mut unit = store.begin().await;
    unit.recoveries().insert(&a_recovery(&issued, owed)).await.unwrap();
    unit.clients().insert(&client, &key).await.unwrap();
    unit.commit().await.unwrap();
    let registers = store.stores.registers.clone();
    let state = registers.accounts.entry(account.id.uuid(), Sight::Everything).await.unwrap().unwrap();
    let batch = store.read_batch(issued.batch.id).await;
    assert_eq!((state.account, state.standing, state.open), (account.clone(), Some(batch.clone()), owed));
    let shown = registers.batches.entry(batch.id.uuid(), Sight::Everything).await.unwrap().unwrap();
    let owner = shown.owner.unwrap();
    assert_eq!((shown.of, owner.account, owner.subject), (batch, account.id, account.subject));
    let code = registers.codes.entry(issued.codes[0].id.uuid(), Sight::Everything).await.unwrap().unwrap().of;
    assert_eq!((code.account, code.batch, code.since), (account.id, issued.batch.id, Some(at(5))));
    assert_eq!((code.created_at, code.expires_at), (issued.batch.created_at, issued.batch.expires_at));
    let which = which::<Clients>(ClientFilter::default(), Sight::Everything);
    let order = (backstop_application::lists::ClientSort::Name, Direction::Ascending);
    let clients = portion(&store, &which, order, None, 9).await;
    assert_eq!((clients[0].client.clone(), clients[0].keys.clone()), (client, vec![(&key).into()]));
}
