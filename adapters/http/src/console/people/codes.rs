//! Single codes: what became of them, and nothing of the codes themselves.

use super::batches::{self, revise};
use crate::{
    console::{
        CODES, Said,
        act::administrator,
        detail::{self, Again, Detail},
        list::Shown,
        view::{Act, Cell, Facts, short, time},
    },
    problems::Problem,
    site::{form::Form, message::Message, visit::Visit},
};
use backstop_application::{
    List, Lists,
    lists::{CodeFacts, CodeSort, Codes, Owned},
    ports::Revocation,
};
use backstop_domain::CodeStatus;
use poem::Response;

impl Shown for Codes {
    const PATH: &'static str = CODES;
    const COLUMNS: &'static [(&'static str, Option<CodeSort>)] = &[
        ("whose", None),
        ("batch", None),
        ("id", None),
        ("status", None),
        ("since", None),
        ("created", None),
        ("expires", None),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.codes
    }

    fn row(entry: &Owned<CodeFacts>, said: &Said, visit: &Visit) -> Vec<Cell> {
        let code = &entry.of;
        vec![
            Cell::owner(entry.owner.as_ref(), Some(code.account.uuid())),
            batches::name(code.batch),
            Cell::to(CODES, code.id.uuid()),
            said.badge("code", code.status.as_str()),
            time(visit, code.since),
            time(visit, Some(code.created_at)),
            code.expires_at.map_or(Cell::text(said.w.never), |at| time(visit, Some(at))),
        ]
    }

    /// Nobody reads through all codes there are.
    fn begins_empty(stated: &[(String, String)]) -> bool {
        !stated.iter().any(|(name, _)| ["batch", "account", "subject"].contains(&&**name))
    }
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let detail = about(&visit).await?.1;
    detail::show(visit, detail).await
}

async fn about(visit: &Visit) -> Result<(CodeFacts, Detail), Problem> {
    let said = Said::of(visit);
    let cw = said.cw;
    let id = detail::id(visit)?;
    let lists = &visit.service().use_cases.lists;
    let entry = lists.codes.one.run(visit.viewer()?, id).await?.ok_or_else(detail::missing)?;
    let code = entry.of;
    let mut detail = Detail::new(CODES, cw.list("codes"), cw.code_title, short(id));
    detail.facts = Facts::default()
        .and(cw.account_title, Cell::owner(entry.owner.as_ref(), Some(code.account.uuid())))
        .and(cw.label("batch"), batches::name(code.batch))
        .and(cw.label("status"), said.badge("code", code.status.as_str()))
        .time(visit, cw.label("since"), code.since)
        .time(visit, cw.label("created"), Some(code.created_at))
        .and(cw.label("expires"), code.expires_at.map_or(Cell::text(said.w.never), |at| time(visit, Some(at))))
        .and(cw.label("id"), Cell::Typed(code.id.to_string()));
    let to = || format!("{CODES}/{id}");
    if code.status == CodeStatus::Active {
        let act = Act::new("invalidate", to(), cw.code_invalidate, cw.code_invalidate_button);
        detail.acts.push(act.what(cw.code_invalidate_what).asking(cw.code_sure));
    }
    if matches!(code.status, CodeStatus::Active | CodeStatus::Invalidated) {
        let act = Act::new("delete", to(), cw.code_delete, cw.code_delete_button);
        detail.acts.push(act.what(cw.code_delete_what).asking(cw.code_sure));
    }
    Ok((code, detail))
}

pub(in crate::console) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let (code, detail) = about(&visit).await?;
    let act = form.text("act").to_owned();
    let how = match &*act {
        "invalidate" => Revocation::Invalidate,
        "delete" => Revocation::Delete,
        _ => return Err(detail::missing()),
    };
    if !form.is_ticked("sure") {
        let message = Message::warn(Said::of(&visit).w.tick_first);
        return detail::show_again(visit, detail, Again::new(&act, &form, message, &["sure"])).await;
    }
    let to = format!("{CODES}/{}", code.id);
    revise(visit, vec![code.id], code.account, how, by, &to).await
}
