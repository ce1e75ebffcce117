//! What there is, for applications with the scope `admin`: lists that one pages through, and each entry of them.

pub(crate) mod export;
pub(crate) mod filters;
mod overview;
mod people;
mod work;

pub(crate) use export::params as export_params;
pub(crate) use overview::Overviews;
pub(crate) use people::People;
pub(crate) use work::WorkDone;

use crate::{
    auth::{Admin, Key},
    body::Answer,
    dto::schema::Schema,
    problems::{FieldError, Kind, Problem},
    query::{self, Queried},
};
use backstop_application::{
    List,
    use_cases::{ListError, Page},
};
use backstop_domain::Timestamp;
use poem::Request;
use uuid::Uuid;

/// One page of a list.
async fn page<L: Queried, P: Schema>(
    key: &Key<Admin>,
    list: &List<L>,
    request: &Request,
    shown: fn(Page<L>, Timestamp) -> P,
) -> Result<Answer<P>, Problem> {
    let asked = query::list_request::<L>(request)?;
    let page = list.entries.run(key.viewer()?, &asked).await?;
    let links = query::links(request, &key.service.settings.public_url, &page);
    Ok(Answer::ok(shown(page, key.service.clock.now())).linked(links))
}

/// One entry of a list.
async fn one<L: Queried, P: Schema>(
    key: &Key<Admin>,
    list: &List<L>,
    id: Uuid,
    shown: fn(L::Entry, Timestamp) -> P,
) -> Result<Answer<P>, Problem> {
    let entry = list.one.run(key.viewer()?, id).await?.ok_or_else(no_such_entry)?;
    Ok(Answer::ok(shown(entry, key.service.clock.now())))
}

fn no_such_entry() -> Problem {
    Problem::new(Kind::NotFound, "There is no such entry.")
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Cursor => Self::invalid(vec![FieldError::new(
                "?cursor",
                "`cursor` is `next` or `previous` of a page of this list in the same order and with the same filters; \
                 without it the list begins",
            )]),
            ListError::Fault(fault) => fault.into(),
        }
    }
}
