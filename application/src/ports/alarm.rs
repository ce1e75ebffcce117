use super::PortError;

/// Tells operators that a part is out while another stands in for it.
pub trait Alarm: Send + Sync {
    /// Once, when it begins.
    fn out(&self, part: &'static str, why: &PortError);

    /// Once, when it is over.
    fn back(&self, part: &'static str);

    /// Each time that another part did what this one should have done.
    fn stood_in(&self, part: &'static str);
}
