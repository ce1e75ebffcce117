use super::{Search, columns};
use crate::ports::{Listed, Rank};
use backstop_domain::{Client, ClientKey, ClientKeyId, Scope, Timestamp};
use uuid::Uuid;

/// Applications that call the API.
#[derive(Clone, Copy, Debug)]
pub struct Clients;

columns! {
    ClientSort { Name = "name", Created = "created" }
}

/// A key without what proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    pub id: ClientKeyId,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

impl From<&ClientKey> for KeyFacts {
    fn from(key: &ClientKey) -> Self {
        let ClientKey { id, created_at, revoked_at, last_used_at, .. } = *key;
        Self { id, created_at, revoked_at, last_used_at }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientWithKeys {
    pub client: Client,
    /// In the order of their ids.
    pub keys: Vec<KeyFacts>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFilter {
    pub name: Option<Search>,
    pub scope: Option<Scope>,
}

impl Listed for Clients {
    const NAME: &'static str = "clients";

    type Entry = ClientWithKeys;
    type Filter = ClientFilter;
    type Sort = ClientSort;

    fn id(entry: &ClientWithKeys) -> Uuid {
        entry.client.id.uuid()
    }

    fn rank(entry: &ClientWithKeys, sort: ClientSort) -> Rank {
        match sort {
            ClientSort::Name => Rank::Text(entry.client.name.clone()),
            ClientSort::Created => Rank::Time(entry.client.created_at),
        }
    }

    fn is_for_clients(_entry: &ClientWithKeys) -> bool {
        true
    }

    fn fits(entry: &ClientWithKeys, filter: &ClientFilter, _now: Timestamp) -> bool {
        filter.name.as_ref().is_none_or(|search| search.fits(&entry.client.name))
            && filter.scope.is_none_or(|scope| entry.client.scopes.contains(scope))
    }
}
