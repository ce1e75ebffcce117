use super::PortError;

/// Tells an operator that a part is out while another stands in for it: once when it begins, once when it is over.
pub trait Alarm: Send + Sync {
    fn out(&self, part: &'static str, why: &PortError);
    fn back(&self, part: &'static str);
}
