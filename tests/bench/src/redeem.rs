//! Redeeming, against the same writes and against the same hashes.

use crate::{
    Plan,
    bare::{self, Cost},
    database::{Bare, Server, Target},
    redis::Redis,
    report::{Limit, Report},
    runner::{Sample, Side, take_turns},
    service::{Hashing, Holder, Instance, concurrently},
};
use anyhow::{Context as _, Result, ensure};
use backstop_application::{
    Ports,
    ports::{Attempt, Guard, PortResult},
    use_cases::CodeRequest,
};
use backstop_domain::{
    Timestamp,
    guard::{Admission, PairSlot, Slot, Verdict},
};
use backstop_http::App;
use core::cell::RefCell;
use poem::{Endpoint as _, Request, http::StatusCode};
use std::{collections::VecDeque, sync::Arc};

/// As many as the most callers at once, so that nobody waits for one.
const CONNECTIONS: u32 = 32;
const ARGON2_CALLERS: usize = 8;
const ARGON2: &str = "redeem-argon2";
const GUARD_CALLERS: usize = 8;
const GUARD: &str = "redeem-guard-redis";

struct Case {
    name: &'static str,
    about: &'static str,
    callers: usize,
    operations: usize,
}

const CASES: [Case; 3] = [
    Case {
        name: "redeem-keyed-1",
        about: "redeeming on PostgreSQL with the keyed hasher, 1 caller",
        callers: 1,
        operations: 150,
    },
    Case {
        name: "redeem-keyed-8",
        about: "redeeming on PostgreSQL with the keyed hasher, 8 callers",
        callers: 8,
        operations: 500,
    },
    Case {
        name: "redeem-keyed-32",
        about: "redeeming on PostgreSQL with the keyed hasher, 32 callers",
        callers: 32,
        operations: 1_000,
    },
];

pub async fn compare(plan: &Plan, report: &mut Report) -> Result<()> {
    let cases: Vec<&Case> = CASES.iter().filter(|case| plan.wants(case.name)).collect();
    if !cases.is_empty() || plan.wants_any(&[ARGON2, GUARD]) {
        let server = Server::start().await?;
        for case in cases {
            keyed(plan, report, case, &server).await?;
        }
        if plan.wants(ARGON2) {
            argon2(plan, report, &server).await?;
        }
        if plan.wants(GUARD) {
            guard(plan, report, &server).await?;
        }
    }
    Ok(())
}

fn take<T>(stock: &RefCell<VecDeque<T>>, number: usize) -> Result<Vec<T>> {
    let mut stock = stock.borrow_mut();
    ensure!(stock.len() >= number, "too few codes were prepared");
    Ok(stock.drain(..number).collect())
}

async fn over_http(app: &App, instance: &Instance, callers: usize, holders: &[Holder]) -> Result<Sample> {
    let requests: Vec<Request> = holders.iter().map(|holder| instance.request(holder)).collect::<Result<_>>()?;
    let app = app.clone();
    concurrently(callers, requests, move |request| {
        let app = app.clone();
        async move {
            let response = app.get_response(request).await;
            ensure!(response.status() == StatusCode::OK, "a redemption was answered with {}", response.status());
            Ok(())
        }
    })
    .await
}

async fn by_use_case(instance: &Instance, callers: usize, holders: Vec<Holder>) -> Result<Sample> {
    let requests: Vec<CodeRequest> = holders.into_iter().map(|holder| instance.redemption(holder)).collect();
    let use_cases = instance.service.use_cases.clone();
    concurrently(callers, requests, move |request| {
        let use_cases = use_cases.clone();
        async move {
            use_cases.redeem_code.run(&request).await.context("a redemption")?;
            Ok(())
        }
    })
    .await
}

async fn keyed(plan: &Plan, report: &mut Report, case: &Case, server: &Server) -> Result<()> {
    let (callers, each) = (case.callers, plan.operations(case.operations));
    let database = server.database().await?;
    let instance = &Instance::start(Hashing::Keyed, Some((&database.url, CONNECTIONS)), None).await?;
    let bare = &Bare::connect(&database.url, CONNECTIONS, instance).await?;
    // Two sides of ours and two bare ones, and a round to warm up.
    let needed = 2 * each * plan.windows();
    let holders: &RefCell<VecDeque<Holder>> = &RefCell::new(instance.holders("ours", needed).await?);
    instance.holders("bare", needed).await?;
    let targets: &RefCell<VecDeque<Target>> = &RefCell::new(bare.targets("bare").await?);
    bare.tidy().await?;

    let sides = vec![
        Side::new("the whole stack", move || async move {
            let holders = take(holders, each)?;
            bare.with_server(over_http(&instance.app, instance, callers, &holders)).await
        }),
        Side::new("the use case", move || async move {
            let holders = take(holders, each)?;
            bare.with_server(by_use_case(instance, callers, holders)).await
        }),
        Side::new("bare transaction", move || async move {
            let targets = take(targets, each)?;
            let shared = bare.clone();
            let work = move |target| {
                let bare = shared.clone();
                async move { bare.redeem(target).await }
            };
            bare.with_server(concurrently(callers, targets, work)).await
        }),
        Side::new("lone update", move || async move {
            let targets = take(targets, each)?;
            let shared = bare.clone();
            let work = move |target| {
                let bare = shared.clone();
                async move { bare.update(target).await }
            };
            bare.with_server(concurrently(callers, targets, work)).await
        }),
    ];
    let all = take_turns(plan.rounds, sides).await?;
    report.measured(case.name, case.about, &all);
    let limit = Limit::ThroughputAtLeast(0.5);
    for ours in &all[..2] {
        report.ratio(ours, &all[2], limit, true);
        report.ratio(ours, &all[3], limit, false);
    }
    Ok(())
}

async fn argon2(plan: &Plan, report: &mut Report, server: &Server) -> Result<()> {
    let each = plan.operations(40);
    let database = server.database().await?;
    let instance = &Instance::start(Hashing::Argon2id(Cost::FULL), Some((&database.url, CONNECTIONS)), None).await?;
    let needed = each * plan.windows();
    let holders: &RefCell<VecDeque<Holder>> = &RefCell::new(instance.holders("ours", needed).await?);
    let bare = &Bare::connect(&database.url, 1, instance).await?;
    bare.tidy().await?;
    let sides = vec![
        Side::new("the whole stack", move || async move {
            let holders = take(holders, each)?;
            bare.with_server(over_http(&instance.app, instance, ARGON2_CALLERS, &holders)).await
        }),
        Side::new("bare argon2", move || async move {
            tokio::task::block_in_place(|| bare::verifications(Cost::FULL, each))
        }),
    ];
    let all = take_turns(plan.rounds, sides).await?;
    report.measured(ARGON2, "redeeming on PostgreSQL, argon2id at 19 MiB and 2 passes, 8 callers", &all);
    report.ratio(&all[0], &all[1], Limit::ThroughputAtLeast(0.85), true);
    Ok(())
}

/// Lets everybody in, and counts nothing.
struct Open;

#[async_trait::async_trait]
impl Guard for Open {
    async fn admit(&self, _: &Attempt, now: Timestamp) -> PortResult<Admission> {
        let pair = PairSlot { attempts_left: 1, locks_until: None, before: None, raised_level: false };
        Ok(Admission::Go(Slot::new(pair, None, now)))
    }

    async fn settle(&self, _: &Attempt, _: &Slot, _: Verdict) -> PortResult<()> {
        Ok(())
    }
}

/// With the hasher that leaves the guard the largest part of a redemption.
async fn guard(plan: &Plan, report: &mut Report, server: &Server) -> Result<()> {
    let each = plan.operations(500);
    let database = server.database().await?;
    let redis = &Redis::start().await?;
    let postgres = Some((&*database.url, CONNECTIONS));
    let instance = &Instance::start(Hashing::Keyed, postgres, Some(redis.url())).await?;
    let unguarded = &instance.app_over(&Ports { guard: Arc::new(Open), ..instance.service.ports.clone() });
    let needed = 2 * each * plan.windows();
    let holders: &RefCell<VecDeque<Holder>> = &RefCell::new(instance.holders("ours", needed).await?);
    let bare = &Bare::connect(&database.url, 1, instance).await?;
    bare.tidy().await?;
    let window = move |app| async move {
        let holders = take(holders, each)?;
        redis.with_server(bare.with_server(over_http(app, instance, GUARD_CALLERS, &holders))).await
    };
    let sides = vec![
        Side::new("with the guard in Redis", move || window(&instance.app)),
        Side::new("without a guard", move || window(unguarded)),
    ];
    // Each attempt is admitted and settled.
    let all = redis.ran(2 * each * plan.windows(), take_turns(plan.rounds, sides)).await?;
    report.measured(GUARD, "redeeming on PostgreSQL with the keyed hasher, guard in Redis, 8 callers", &all);
    report.ratio(&all[0], &all[1], Limit::ThroughputAtLeast(0.7), true);
    Ok(())
}
