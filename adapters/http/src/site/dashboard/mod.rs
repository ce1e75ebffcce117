//! Everything about a person's codes on one page.

mod delivery;
mod history;
mod leaked;
mod make;
mod state;

pub(crate) use delivery::{DeliveryView, EmailView};
pub(crate) use make::Typed;

use super::{
    HOME, LOGIN,
    answer::{Frame, Page},
    fields::{CodeField, code_id},
    message::{Message, Place, Tone},
    times::TimeView,
    visit::Visit,
    words::{Phrases, Told, Words},
};
use crate::problems::Problem;
use askama::Template;
use backstop_application::use_cases::{AccountView, HistoryView};
use backstop_domain::{Account, Batch, Duty, Role, SignInMethod, SuspensionReason};
use history::PastView;
use leaked::LeakedView;
use make::MakeView;
use poem::{Response, http::StatusCode};
use state::StateView;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    f: Frame,
    w: &'static Words,
    say: &'static dyn Phrases,
    d: Dashboard,
}

impl Page for DashboardPage {}

struct Dashboard {
    message: Option<(Place, Message)>,
    suspended: Option<Message>,
    slow: Option<Told>,
    state: StateView,
    recovery: Option<RecoveryView>,
    confined: bool,
    delivery: Option<DeliveryView>,
    verify: Option<CodeField>,
    make: MakeView,
    make_place: MakePlace,
    leaked: LeakedView,
    history: PastView,
}

impl Dashboard {
    fn message_at(&self, place: &str) -> Option<&Message> {
        self.message.as_ref().filter(|(at, _)| at.name() == place).map(|(_, message)| message)
    }
}

/// Where the form for making codes is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MakePlace {
    /// Where it is told that new codes are owed: there is nothing to look for.
    Recovery,
    Own,
    /// No codes are made for whoever is suspended.
    Nowhere,
}

struct RecoveryView {
    title: &'static str,
    what: String,
    new_codes: bool,
    authenticator: bool,
}

/// A line with a time in it.
pub(crate) struct Line {
    pub(crate) before: String,
    pub(crate) time: Option<TimeView>,
    pub(crate) after: &'static str,
}

/// A name and what it is.
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

/// What is known of the account when its page is drawn.
pub(crate) struct Known {
    pub(crate) account: AccountView,
    pub(crate) history: HistoryView,
    /// The newest set, whatever became of it.
    pub(crate) newest: Option<Batch>,
    /// Whether this person can do what takes a proof of who they are.
    pub(crate) can_prove: bool,
}

/// What this one page has to say besides.
#[derive(Default)]
pub(crate) struct Extra {
    pub(crate) message: Option<(Place, Message)>,
    pub(crate) typed: Typed,
    /// What was typed there can't be a code.
    pub(crate) wrong_code: Option<Place>,
    /// What had to be ticked there was not.
    pub(crate) not_sure: Option<Place>,
}

/// To the page where one is at home.
pub(super) async fn lead_on(visit: Visit) -> Result<Response, Problem> {
    let to = if visit.session.is_some() { HOME } else { LOGIN };
    Ok(visit.lead_to(to))
}

pub(super) async fn show(mut visit: Visit) -> Result<Response, Problem> {
    if visit.session.is_none() {
        let was_signed_in = visit.was_signed_in;
        return Ok(if was_signed_in { visit.over() } else { visit.lead_to(LOGIN) });
    }
    if visit.account()?.role != Role::User {
        return visit.has_no_codes().await;
    }
    let flash = visit.take_flash(|flash| flash.place.is_on_dashboard());
    let message = flash.as_ref().map(|flash| (flash.place, visit.message(flash)));
    let typed = visit.order_before();
    draw(visit, StatusCode::OK, Extra { message, typed, ..Extra::default() }).await
}

impl Visit {
    pub(crate) async fn known(&mut self) -> Result<Known, Problem> {
        let subject = self.subject()?;
        let can_prove = self.can_prove().await?;
        let use_cases = &self.service().use_cases;
        let account = use_cases.show_account.run(&subject).await?;
        let first = use_cases.show_history.run(&subject, 1).await?;
        let newest = first.items.first().cloned();
        let page = history::page_of(&self.query).clamp(1, first.pages.max(1));
        let history = if page == 1 { first } else { use_cases.show_history.run(&subject, page).await? };
        Ok(Known { account, history, newest, can_prove })
    }

    /// The newest set that the account has, whatever became of it.
    pub(crate) async fn newest(&self) -> Result<Option<Batch>, Problem> {
        let subject = self.subject()?;
        Ok(self.service().use_cases.show_history.run(&subject, 1).await?.items.into_iter().next())
    }
}

/// The page as things stand, with what there is to say about what was just asked for.
pub(crate) async fn draw(mut visit: Visit, status: StatusCode, extra: Extra) -> Result<Response, Problem> {
    let known = visit.known().await?;
    let mut f = visit.frame(HOME).await?;
    if status != StatusCode::OK {
        f.again = Some(HOME.into());
    }
    let d = Dashboard::new(&visit, &known, extra)?;
    let wait = d.message.as_ref().and_then(|(_, message)| message.wait.as_ref()).map(|wait| wait.seconds);
    let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { status };
    let page = DashboardPage { f, w: visit.words(), say: visit.phrases(), d };
    Ok(visit.page(status, wait, &page))
}

impl Dashboard {
    fn new(visit: &Visit, known: &Known, extra: Extra) -> Result<Self, Problem> {
        let teller = visit.teller();
        let signed_in = visit.signed_in()?;
        let account = &signed_in.resumed.account;
        let confined = visit.is_confined();
        let suspended = account.suspended.map(|reason| suspended(visit, account, reason));
        let verified = known.account.account.setup_verified_at.is_some() || account.setup_verified_at.is_some();
        let can_verify = !verified && known.account.remaining > 0 && suspended.is_none();
        let verify =
            can_verify.then(|| visit.code_field(code_id(Place::Verify), extra.wrong_code == Some(Place::Verify)));
        let delivery = known.newest.as_ref().and_then(|batch| DeliveryView::standing(visit, known, batch, &teller));
        let recovery = recovery(visit, known);
        let make_place = match &recovery {
            _ if suspended.is_some() => MakePlace::Nowhere,
            Some(recovery) if recovery.new_codes => MakePlace::Recovery,
            _ => MakePlace::Own,
        };
        let mut dashboard = Self {
            suspended,
            slow: visit.is_slow().then_some(visit.words().slow),
            state: StateView::new(visit, known, &extra, delivery.as_ref(), &teller),
            recovery,
            confined,
            delivery,
            verify,
            make: MakeView::new(visit, known, &extra, &teller),
            make_place,
            leaked: LeakedView::new(visit, known, &extra),
            history: PastView::new(visit, known, &teller),
            message: None,
        };
        dashboard.message = extra.message.map(|(place, message)| (dashboard.place_for(place), message));
        Ok(dashboard)
    }

    /// Where a message can be seen: where it belongs, or on top if that is not there now.
    fn place_for(&self, place: Place) -> Place {
        let is_there = match place {
            Place::Make => self.make_place != MakePlace::Nowhere,
            _ if self.confined => false,
            Place::Delivery => self.delivery.is_some(),
            Place::Verify => self.verify.is_some(),
            Place::InvalidateCode | Place::DeleteCode | Place::InvalidateAll | Place::DeleteAll => {
                self.leaked.acts.is_some()
            }
            Place::Leaked => true,
            Place::Top
            | Place::Login
            | Place::SignIn
            | Place::Password
            | Place::SecondStep
            | Place::SecondStepCode
            | Place::Prove
            | Place::ProveCode
            | Place::SetUp
            | Place::OwnCodes
            | Place::Confirm
            | Place::Sessions => false,
        };
        if is_there { place } else { Place::Top }
    }
}

fn suspended(visit: &Visit, account: &Account, reason: SuspensionReason) -> Message {
    let w = visit.words();
    let told = match reason {
        SuspensionReason::Failures if account.email_confirmed && visit.site.settings.sends_mail => {
            w.suspended_failures_mailed
        }
        SuspensionReason::Failures => w.suspended_failures,
        SuspensionReason::NotMe => w.suspended_not_me,
        SuspensionReason::Admin => w.suspended_admin,
    };
    Message::told(Tone::Loss, told)
}

/// What a sign-in with a code leaves to do. That new codes are owed is the account's affair: it is told in each of its
/// sessions, however they began, until it is done.
fn recovery(visit: &Visit, known: &Known) -> Option<RecoveryView> {
    let w = visit.words();
    let session = &visit.session.as_ref()?.resumed.session;
    let duties = known.account.duties;
    let by_code = session.method == SignInMethod::Code;
    let new_codes = session.confined || duties.contains(Duty::NewCodes);
    let what = if new_codes { visit.phrases().recovered(known.account.remaining) } else { w.recovery_rest.to_owned() };
    (new_codes || (by_code && !duties.is_empty())).then(|| RecoveryView {
        title: if by_code { w.recovery_title } else { w.recovery_title_elsewhere },
        what,
        new_codes,
        authenticator: duties.contains(Duty::EnrolAuthenticator),
    })
}

/// What an account is called on paper: as its owner knows it.
pub(crate) fn called(account: &Account) -> String {
    match (&account.email, &account.display_name) {
        (Some(email), _) => email.as_str().to_owned(),
        (None, Some(name)) => name.as_str().to_owned(),
        (None, None) => account.subject.as_str().to_owned(),
    }
}
