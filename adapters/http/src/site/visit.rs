//! One request for a page: who asks, in which language they are answered, and what their browser keeps.

use super::{
    Room, Site,
    flash::{Flash, News},
    jar::{Jar, Kept},
    message::{Message, Waits},
    order::Order,
    times::Teller,
    words::{Language, Phrases, Words},
};
use crate::{
    cookies::{SessionCookies, is_token},
    end_user::EndUserAddress,
    exchange::{Exchange, Service},
    problems::Problem,
    settings::SENT_MESSAGE,
};
use backstop_application::use_cases::{Administrator, Caller, Entered, Opened, Resumed, Viewer};
use backstop_domain::{Account, Door, Duty, SecretText, SessionChange, Subject, Timestamp};
use poem::{
    Request, Response,
    http::{HeaderMap, HeaderValue, Method, header},
};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Somebody who is signed in.
pub(crate) struct SignedIn {
    pub(crate) token: SecretText,
    pub(crate) resumed: Resumed,
    /// How far they get.
    pub(crate) door: Door,
    /// Since when they have an authenticator for the second step; only people of the console have one.
    pub(crate) authenticator_since: Option<Timestamp>,
    /// Whether they proved a short while ago who they are, by the second step where they have one.
    pub(crate) has_proved: bool,
}

pub(crate) struct Visit {
    pub(crate) site: Arc<Site>,
    pub(crate) room: Room,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) language: Language,
    pub(crate) now: Timestamp,
    pub(crate) session: Option<SignedIn>,
    /// The browser sent a session's token that opens nothing any more.
    pub(crate) was_signed_in: bool,
    pub(crate) visitor: Option<SecretText>,
    pub(crate) delivery: Option<SecretText>,
    pub(crate) flash: Option<Flash>,
    /// What was typed into the form for making codes and came to nothing so far.
    pub(crate) order: Option<Order>,
    pub(crate) query: String,
    has_password: Option<bool>,
    /// The token at the end of a mailed link.
    pub(crate) link: Option<SecretText>,
    /// The id in the page's address.
    pub(crate) id: Option<Uuid>,
    /// What the browser says of where the request began.
    fetch_site: Option<String>,
    from: EndUserAddress,
    user_agent: Option<String>,
    cookies: SessionCookies,
    jar: Jar,
    set: Cookies,
}

/// What is to be set in the browser, whether the answer is a page or a failure: a session that has its next token must
/// not lose it because something broke after that.
#[derive(Clone, Default)]
pub(crate) struct Cookies(Arc<Mutex<Vec<HeaderValue>>>);

impl Cookies {
    pub(crate) fn extend(&self, cookies: impl IntoIterator<Item = HeaderValue>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(cookies);
    }

    fn take(&self) -> Vec<HeaderValue> {
        core::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The failure, with what its page sets.
    pub(crate) fn onto(&self, problem: Problem) -> Problem {
        self.take().into_iter().fold(problem, |problem, cookie| problem.with_header(header::SET_COOKIE, cookie))
    }
}

impl Visit {
    pub(crate) async fn begin(site: &Arc<Site>, room: Room, request: &Request) -> Result<Self, Problem> {
        let exchange = Arc::clone(Exchange::of(request).ok_or_else(Problem::internal)?);
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
        let production = exchange.service.settings.production;
        let (cookies, jar) = (SessionCookies::new(production), Jar::new(production));
        let token = cookies.read(room.kind(), headers);
        let mut visit = Self {
            site: Arc::clone(site),
            room,
            language: Language::choose(None, headers, site.settings.language.as_ref()),
            now: exchange.service.clock.now(),
            session: None,
            was_signed_in: token.is_some(),
            visitor: jar.visitor(headers),
            delivery: jar.delivery(headers),
            flash: jar.message(headers),
            order: jar.order(headers),
            link: request.raw_path_param("token").filter(|text| is_token(text)).map(|t| SecretText::new(t.to_owned())),
            id: request.raw_path_param("id").and_then(|text| text.parse().ok()),
            query: request.uri().query().unwrap_or_default().to_owned(),
            has_password: None,
            fetch_site: text("sec-fetch-site"),
            from: request.data().copied().unwrap_or(EndUserAddress(None)),
            user_agent: text("user-agent"),
            cookies,
            jar,
            set: Cookies::default(),
            exchange,
        };
        if let Some(token) = token {
            let is_page = request.method() == Method::GET;
            // Whoever wants to sign in needs no earlier session, and no store that can't be asked for one.
            match visit.resume(token, headers, is_page).await {
                Err(_) if Room::is_entrance(request.uri().path()) => {}
                resumed => resumed?,
            }
        }
        Ok(visit)
    }

    async fn resume(&mut self, token: SecretText, headers: &HeaderMap, is_page: bool) -> Result<(), Problem> {
        let found = match self.room {
            Room::Users => self.whose_pages(token).await?,
            Room::Console => self.whose_console(token).await?,
        };
        if let Some(found) = found {
            let locale = found.resumed.account.locale.as_ref();
            self.language = Language::choose(locale, headers, self.site.settings.language.as_ref());
            self.exchange.speaks(self.language);
            let confined = found.resumed.session.confined;
            self.session = Some(found);
            if confined {
                self.release(is_page).await?;
            }
        }
        Ok(())
    }

    async fn whose_pages(&self, token: SecretText) -> Result<Option<SignedIn>, Problem> {
        let resumed = self.service().use_cases.resume_session.run(token.reveal(), self.room.kind()).await?;
        Ok(resumed.map(|resumed| SignedIn {
            token,
            resumed,
            door: Door::Open,
            authenticator_since: None,
            has_proved: false,
        }))
    }

    async fn whose_console(&self, token: SecretText) -> Result<Option<SignedIn>, Problem> {
        let entered = self.service().use_cases.console.enter.run(token.reveal()).await?;
        Ok(entered.map(|Entered { resumed, door, authenticator_since, has_proved }| SignedIn {
            token,
            resumed,
            door,
            authenticator_since,
            has_proved,
        }))
    }

    /// Once new codes are made nothing is closed. The next token comes with a page: the answer that shows the codes may get
    /// lost, and forms may be sent several at once, of which all but one would come with a token that is over.
    async fn release(&mut self, is_page: bool) -> Result<(), Problem> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let (account, token) = (session.resumed.account.clone(), session.token.clone());
        let use_cases = &self.exchange.service.use_cases;
        if use_cases.show_account.run_for_decision(&account.subject).await?.duties.contains(Duty::NewCodes) {
            return Ok(());
        }
        session.resumed.session.confined = false;
        if is_page
            && let Some(opened) =
                use_cases.rotate_session.run(token.reveal(), self.room.kind(), SessionChange::Released).await?
        {
            self.goes_on_as(opened, account, false);
        }
        Ok(())
    }

    pub(crate) fn service(&self) -> &Arc<Service> {
        &self.exchange.service
    }

    pub(crate) fn words(&self) -> &'static Words {
        self.language.words()
    }

    pub(crate) fn phrases(&self) -> &'static dyn Phrases {
        self.language.phrases()
    }

    pub(crate) fn teller(&self) -> Teller<'_> {
        Teller::new(self.language, &self.site.settings.time_zone, self.now)
    }

    pub(crate) fn waits<'a>(&self, teller: &'a Teller<'a>) -> Waits<'a> {
        Waits { language: self.language, w: self.words(), say: self.phrases(), teller, now: self.now }
    }

    /// What there is to say, as of now.
    pub(crate) fn message(&self, flash: &Flash) -> Message {
        let teller = self.teller();
        let mut message = flash.message(&self.waits(&teller));
        // An operator's own words for it are in one language, ours are in all.
        if flash.news == News::Sent && self.service().settings.sent_message != SENT_MESSAGE {
            message.title.clone_from(&self.service().settings.sent_message);
        }
        message
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::owner(self.exchange.id, self.from.0, self.user_agent.clone())
    }

    /// Whose page it is, where somebody is signed in.
    pub(crate) fn signed_in(&self) -> Result<&SignedIn, Problem> {
        self.session.as_ref().ok_or_else(Problem::internal)
    }

    pub(crate) fn account(&self) -> Result<&Account, Problem> {
        Ok(&self.signed_in()?.resumed.account)
    }

    pub(crate) fn subject(&self) -> Result<Subject, Problem> {
        Ok(self.account()?.subject.clone())
    }

    /// Whoever looks through what belongs to others.
    pub(crate) fn viewer(&self) -> Result<Viewer, Problem> {
        let session = self.signed_in()?;
        let viewer = (self.room == Room::Console).then(|| Viewer::of_staff(&session.resumed.account, session.door));
        viewer.flatten().ok_or_else(Problem::internal)
    }

    /// Whoever changes what belongs to others; `None` for an auditor.
    pub(crate) fn administrator(&self) -> Option<Administrator> {
        let SignedIn { resumed, door, authenticator_since, has_proved, .. } =
            self.session.as_ref().filter(|_| self.room == Room::Console)?;
        let entered = Entered {
            resumed: resumed.clone(),
            door: *door,
            authenticator_since: *authenticator_since,
            has_proved: *has_proved,
        };
        Administrator::of_console(&entered, self.exchange.id, self.from.0, self.user_agent.clone())
    }

    /// Whether the account has a password here.
    pub(crate) async fn has_password(&mut self) -> Result<bool, Problem> {
        if let Some(known) = self.has_password {
            return Ok(known);
        }
        let has = self.service().use_cases.has_password.run(self.account()?.id, self.room.kind()).await?;
        self.has_password = Some(has);
        Ok(has)
    }

    /// Whether this person can prove who they are for what takes a proof: they did so a short while ago, or have the
    /// password to do it with.
    pub(crate) async fn can_prove(&mut self) -> Result<bool, Problem> {
        Ok(self.signed_in()?.resumed.fresh || (self.site.settings.local_passwords && self.has_password().await?))
    }

    pub(crate) fn is_confined(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.resumed.session.confined)
    }

    /// A part is out and another one stands in for it: everything works, and takes longer.
    pub(crate) fn is_slow(&self) -> bool {
        self.service().measurements.get().is_some_and(|measurements| measurements.is_helped_out())
    }

    /// Another site made the browser send this.
    pub(crate) fn is_from_elsewhere(&self) -> bool {
        self.fetch_site.as_deref().is_some_and(|site| site.eq_ignore_ascii_case("cross-site"))
    }

    /// What forms are bound to while somebody is signed in: the session, whatever its token becomes.
    pub(crate) fn session_binding(&self) -> Option<SecretText> {
        self.session.as_ref().map(|session| SecretText::new(session.resumed.session.id.to_string()))
    }

    /// The token that forms on the next page carry: bound to the session, or to the browser of somebody who has none.
    pub(crate) fn form_token(&mut self) -> Result<String, Problem> {
        let service = Arc::clone(self.service());
        if let Some(session) = self.session_binding() {
            return Ok(service.use_cases.form_tokens.issue(&session));
        }
        if self.visitor.is_none() {
            let minted = service.use_cases.form_tokens.mint_visitor()?;
            self.set.extend(self.jar.set(Kept::Visitor, minted.reveal(), None));
            self.visitor = Some(minted);
        }
        let visitor = self.visitor.as_ref().ok_or_else(Problem::internal)?;
        Ok(service.use_cases.form_tokens.issue(visitor))
    }

    /// A session that began, or goes on under its next token.
    pub(crate) fn goes_on_as(&mut self, opened: Opened, account: Account, fresh: bool) {
        self.set.extend(self.cookies.set(self.room.kind(), &opened.token));
        let before = self.session.as_ref();
        let recent = before.is_some_and(|before| before.resumed.recent);
        let door = before.map_or(Door::Open, |before| before.door);
        let authenticator_since = before.and_then(|before| before.authenticator_since);
        let has_proved = before.is_some_and(|before| before.has_proved);
        let mut session = opened.session;
        session.confined &= before.is_none_or(|before| before.resumed.session.confined);
        let resumed = Resumed { session, account, fresh, recent };
        self.session = Some(SignedIn { token: opened.token, resumed, door, authenticator_since, has_proved });
    }

    /// Somebody has just signed in; what the browser kept for another person goes.
    pub(crate) fn signs_in(&mut self, opened: &Opened) {
        self.set.extend(self.cookies.set(self.room.kind(), &opened.token));
        self.set.extend(self.jar.clear(Kept::Visitor));
        self.forget_delivery();
        self.set.extend(self.jar.clear(Kept::Message));
    }

    pub(crate) fn signs_out(&mut self) {
        self.set.extend([self.cookies.clear(self.room.kind())]);
        self.forget_delivery();
        if self.room == Room::Users {
            self.drop_kept(Kept::Order);
        }
        self.session = None;
    }

    /// What is delivered belongs to the pages for users, where somebody else may be signed in.
    fn forget_delivery(&self) {
        if self.room == Room::Users {
            self.set.extend(self.jar.clear(Kept::Delivery));
        }
    }

    pub(crate) fn keep_delivery(&mut self, token: &str) {
        self.set.extend(self.jar.set(Kept::Delivery, token, None));
        self.delivery = Some(SecretText::new(token.to_owned()));
    }

    pub(crate) fn keep(&mut self, kept: Kept, value: &str, seconds: u64) {
        self.set.extend(self.jar.set(kept, value, Some(seconds)));
    }

    pub(crate) fn drop_kept(&mut self, kept: Kept) {
        self.set.extend(self.jar.clear(kept));
    }

    /// What the next page says.
    pub(crate) fn say_next(&mut self, flash: &Flash) {
        self.set.extend(self.jar.set(Kept::Message, &flash.write(), Some(flash.seconds(self.now))));
    }

    /// What this page is to say, if it was meant for one of these places. It is said once, unless it stays true.
    pub(crate) fn take_flash(&mut self, fits: impl Fn(&Flash) -> bool) -> Option<Flash> {
        let flash = self.flash.take_if(|flash| fits(flash))?;
        if !flash.lasts(self.now) {
            self.set.extend(self.jar.clear(Kept::Message));
        }
        Some(flash)
    }

    /// The cookies so far and to come.
    pub(crate) fn cookies(&self) -> Cookies {
        self.set.clone()
    }

    /// Puts the cookies on an answer.
    pub(crate) fn seal(self, mut response: Response) -> Response {
        for cookie in self.set.take() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}
