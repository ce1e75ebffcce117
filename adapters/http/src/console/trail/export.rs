//! The trail as a file, with the filters of the list, and with who it was where the API does not say so.

use crate::{
    api::admin::export::{self, Line},
    console::{
        AUDIT,
        list::{address, in_instants, stated},
    },
    dto::admin::AuditLine,
    problems::Problem,
    query::Query,
    site::visit::Visit,
};
use backstop_application::lists::Owned;
use backstop_domain::{Actor, AuditEntry, Timestamp};
use poem::{IntoResponse as _, Response};
use serde::Serialize;
use uuid::Uuid;

/// An entry as those see it who run the service.
#[derive(Serialize)]
struct StaffLine {
    #[serde(flatten)]
    line: AuditLine,
    /// The account of whoever in the console did it.
    staff: Option<Uuid>,
    /// Who saved the schedule last that did it.
    saved_by: Option<String>,
}

impl Line for StaffLine {
    fn columns() -> Vec<&'static str> {
        AuditLine::COLUMNS.into_iter().chain(["staff", "saved_by"]).collect()
    }

    fn of(entry: Owned<AuditEntry>, now: Timestamp) -> Self {
        let (staff, saved_by) = match &entry.of.actor {
            Actor::Staff(account) => (Some(account.uuid()), None),
            Actor::Schedule { saved_by, .. } => (None, Some(saved_by.clone())),
            Actor::Client(_) | Actor::CommandLine | Actor::Owner | Actor::Service => (None, None),
        };
        Self { line: AuditLine::new(entry, now), staff, saved_by }
    }

    fn cells(&self) -> Vec<String> {
        let staff = self.staff.map(|id| id.to_string()).unwrap_or_default();
        self.line.cells().into_iter().chain([staff, self.saved_by.clone().unwrap_or_default()]).collect()
    }
}

pub(in crate::console) async fn run(visit: Visit) -> Result<Response, Problem> {
    let params = export::params();
    let typed = stated(&visit);
    let mut read = typed.clone();
    in_instants(&mut read, &params, &visit);
    let Ok((filter, format)) = export::asked(Query::of(read, &params)) else {
        // The list says what is wrong with it.
        let filters = typed.iter().filter(|(name, _)| name != "format").map(|(name, value)| (&**name, &**value));
        return Ok(visit.lead_to(&address(AUDIT, filters)));
    };
    let file = export::stream::<StaffLine>(visit.service(), visit.viewer()?, filter, format).await?;
    Ok(visit.seal(file.into_response()))
}
