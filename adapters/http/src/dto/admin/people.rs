//! Accounts, their sets, codes and sessions; clients.

use super::page_of;
use crate::dto::{
    Account, Batch,
    fields::{Instant, Word},
};
use backstop_application::{
    lists::{Accounts, Batches, ClientWithKeys, Clients, CodeFacts, Codes, Owned, Owner},
    ports::AccountState,
    use_cases::AccountView,
};
use backstop_domain::{
    BatchStatus, CodeStatus, Duty, Network, Scope, Session, SessionKind, SessionRules, SignInMethod, Timestamp,
};
use uuid::Uuid;

object! {
    /// A user in a list.
    AccountEntry gives {
        /// The account's id, by which other lists can be narrowed down.
        id: Uuid,
        /// When the account was made.
        created_at: Instant,
        /// When it last changed.
        modified_at: Instant,
        /// How it stands.
        account: Account,
    }
}

page_of! {
    /// Some of the users.
    AccountsPage of AccountEntry from Accounts
}

impl AccountEntry {
    pub(crate) fn new(state: AccountState, now: Timestamp) -> Self {
        let AccountState { account, standing, open } = state;
        let active = standing.filter(|batch| batch.status(now) == BatchStatus::Active);
        let waits = account.generation.is_on(now);
        let view = AccountView {
            remaining: active.as_ref().map_or(0, |batch| batch.remaining(now)),
            active,
            duties: open,
            cooldown_until: waits.filter(|_| !open.contains(Duty::NewCodes)),
            account,
        };
        Self {
            id: view.account.id.uuid(),
            created_at: Instant(view.account.created_at),
            modified_at: Instant(view.account.modified_at),
            account: Account::new(view, now),
        }
    }
}

object! {
    /// A set of codes in a list.
    BatchEntry gives {
        /// The id of the account whose codes they are.
        account: Uuid,
        /// The form of the codes.
        profile: String,
        /// The set.
        batch: Batch,
    }
}

page_of! {
    /// Some of the sets of codes.
    BatchesPage of BatchEntry from Batches
}

fn subject_of(owner: Option<Owner>) -> Option<String> {
    owner.map(|owner| owner.subject.as_str().to_owned())
}

impl BatchEntry {
    pub(crate) fn new(entry: Owned<backstop_domain::Batch>, now: Timestamp) -> Self {
        let Owned { of, owner } = entry;
        Self {
            account: of.account.uuid(),
            profile: of.profile.as_str().to_owned(),
            batch: Batch::of_subject(&of, subject_of(owner).unwrap_or_default(), now),
        }
    }
}

object! {
    /// One code: where it stands, and nothing of the code itself.
    CodeEntry gives {
        /// The code's id.
        id: Uuid,
        /// The set that it is in.
        batch: Uuid,
        /// The id of the account whose code it is.
        account: Uuid,
        /// The account's subject.
        subject: Option<String>,
        /// What became of it.
        status: Word<CodeStatus>,
        /// Since when it is so; `null` while it is active.
        since: Option<Instant>,
        /// When it was made.
        created_at: Instant,
        /// From when it is refused; `null` is never.
        expires_at: Option<Instant>,
    }
}

page_of! {
    /// Some of the codes of a set or of an account.
    CodesPage of CodeEntry from Codes
}

impl CodeEntry {
    pub(crate) fn new(entry: Owned<CodeFacts>, _now: Timestamp) -> Self {
        let CodeFacts { id, batch, account, status, since, created_at, expires_at } = entry.of;
        Self {
            id: id.uuid(),
            batch: batch.uuid(),
            account: account.uuid(),
            subject: subject_of(entry.owner),
            status: Word(status),
            since: since.map(Instant),
            created_at: Instant(created_at),
            expires_at: expires_at.map(Instant),
        }
    }
}

object! {
    /// A key of a client, without what proves it.
    KeyEntry gives {
        /// The key's id, which stands in the key too.
        id: Uuid,
        /// When it was made.
        created_at: Instant,
        /// When it was last used, to the minute.
        last_used_at: Option<Instant>,
        /// Since when it opens nothing.
        revoked_at: Option<Instant>,
    }
}

object! {
    /// An application that calls the API.
    ClientEntry gives {
        /// The client's id.
        id: Uuid,
        /// What operators call it.
        name: String,
        /// What it may do.
        scopes: Vec<Word<Scope>>,
        /// When it was made known.
        created_at: Instant,
        /// Its keys.
        keys: Vec<KeyEntry>,
    }
}

page_of! {
    /// Some of the clients.
    ClientsPage of ClientEntry from Clients
}

impl ClientEntry {
    pub(crate) fn new(entry: ClientWithKeys, _now: Timestamp) -> Self {
        let ClientWithKeys { client, keys } = entry;
        let key = |key: backstop_application::lists::KeyFacts| KeyEntry {
            id: key.id.uuid(),
            created_at: Instant(key.created_at),
            last_used_at: key.last_used_at.map(Instant),
            revoked_at: key.revoked_at.map(Instant),
        };
        Self {
            id: client.id.uuid(),
            scopes: client.scopes.iter().map(Word).collect(),
            name: client.name,
            created_at: Instant(client.created_at),
            keys: keys.into_iter().map(key).collect(),
        }
    }
}

object! {
    /// Where somebody is signed in.
    SessionEntry gives {
        /// The session's id, which is not its token.
        id: Uuid,
        /// Of which pages it is.
        kind: Word<SessionKind>,
        /// How they signed in.
        method: Word<SignInMethod>,
        /// When they signed in.
        begun_at: Instant,
        /// When they were last seen, to the minute.
        seen_at: Instant,
        /// When it ends unless it is used again.
        ends_at: Instant,
        /// The network they signed in from.
        network: Option<String>,
        /// The browser, as it calls itself.
        user_agent: Option<String>,
    }
}

object! {
    /// All sessions of one account that have not ended, the newest first.
    SessionsOf gives {
        /// The account's id.
        account: Uuid,
        /// Its subject.
        subject: String,
        /// The sessions.
        items: Vec<SessionEntry>,
    }
}

impl SessionsOf {
    pub(crate) fn new(account: &backstop_domain::Account, sessions: Vec<Session>, rules: &SessionRules) -> Self {
        let end = |session: &Session| {
            let later = |time: Timestamp, after| time.saturating_add(after).unwrap_or(Timestamp::MAX);
            later(session.seen_at, rules.idle).min(later(session.created_at, rules.absolute))
        };
        let entry = |session: Session| SessionEntry {
            id: session.id.uuid(),
            kind: Word(session.kind),
            method: Word(session.method),
            begun_at: Instant(session.created_at),
            seen_at: Instant(session.seen_at),
            ends_at: Instant(end(&session)),
            network: session.ip.map(|ip| Network::of(ip).to_string()),
            user_agent: session.user_agent,
        };
        Self {
            account: account.id.uuid(),
            subject: account.subject.as_str().to_owned(),
            items: sessions.into_iter().map(entry).collect(),
        }
    }
}
