//! Own recovery codes, for the day on which the authenticator is lost.

use super::{HOME, OWN_CODES, Said, words::ConsoleWords};
use crate::{
    problems::Problem,
    site::{
        acts::confirm::{Delicate, Proven, proven},
        answer::{Frame, Page, standing},
        code_list::CodeList,
        flash::{Flash, News},
        form::Form,
        message::{Message, Place},
        visit::Visit,
        words::{Phrases, Words},
    },
};
use askama::Template;
use backstop_application::use_cases::{AccountView, After, GenerateError, GenerateRequest, Generated};
use backstop_domain::BatchId;
use poem::{Response, http::StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "console/codes.html")]
struct CodesPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    cw: &'static ConsoleWords,
    message: Option<Message>,
    left: u32,
    of: String,
    after: String,
    /// What new codes replace, said before they do.
    replaces: Option<String>,
    not_sure: bool,
    label: &'static str,
}

impl Page for CodesPage {
    const ROOM: usize = 16 * 1024;
}

#[derive(Template)]
#[template(path = "console/codes_shown.html")]
struct ShownPage<'a> {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    made: String,
    list: CodeList<'a>,
}

impl Page for ShownPage<'_> {
    /// Fifty of the longest codes.
    const ROOM: usize = 96 * 1024;
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    let flash = visit.take_flash(|flash| flash.place == Place::OwnCodes);
    let message = flash.as_ref().map(|flash| visit.message(flash));
    draw(visit, message, false).await
}

async fn draw(mut visit: Visit, message: Option<Message>, not_sure: bool) -> Result<Response, Problem> {
    let subject = visit.subject()?;
    let console = &visit.service().use_cases.console;
    let AccountView { remaining, active, .. } = console.show_account.run(&subject).await?;
    let newest = console.show_history.run(&subject, 1).await?.items.into_iter().next();
    let Said { w, say, cw } = Said::of(&visit);
    let mut f = visit.frame(OWN_CODES).await?;
    f.again = not_sure.then(|| OWN_CODES.into());
    let (status, wait) = standing(message.as_ref(), not_sure);
    let page = CodesPage {
        f,
        w,
        say,
        cw,
        message,
        left: remaining,
        of: say.left_of(remaining, active.map_or(0, |batch| batch.counters.issued)),
        after: newest.as_ref().map(|batch| batch.id.to_string()).unwrap_or_default(),
        replaces: (remaining > 0).then(|| say.replaces(remaining)),
        not_sure,
        label: if newest.is_some() { w.make_new_button } else { w.make_button },
    };
    Ok(visit.page(status, wait, &page))
}

pub(super) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    let after = match form.text("after") {
        "" => After::NoSet,
        id => match id.parse::<BatchId>() {
            Ok(id) => After::Set(id),
            Err(_) => return Ok(stale(visit)),
        },
    };
    let left = visit.service().use_cases.console.show_account.run(&visit.subject()?).await?.remaining;
    if left > 0 && !form.is_ticked("sure") {
        let message = Message::warn(visit.words().tick_first).more(visit.phrases().replaces(left));
        return draw(visit, Some(message), true).await;
    }
    match proven(visit, &form, Delicate::OwnCodes).await? {
        Proven::Yes(visit) => make(*visit, after).await,
        Proven::No(answer) => Ok(answer),
    }
}

fn stale(visit: Visit) -> Response {
    visit.tell(&Flash::new(Place::OwnCodes, News::MadeMeanwhile))
}

async fn make(visit: Visit, after: After) -> Result<Response, Problem> {
    let caller = visit.caller();
    let subject = visit.subject()?;
    let request = GenerateRequest { subject, count: None, expires_in_days: None, after, caller: caller.clone() };
    let acting = Arc::clone(&visit.service().use_cases);
    let made = visit.service().acts.run(async move {
        let generated = acting.console.generate_batch.run(&request).await?;
        // The codes go to the screen in this answer; what goes wrong with the note keeps nobody from them.
        let _ = acting.console.mark_viewed.run(generated.batch.id, &caller).await;
        Ok(generated)
    });
    match made.await? {
        Ok(generated) => shown(visit, &generated).await,
        Err(GenerateError::Stale) => Ok(stale(visit)),
        Err(GenerateError::Waiting { until, .. }) => Ok(visit.tell(&Flash::new(Place::OwnCodes, News::Locked(until)))),
        Err(GenerateError::Suspended(_)) => {
            let message = Message::warn(Said::of(&visit).cw.codes_suspended);
            draw(visit, Some(message), false).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown(mut visit: Visit, generated: &Generated) -> Result<Response, Problem> {
    let mut f = visit.frame("").await?;
    f.again = Some(HOME.into());
    let (w, say) = (visit.words(), visit.phrases());
    let ends = generated.batch.expires_at.map(|at| visit.teller().date(at));
    let made = say.codes_made(generated.codes.len(), ends.as_deref());
    let page = ShownPage { f, w, say, made, list: CodeList::of(&visit, generated) };
    Ok(visit.page(StatusCode::OK, None, &page))
}
