use super::services::{BrokenService, ServiceDefect};
use backstop_application::ports::{CodeWrapper, PortResult};
use backstop_domain::{BatchId, Sealed, SecretText};
use uuid::Uuid;

const NAKED: &str = "naked:";

impl<S: CodeWrapper> CodeWrapper for BrokenService<S> {
    fn wrap(&self, batch: BatchId, codes: &[SecretText]) -> PortResult<Sealed> {
        let mut codes = codes.to_vec();
        match self.defect() {
            ServiceDefect::WrapsInReverse => codes.reverse(),
            ServiceDefect::WrapsInTheClear => {
                let plain: Vec<&str> = codes.iter().map(SecretText::reveal).collect();
                return Ok(Sealed::new(format!("{NAKED}{}", plain.join(" ")).into_bytes()));
            }
            _ => {}
        }
        self.sound().wrap(self.wrapped_for(batch), &codes)
    }

    fn unwrap(&self, batch: BatchId, sealed: &Sealed) -> PortResult<Option<Vec<SecretText>>> {
        let text = core::str::from_utf8(sealed.bytes()).ok().and_then(|text| text.strip_prefix(NAKED));
        if let Some(text) = text {
            return Ok(Some(text.split(' ').map(|code| SecretText::new(code.to_owned())).collect()));
        }
        self.sound().unwrap(self.wrapped_for(batch), sealed)
    }
}

impl<S: CodeWrapper> BrokenService<S> {
    fn wrapped_for(&self, batch: BatchId) -> BatchId {
        if self.defect() == ServiceDefect::WrapsForAnyBatch { BatchId::new(Uuid::nil()) } else { batch }
    }
}
