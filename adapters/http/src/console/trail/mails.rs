//! The e-mail log: to whom mails went and what became of them, and nothing of what they said but the subject line.

use crate::{
    console::{
        MAILS, Said, TASKS,
        detail::{self, Detail},
        list::Shown,
        view::{Cell, Facts, time},
    },
    problems::Problem,
    site::visit::Visit,
};
use backstop_application::{
    List, Lists,
    lists::{MailSort, Mails, Owned},
    ports::MailRecord,
};
use backstop_domain::AccountId;
use poem::Response;

impl Shown for Mails {
    const PATH: &'static str = MAILS;
    const COLUMNS: &'static [(&'static str, Option<MailSort>)] = &[
        ("created", Some(MailSort::Created)),
        ("subject_line", None),
        ("address", None),
        ("owner", None),
        ("status", None),
        ("attempts", None),
    ];

    fn of(lists: &Lists) -> &List<Self> {
        &lists.mails
    }

    fn row(entry: &Owned<MailRecord>, said: &Said, visit: &Visit) -> Vec<Cell> {
        let mail = &entry.of;
        vec![
            time(visit, Some(mail.created_at)),
            Cell::link(format!("{MAILS}/{}", mail.task), &*mail.subject),
            Cell::text(mail.address.as_str()),
            Cell::owner(entry.owner.as_ref(), mail.account.map(AccountId::uuid)),
            said.badge("mail", mail.status.as_str()),
            Cell::number(mail.attempts),
        ]
    }
}

pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Problem> {
    let said = Said::of(&visit);
    let cw = said.cw;
    let (viewer, lists) = (visit.viewer()?, &visit.service().use_cases.lists);
    let entry = lists.mails.one.run(viewer, detail::id(&visit)?).await?.ok_or_else(detail::missing)?;
    let mail = &entry.of;
    let mut detail = Detail::new(MAILS, cw.list("mails"), cw.work.mail_title, &*mail.subject);
    detail.facts = Facts::default()
        .and(cw.label("status"), said.badge("mail", mail.status.as_str()))
        .and(cw.label("address"), Cell::text(mail.address.as_str()))
        .and(cw.label("owner"), Cell::owner(entry.owner.as_ref(), mail.account.map(AccountId::uuid)))
        .and(cw.label("attempts"), Cell::number(mail.attempts))
        .and(cw.label("error"), Cell::some(mail.error.clone()))
        .time(&visit, cw.label("created"), Some(mail.created_at))
        .time(&visit, cw.label("tried"), Some(mail.tried_at));
    if lists.tasks.one.run(viewer, mail.task.uuid()).await?.is_some() {
        detail.links.push((format!("{TASKS}/{}", mail.task), cw.work.mail_task));
    }
    detail::show(visit, detail).await
}
