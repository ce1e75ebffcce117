use super::{Owned, Whose, columns};
use crate::ports::{Listed, Rank};
use backstop_domain::{Actor, ActorKind, AuditEntry, AuditKind, ClientId, Network, RequestId, Timestamp};
use core::net::IpAddr;
use uuid::Uuid;

/// Who did what.
#[derive(Clone, Copy, Debug)]
pub struct AuditTrail;

columns! {
    AuditSort { At = "at" }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichActor {
    Any(ActorKind),
    Client(ClientId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameFrom {
    Address(IpAddr),
    Network(Network),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub whose: Option<Whose>,
    pub kind: Option<AuditKind>,
    pub actor: Option<WhichActor>,
    pub came_from: Option<CameFrom>,
    pub request: Option<RequestId>,
    /// From then on, and before then.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Listed for AuditTrail {
    const NAME: &'static str = "audit";

    type Entry = Owned<AuditEntry>;
    type Filter = AuditFilter;
    type Sort = AuditSort;

    fn id(entry: &Owned<AuditEntry>) -> Uuid {
        entry.of.id.uuid()
    }

    fn rank(entry: &Owned<AuditEntry>, sort: AuditSort) -> Rank {
        match sort {
            AuditSort::At => Rank::Time(entry.of.at),
        }
    }

    fn is_for_clients(entry: &Owned<AuditEntry>) -> bool {
        // What somebody in the console did would tell who they are and where.
        entry.is_of_no_staff() && !matches!(entry.of.actor, Actor::Staff(_))
    }

    fn fits(entry: &Owned<AuditEntry>, filter: &AuditFilter, _now: Timestamp) -> bool {
        let AuditEntry { at, kind, actor, account, origin, .. } = &entry.of;
        let did_it = |wanted| match wanted {
            WhichActor::Any(kind) => actor.kind() == kind,
            WhichActor::Client(client) => *actor == Actor::Client(client),
        };
        let came_from = |wanted| {
            origin.ip.is_some_and(|ip| match wanted {
                CameFrom::Address(address) => ip == address,
                CameFrom::Network(network) => Network::of(ip) == network,
            })
        };
        filter.whose.as_ref().is_none_or(|whose| whose.fits(*account, entry.owner.as_ref()))
            && filter.kind.is_none_or(|wanted| *kind == wanted)
            && filter.actor.is_none_or(did_it)
            && filter.came_from.is_none_or(came_from)
            && filter.request.is_none_or(|wanted| origin.request == Some(wanted))
            && super::is_between(*at, filter.from, filter.until)
    }
}
