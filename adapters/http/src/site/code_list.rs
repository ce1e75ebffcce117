//! New codes as they are shown, once.

use super::visit::Visit;
use backstop_application::use_cases::Generated;

pub(crate) struct CodeList<'a> {
    pub(crate) items: Vec<CodeView<'a>>,
    pub(crate) separator: char,
}

pub(crate) struct CodeView<'a> {
    pub(crate) parts: Vec<&'a str>,
    /// What screen readers are told beside its button, and once it was copied.
    pub(crate) name: String,
    pub(crate) copied: String,
}

impl<'a> CodeList<'a> {
    pub(crate) fn of(visit: &Visit, generated: &'a Generated) -> Self {
        let say = visit.phrases();
        let profile = visit.site.settings.profiles.get(&generated.batch.profile);
        let separator = profile.map_or('-', backstop_domain::CodeProfile::separator);
        let items = (1..).zip(&generated.codes).map(|(number, code)| CodeView {
            parts: code.reveal().split(separator).collect(),
            name: say.code_number(number),
            copied: say.code_copied(number),
        });
        Self { items: items.collect(), separator }
    }
}
