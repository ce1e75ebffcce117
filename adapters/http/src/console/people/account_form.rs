//! What is typed about an account, when it is made and later.

use super::accounts;
use crate::{
    console::{
        ACCOUNTS, Said,
        act::{self, administrator},
        deeds::Deed,
        detail::{self, Again, Detail},
        view::{Act, Field, Input},
    },
    problems::Problem,
    site::{form::Form, message::Message, visit::Visit, words::Language},
};
use backstop_application::use_cases::{AccountChanges, Administrator, Patch, RegisterError, Registration};
use backstop_domain::{Account, AccountId, DisplayName, EmailAddress, Locale, Subject};
use poem::Response;
use std::sync::Arc;

/// What is known of an account, to be changed; without one, nothing.
pub(super) fn fields(said: &Said, account: Option<&Account>) -> Vec<Field> {
    let cw = said.cw;
    let email = account.and_then(|account| account.email.as_ref()).map_or("", |email| email.as_str());
    let name = account.and_then(|account| account.display_name.as_ref()).map_or("", |name| name.as_str());
    let locale = account.and_then(|account| account.locale.as_ref()).map_or("", |locale| locale.as_str());
    let notify: Vec<&str> =
        account.map_or(&[][..], |account| &account.notify_emails).iter().map(EmailAddress::as_str).collect();
    let mut fields = Vec::new();
    if account.is_none() {
        fields.push(Field::line("subject", cw.label("subject"), "").hint(cw.subject_hint));
    }
    let mut mail = Field::line("email", cw.label("email"), email);
    mail.input = Input::Line("email");
    fields.extend([
        mail,
        Field::tick("email_confirmed", cw.email_is_confirmed, account.is_some_and(|account| account.email_confirmed)),
        Field::line("display_name", cw.label("display_name"), name),
        Field::choice("locale", cw.label("locale"), languages(said, locale), locale),
        Field { value: notify.join("\n"), ..Field::new("notify_emails", cw.label("notify_emails"), Input::Lines) }
            .hint(cw.notify_hint),
    ]);
    fields
}

/// The languages that there are, and the one that an application named, whatever it is.
fn languages(said: &Said, now: &str) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), said.cw.no_language.to_owned())];
    all.extend(Language::ALL.map(|language| (language.tag().to_owned(), language.own_name().to_owned())));
    if !all.iter().any(|(tag, _)| tag == now) {
        all.push((now.to_owned(), now.to_owned()));
    }
    all
}

/// What was typed, or which fields can't be what is asked for, with why.
struct Typed {
    changes: AccountChanges,
    wrong: Vec<(&'static str, &'static str)>,
}

fn read(form: &Form, said: &Said) -> Typed {
    let cw = said.cw;
    let mut wrong = Vec::new();
    let optional = |name: &'static str, why| {
        let text = form.text(name).trim();
        (!text.is_empty()).then_some((text, name, why))
    };
    let (email, name, locale) =
        (optional("email", cw.bad_email), optional("display_name", cw.bad_name), optional("locale", cw.bad_language));
    let changes = AccountChanges {
        email: parsed(email, |text| EmailAddress::parse(text).ok(), &mut wrong),
        email_confirmed: Some(form.is_ticked("email_confirmed")),
        display_name: parsed(name, |text| DisplayName::parse(text).ok(), &mut wrong),
        locale: parsed(locale, |text| Locale::parse(text).ok(), &mut wrong),
        notify_emails: addresses(form.text("notify_emails")).or_else(|| {
            wrong.push(("notify_emails", cw.bad_notify));
            None
        }),
    };
    Typed { changes, wrong }
}

fn parsed<T>(
    stated: Option<(&str, &'static str, &'static str)>,
    parse: impl FnOnce(&str) -> Option<T>,
    wrong: &mut Vec<(&'static str, &'static str)>,
) -> Patch<T> {
    let Some((text, name, why)) = stated else { return Patch::Clear };
    parse(text).map_or_else(
        || {
            wrong.push((name, why));
            Patch::Keep
        },
        Patch::Set,
    )
}

/// One a line, or between commas; `None` if one of them is none.
fn addresses(text: &str) -> Option<Vec<EmailAddress>> {
    let each = text.split(['\n', ',', ';']).map(str::trim).filter(|text| !text.is_empty());
    each.map(|text| EmailAddress::parse(text).ok()).collect()
}

/// What was wrong, told above the form.
fn told(wrong: &[(&'static str, &'static str)], said: &Said) -> Message {
    let why: Vec<&str> = wrong.iter().map(|(_, why)| *why).collect();
    Message::warn(said.cw.not_saved).more(why.join(" "))
}

fn refused(error: &RegisterError, said: &Said) -> Option<Vec<(&'static str, &'static str)>> {
    let cw = said.cw;
    match error {
        RegisterError::EmailTaken => Some(vec![("email", cw.email_taken)]),
        RegisterError::SubjectTaken => Some(vec![("subject", cw.subject_taken)]),
        RegisterError::TooManyNotifyEmails => Some(vec![("notify_emails", cw.notify_many)]),
        RegisterError::NotFound | RegisterError::Fault(_) => None,
    }
}

pub(super) async fn edit(visit: Visit, id: AccountId, form: &Form, by: Administrator) -> Result<Response, Problem> {
    let said = Said::of(&visit);
    let Typed { changes, mut wrong } = read(form, &said);
    if wrong.is_empty() {
        let acting = Arc::clone(&visit.service().use_cases);
        let edited = async move { acting.register_account.edit(id, &changes, by.caller()).await };
        match visit.service().acts.run(edited).await? {
            Ok(_) => return Ok(act::done(visit, &accounts::page(id), Deed::AccountEdited, 1)),
            Err(error) => match refused(&error, &said) {
                Some(why) => wrong = why,
                None => return Err(error.into()),
            },
        }
    }
    let names: Vec<&str> = wrong.iter().map(|(name, _)| *name).collect();
    let message = told(&wrong, &said);
    accounts::again(visit, Again::new("edit", form, message, &names)).await
}

fn new_one(said: &Said) -> Detail {
    let cw = said.cw;
    let mut detail = Detail::new(ACCOUNTS, cw.list("accounts"), cw.account_new, "");
    let create = Act::new("create", format!("{ACCOUNTS}/new"), cw.account_new, cw.account_create_button);
    detail.main = Some(create.fields(fields(said, None)).main());
    detail
}

pub(in crate::console) async fn show_new(visit: Visit) -> Result<Response, Problem> {
    if visit.administrator().is_none() {
        return Ok(visit.lead_to(ACCOUNTS));
    }
    let detail = new_one(&Said::of(&visit));
    detail::show(visit, detail).await
}

pub(in crate::console) async fn create(visit: Visit, form: Form) -> Result<Response, Problem> {
    let (visit, by) = administrator!(visit);
    let said = Said::of(&visit);
    let Typed { changes, mut wrong } = read(&form, &said);
    let subject = Subject::parse(form.text("subject").trim());
    if subject.is_err() {
        wrong.insert(0, ("subject", said.cw.bad_subject));
    }
    if let (true, Ok(subject)) = (wrong.is_empty(), subject) {
        let acting = Arc::clone(&visit.service().use_cases);
        let registration = Registration { subject, changes };
        let created = async move { acting.register_account.create(&registration, by.caller()).await };
        match visit.service().acts.run(created).await? {
            Ok(account) => return Ok(act::done(visit, &accounts::page(account.id), Deed::AccountCreated, 1)),
            Err(error) => match refused(&error, &said) {
                Some(why) => wrong = why,
                None => return Err(error.into()),
            },
        }
    }
    let names: Vec<&str> = wrong.iter().map(|(name, _)| *name).collect();
    let message = told(&wrong, &said);
    let detail = new_one(&said);
    detail::show_again(visit, detail, Again::new("create", &form, message, &names)).await
}
