//! What was asked for and could not be had yet, in a cookie until it can: after a wait, a sign-in or a fault.

use super::{Room, dashboard::Typed, form::Form, jar::Kept, visit::Visit};
use backstop_domain::SecretText;

/// What was typed into the form for making codes, and whose form it was: it is shown to nobody else, and nobody who can't
/// see their page can make one up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    typed: Typed,
    whose: String,
}

impl Order {
    const MARK: usize = 64;
    pub(crate) const LONGEST: usize = Typed::LONGEST_WRITTEN + Self::MARK + 1;
    /// Nobody comes back to a form much later.
    const SECONDS: u64 = 3_600;

    fn new(typed: Typed, whose: &str) -> Option<Self> {
        let is_mark = whose.len() == Self::MARK && whose.bytes().all(|b| b.is_ascii_hexdigit());
        (is_mark && typed.is_sound()).then(|| Self { typed, whose: whose.to_owned() })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whose, typed) = text.split_once('~')?;
        Self::new(Typed::parse(typed)?, whose)
    }

    fn write(&self) -> String {
        format!("{}~{}", self.whose, self.typed.write())
    }
}

impl Visit {
    /// Names the account of whoever is signed in, for the forms on their pages.
    pub(crate) fn order_mark(&self) -> Option<String> {
        let bound_to = self.order_binding()?;
        Some(self.service().use_cases.form_tokens.issue(&bound_to))
    }

    fn order_binding(&self) -> Option<SecretText> {
        self.session.as_ref().map(|session| SecretText::new(format!("order {}", session.resumed.account.id)))
    }

    /// What this person asked for before, if they did and it can be asked for again.
    pub(crate) fn order_before(&self) -> Typed {
        let theirs = self.order.as_ref().filter(|order| self.is_theirs(order));
        theirs.map(|order| order.typed.clone()).unwrap_or_default()
    }

    fn is_theirs(&self, order: &Order) -> bool {
        let tokens = &self.service().use_cases.form_tokens;
        self.order_binding().is_some_and(|bound_to| tokens.fits(&bound_to, &order.whose))
    }

    /// Keeps what was asked for, for at least so many seconds.
    pub(crate) fn keep_order(&mut self, typed: &Typed, seconds: u64) {
        if let Some(order) = self.order_mark().and_then(|whose| Order::new(typed.clone(), &whose)) {
            self.put_order(&order, seconds);
        }
    }

    /// As `keep_order`, of a form whose session is over: the form says whose it was. Where somebody is signed in again, it
    /// must be theirs: their mark is on their own pages alone, so that whoever has it had one of those.
    pub(crate) fn keep_order_of(&mut self, form: &Form) {
        let order = Typed::find(form).and_then(|typed| Order::new(typed, form.text("whose")));
        let is_anothers = |order: &Order| self.session.is_some() && !self.is_theirs(order);
        if let Some(order) = order.filter(|order| self.room == Room::Users && !is_anothers(order)) {
            self.put_order(&order, 0);
        }
    }

    fn put_order(&mut self, order: &Order, seconds: u64) {
        self.keep(Kept::Order, &order.write(), Order::SECONDS.max(seconds));
    }

    pub(crate) fn forget_order(&mut self) {
        if self.order.take().is_some() {
            self.drop_kept(Kept::Order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written_and_nothing_else_is() {
        let mark = "0f".repeat(32);
        let typed = Typed { count: Some("7".to_owned()), ends: true, days: Some("30".to_owned()), sure: false };
        let order = Order::new(typed.clone(), &mark).unwrap();
        assert_eq!(Order::parse(&order.write()), Some(order));
        assert_eq!(Order::new(typed, "ann"), None);
        for bad in ["", "7~30~days", "ann~7~30~days", &format!("{mark}~99~30~days"), &format!("{mark}x~7~30~days")] {
            assert_eq!(Order::parse(bad), None, "{bad}");
        }
    }
}
