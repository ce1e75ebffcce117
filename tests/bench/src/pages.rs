//! The dashboard out of the cache, against a page that has nothing to show.

use crate::{
    Plan,
    report::{Limit, Report},
    runner::{Sample, Series, Side, take_turns},
    service::{Hashing, Instance, USER_AGENT, concurrently, next_address},
};
use anyhow::{Context as _, Result, anyhow, ensure};
use backstop_application::ports::Measurements as _;
use backstop_application::use_cases::{Caller, NewUser, PasswordSignIn};
use backstop_domain::{Actor, EmailAddress, RequestId, Role, SecretText, SessionKind, Subject};
use poem::{
    Endpoint as _, Request,
    http::{StatusCode, Uri, header},
};

const DASHBOARD: &str = "dashboard-cached";
const HOME: &str = "/auth/recovery-codes/dashboard";
const CALLERS: usize = 8;
const SETS: u32 = 3;
const PASSWORD: &str = "nine quiet lanterns by the river";

pub async fn compare(plan: &Plan, report: &mut Report) -> Result<()> {
    if plan.wants(DASHBOARD) {
        let all = Box::pin(measure(plan)).await?;
        report.measured(DASHBOARD, "the dashboard with state and a history of 3 sets from the cache, 8 callers", &all);
        report.ratio(&all[0], &all[1], Limit::TimeAtMost(3.0), true);
    }
    Ok(())
}

async fn measure(plan: &Plan) -> Result<Vec<Series>> {
    let each = plan.operations(3_000);
    let instance = &Instance::start(Hashing::Keyed, None, None).await?;
    let (subject, cookie) = signed_in(instance, "ann", Role::User).await?;
    let (_, of_nobody) = signed_in(instance, "odo", Role::Auditor).await?;
    for day in (0..SETS).rev() {
        instance.days_ago(day).generate_batch.run(&instance.generation(subject.clone(), 10)).await?;
    }
    // Whoever has no codes here is told so in a sentence: the same check of a session, and the same frame around it.
    let window = |cookie| move || ask(instance, HOME, cookie, each);
    let sides = vec![
        Side::new("the dashboard", window(&cookie)),
        Side::new("a page without anything to show", window(&of_nobody)),
    ];
    from_the_cache(instance, plan.windows() * each, take_turns(plan.rounds, sides)).await
}

/// What a dashboard looks up: how things stand, and the history.
const LOOKS: u64 = 2;

/// Fails unless that many dashboards came from the cache: what was measured would be the database.
async fn from_the_cache<T>(
    instance: &Instance,
    dashboards: usize,
    measuring: impl Future<Output = Result<T>>,
) -> Result<T> {
    let before = CacheReads::now(instance).await?;
    let measured = measuring.await?;
    let after = CacheReads::now(instance).await?;
    let (found, missed) = (after.found - before.found, after.missed - before.missed);
    let due = dashboards as u64 * LOOKS;
    // The first callers find nothing, nor do those who come when an entry is over.
    let is_from_the_cache = found + missed >= due && missed * 100 <= due;
    ensure!(is_from_the_cache, "of {due} looks into the cache, {found} found something and {missed} did not");
    Ok(measured)
}

/// How many looks into the cache found something so far.
struct CacheReads {
    found: u64,
    missed: u64,
}

impl CacheReads {
    async fn now(instance: &Instance) -> Result<Self> {
        let told = instance.service.meters.text().await;
        let of = |outcome: &str| {
            let begin = format!("backstop_cache_reads_total{{outcome=\"{outcome}\"}} ");
            let line = told.lines().find_map(|line| line.strip_prefix(&*begin));
            let number = line.with_context(|| format!("no reads of the cache with the outcome {outcome}"))?;
            Ok::<u64, anyhow::Error>(number.parse()?)
        };
        Ok(Self { found: of("hit")?, missed: of("miss")? + of("fault")? })
    }
}

/// Somebody with a password, and the cookie of their browser.
async fn signed_in(instance: &Instance, name: &str, role: Role) -> Result<(Subject, String)> {
    let subject = Subject::parse(name).map_err(|e| anyhow!("{}", e.0))?;
    let address = &*format!("{name}@example.com");
    let user = NewUser {
        subject: subject.clone(),
        email: EmailAddress::parse(address)?,
        email_confirmed: true,
        display_name: None,
        role,
        password: SecretText::new(PASSWORD.to_owned()),
    };
    let use_cases = &instance.service.use_cases;
    use_cases.create_user.run(&user, &Actor::CommandLine).await?;
    let request = RequestId::new(instance.service.ids.next());
    let sign_in = PasswordSignIn {
        email: address.to_owned(),
        password: SecretText::new(PASSWORD.to_owned()),
        caller: Caller::owner(request, Some(next_address()), Some(USER_AGENT.to_owned())),
        previous: None,
        kind: SessionKind::User,
    };
    let opened = use_cases.sign_in_with_password.run(&sign_in).await?;
    Ok((subject, format!("backstop_session={}", opened.token.reveal())))
}

async fn ask(instance: &Instance, page: &str, cookie: &str, number: usize) -> Result<Sample> {
    let request = || Ok(Request::builder().uri(page.parse::<Uri>()?).header(header::COOKIE, cookie).finish());
    let requests = (0..number).map(|_| request()).collect::<Result<Vec<_>>>()?;
    let app = instance.app.clone();
    concurrently(CALLERS, requests, move |request| {
        let app = app.clone();
        async move {
            let response = app.get_response(request).await;
            ensure!(response.status() == StatusCode::OK, "a page was answered with {}", response.status());
            Ok(())
        }
    })
    .await
}
