use super::PortResult;
use backstop_domain::{CodeProfile, NormalisedCode};

pub trait CodeGenerator: Send + Sync {
    /// `count` distinct codes of this profile, each symbol drawn without bias.
    fn codes(&self, profile: &CodeProfile, count: u32) -> PortResult<Vec<NormalisedCode>>;
}
