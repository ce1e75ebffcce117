//! The settings in force, for people to look at.

/// A setting as it is in force; of a secret no more than whether there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingShown {
    /// As it is called in the file, such as `guard.max_attempts`.
    pub name: String,
    pub value: SettingValue,
    pub origin: SettingOrigin,
    /// What it is for, as the reference says.
    pub about: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// As one would write it. The password of an address is left out.
    Text(String),
    /// A secret that there is.
    Secret,
    NotSet,
}

/// Where a setting is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingOrigin {
    /// Nobody wrote it.
    Default,
    /// By its path.
    File(String),
    /// By the variable's name.
    Environment(String),
}

impl SettingOrigin {
    pub(crate) const WORDS: [&'static str; 3] = ["default", "file", "environment"];

    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Default => Self::WORDS[0],
            Self::File(_) => Self::WORDS[1],
            Self::Environment(_) => Self::WORDS[2],
        }
    }

    /// The file or the variable.
    pub(crate) fn place(&self) -> Option<&str> {
        match self {
            Self::Default => None,
            Self::File(place) | Self::Environment(place) => Some(place),
        }
    }
}
