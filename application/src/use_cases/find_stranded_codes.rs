use crate::{
    Ports, Settings,
    ports::{Clock, CodeReader, PortResult},
};
use backstop_domain::{AcceptedProfiles, KeyId};
use std::{fmt, sync::Arc};

/// Finds live codes that could not be redeemed because their key or profile is not configured.
pub struct FindStrandedCodes {
    codes: Arc<dyn CodeReader>,
    clock: Arc<dyn Clock>,
    profiles: AcceptedProfiles,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stranded {
    Key { id: String, codes: u64 },
    Profile { name: String, codes: u64 },
}

impl fmt::Display for Stranded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { id, codes } => write!(f, "{codes} live codes were made under the lookup key {id:?}"),
            Self::Profile { name, codes } => write!(f, "{codes} live codes have the profile {name:?}"),
        }
    }
}

impl FindStrandedCodes {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { codes: Arc::clone(&ports.codes), clock: Arc::clone(&ports.clock), profiles: settings.profiles.clone() }
    }

    pub async fn run(&self, keys: &[KeyId]) -> PortResult<Vec<Stranded>> {
        let live = self.codes.live(self.clock.now()).await?;
        let by_key = live.by_key.into_iter().filter(|(id, codes)| *codes > 0 && !keys.contains(id));
        let by_profile =
            live.by_profile.into_iter().filter(|(name, codes)| *codes > 0 && self.profiles.get(name).is_none());
        Ok(by_key
            .map(|(id, codes)| Stranded::Key { id: id.as_str().to_owned(), codes })
            .chain(by_profile.map(|(name, codes)| Stranded::Profile { name: name.as_str().to_owned(), codes }))
            .collect())
    }
}
