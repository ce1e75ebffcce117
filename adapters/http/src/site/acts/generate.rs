//! Making codes, and showing them once.

use super::confirm::{Delicate, Proven, proven};
use crate::problems::Problem;
use crate::site::{
    HOME,
    answer::{Frame, Page},
    code_list::CodeList,
    dashboard::{self, DeliveryView, EmailView, Extra, Typed, called},
    flash::{Flash, News},
    form::Form,
    message::{Message, Place},
    visit::Visit,
    words::{Phrases, Words},
};
use askama::Template;
use backstop_application::use_cases::{After, GenerateError, GenerateRequest, Generated};
use backstop_domain::{BatchId, Duty, SignInMethod};
use poem::{Response, http::StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "codes.html")]
struct CodesPage<'a> {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    c: Codes<'a>,
}

impl Page for CodesPage<'_> {
    /// Fifty of the longest codes.
    const ROOM: usize = 96 * 1024;
}

struct Codes<'a> {
    list: CodeList<'a>,
    made: String,
    account: String,
    sheet_made: String,
    sheet_set: String,
    address: String,
    delivery: DeliveryView,
}

/// What the form was drawn after. What can't be read is after nothing that there is.
fn after(form: &Form) -> Option<After> {
    match form.text("after") {
        "" => Some(After::NoSet),
        id => id.parse::<BatchId>().ok().map(After::Set),
    }
}

/// Whether the form made codes before, or others were made since it was drawn.
pub(in crate::site) async fn is_done(visit: &Visit, form: &Form) -> Result<bool, Problem> {
    if form.secret("after").is_none() {
        return Ok(false);
    }
    let newest = visit.newest().await?.map(|batch| batch.id);
    Ok(match after(form) {
        Some(After::Set(id)) => newest != Some(id),
        Some(After::NoSet) => newest.is_some(),
        Some(After::Whatever) | None => true,
    })
}

pub(in crate::site) fn stale(visit: Visit) -> Response {
    visit.tell(&Flash::new(Place::Make, News::MadeMeanwhile))
}

pub(in crate::site) async fn run(visit: Visit, form: Form) -> Result<Response, Problem> {
    form.drawn("after")?;
    let Some(after) = after(&form) else { return Ok(stale(visit)) };
    // Decided again under the account's lock; here it spares whoever loads the page again every question.
    if is_done(&visit, &form).await? {
        return Ok(stale(visit));
    }
    let typed = Typed::read(&form);
    let w = visit.words();
    let (count, days) = match (typed.count(), typed.days()) {
        (Ok(count), Ok(days)) => (count, days),
        (Err(()), _) => return again(visit, typed, Message::warn(w.count_wrong), None).await,
        (_, Err(())) => return again(visit, typed, Message::warn(w.days_wrong), None).await,
    };
    let account = visit.service().use_cases.show_account.run_for_decision(&visit.subject()?).await?;
    if account.remaining > 0 && !form.is_ticked("sure") {
        let asked = visit.phrases().replaces(account.remaining);
        return again(visit, typed, Message::warn(w.tick_first).more(asked), Some(Place::Make)).await;
    }
    let resumed = &visit.signed_in()?.resumed;
    let by_code = resumed.session.method == SignInMethod::Code;
    // Somebody whose new codes got lost on their way has to make them again, and may have no password.
    let owes_codes =
        resumed.session.confined || (by_code && (resumed.recent || account.duties.contains(Duty::NewCodes)));
    let visit = if owes_codes {
        visit
    } else {
        match proven(visit, &form, Delicate::Generate).await? {
            Proven::Yes(visit) => *visit,
            Proven::No(answer) => return Ok(answer),
        }
    };
    make(visit, Order { count, days, after, typed }).await
}

/// What is asked for, with what was typed for it.
struct Order {
    count: Option<u32>,
    days: Option<u16>,
    after: After,
    typed: Typed,
}

async fn again(visit: Visit, typed: Typed, message: Message, not_sure: Option<Place>) -> Result<Response, Problem> {
    let extra = Extra { message: Some((Place::Make, message)), typed, not_sure, ..Extra::default() };
    dashboard::draw(visit, StatusCode::UNPROCESSABLE_ENTITY, extra).await
}

async fn make(mut visit: Visit, order: Order) -> Result<Response, Problem> {
    let (subject, caller) = (visit.subject()?, visit.caller());
    let Order { count, days: expires_in_days, after, typed } = order;
    let request = GenerateRequest { subject, count, expires_in_days, after, caller: caller.clone() };
    let acting = Arc::clone(&visit.service().use_cases);
    let made = visit.service().acts.run(async move {
        let generated = acting.generate_batch.run(&request).await?;
        // The codes go to the screen in this answer. That they were seen is worth less than they are: what goes wrong
        // with it keeps nobody from their codes.
        let _ = acting.mark_viewed.run(generated.batch.id, &caller).await;
        Ok(generated)
    });
    match made.await? {
        Ok(generated) => {
            visit.keep_delivery(generated.delivery_token.reveal());
            visit.forget_order();
            shown(visit, &generated).await
        }
        Err(GenerateError::Stale) => Ok(stale(visit)),
        Err(GenerateError::Waiting { until, .. }) => {
            let wait = visit.now.duration_until(until).as_secs();
            visit.keep_order(&typed, u64::try_from(wait).unwrap_or(0) + 60);
            Ok(visit.tell(&Flash::new(Place::Make, News::Locked(until))))
        }
        // The dashboard says that it is so, and why.
        Err(GenerateError::Suspended(_)) => Ok(visit.lead_to(HOME)),
        Err(error) => {
            visit.keep_order(&typed, 0);
            Err(error.into())
        }
    }
}

async fn shown(mut visit: Visit, generated: &Generated) -> Result<Response, Problem> {
    let mut f = visit.frame("").await?;
    f.again = Some(HOME.into());
    // The codes are in this answer only: whatever can't be found out, they are shown.
    let can_prove = visit.can_prove().await.unwrap_or(false);
    let (w, say) = (visit.words(), visit.phrases());
    let batch = &generated.batch;
    let teller = visit.teller();
    let (made, ends) = (teller.date(batch.created_at), batch.expires_at.map(|at| teller.date(at)));
    let account = visit.account()?;
    let codes = Codes {
        list: CodeList::of(&visit, generated),
        made: say.codes_made(generated.codes.len(), ends.as_deref()),
        account: say.sheet_account(&called(account)),
        sheet_made: say.sheet_made(&made, generated.codes.len(), ends.as_deref()),
        sheet_set: say.sheet_set(&batch.id.to_string()),
        address: visit.site.login_address.clone(),
        delivery: DeliveryView::of(&visit, account, batch, can_prove, &teller),
    };
    let page = CodesPage { f, w, say, c: codes };
    Ok(visit.page(StatusCode::OK, None, &page))
}
