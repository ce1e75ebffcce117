//! Showing a history from the cache, against an empty answer.

use crate::{
    Plan,
    redis::Redis,
    report::{Limit, Report},
    runner::{Sample, Series, Side, take_turns},
    service::{Hashing, Instance, concurrently},
    wire::Served,
};
use anyhow::{Result, anyhow, ensure};
use backstop_application::{
    Ports,
    ports::{AccountHistory, AccountState, HistoryPage, PortResult, Views},
};
use backstop_domain::{AccountId, Role, Subject, history::Window};
use backstop_http::App;
use poem::{Endpoint as _, http::StatusCode};
use std::sync::Arc;

const IN_PROCESS: &str = "history-cached";
const IN_REDIS: &str = "history-redis";
const IN_REDIS_OVER_HTTP: &str = "history-redis-http";
const CALLERS: usize = 8;
const SETS: u32 = 3;

/// Shows that there is nothing, and looks nowhere.
struct Nothing;

#[async_trait::async_trait]
impl Views for Nothing {
    async fn state(&self, _: &Subject) -> PortResult<Option<AccountState>> {
        Ok(None)
    }

    async fn history(&self, _: &Subject, _: Option<Window>) -> PortResult<Option<AccountHistory>> {
        let page = HistoryPage { batches: Vec::new(), total: 0 };
        Ok(Some(AccountHistory { account: AccountId::new(uuid::Uuid::nil()), role: Role::User, page }))
    }
}

pub async fn compare(plan: &Plan, report: &mut Report) -> Result<()> {
    if plan.wants(IN_PROCESS) {
        let all = Box::pin(measure(plan, None, Way::Direct)).await?;
        report.measured(IN_PROCESS, "a history of 3 sets from the cache in the process, 8 callers", &all);
        report.ratio(&all[0], &all[1], Limit::ThroughputAtLeast(0.5), true);
    }
    if plan.wants(IN_REDIS) {
        let all = Box::pin(measure(plan, Some(&Redis::start().await?), Way::Direct)).await?;
        report.measured(IN_REDIS, "a history of 3 sets from the cache in Redis, 8 callers", &all);
        // An empty answer that nobody sent for takes less than any question to another process: for information.
        report.ratio(&all[0], &all[1], Limit::ThroughputAtLeast(0.3), false);
    }
    if plan.wants(IN_REDIS_OVER_HTTP) {
        let all = Box::pin(measure(plan, Some(&Redis::start().await?), Way::OverHttp)).await?;
        report.measured(IN_REDIS_OVER_HTTP, "the same over HTTP, 8 connections", &all);
        report.ratio(&all[0], &all[1], Limit::ThroughputAtLeast(0.3), true);
    }
    Ok(())
}

/// How requests come to the service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Direct,
    OverHttp,
}

async fn measure(plan: &Plan, redis: Option<&Redis>, way: Way) -> Result<Vec<Series>> {
    let each = plan.operations(5_000);
    let instance = &Instance::start(Hashing::Keyed, None, redis.map(Redis::url)).await?;
    let subject = &Subject::parse("ann").map_err(|e| anyhow!("{}", e.0))?;
    instance.register(subject).await?;
    // A day apart, as an account has to wait for new codes.
    for day in (0..SETS).rev() {
        instance.days_ago(day).generate_batch.run(&instance.generation(subject.clone(), 10)).await?;
    }
    // The same service with the same clients, except that it shows nothing.
    let empty = &instance.app_over(&Ports { views: Arc::new(Nothing), ..instance.service.ports.clone() });
    let head = &instance.history_head(subject);
    let listening = [&Served::start(instance.app.clone())?, &Served::start(empty.clone())?];
    let window = move |app, listening| async move {
        let reading = async {
            match way {
                Way::Direct => read(app, instance, subject, each).await,
                Way::OverHttp => Served::ask(listening, head, CALLERS, each).await,
            }
        };
        match redis {
            Some(redis) => redis.with_server(reading).await,
            None => reading.await,
        }
    };
    let sides = vec![
        Side::new("the whole stack", move || window(&instance.app, listening[0])),
        Side::new("an empty answer", move || window(empty, listening[1])),
    ];
    let turns = take_turns(plan.rounds, sides);
    match redis {
        Some(redis) => redis.ran(plan.windows() * each, turns).await,
        None => turns.await,
    }
}

async fn read(app: &App, instance: &Instance, subject: &Subject, number: usize) -> Result<Sample> {
    let requests = (0..number).map(|_| instance.history_request(subject)).collect::<Result<Vec<_>>>()?;
    let app = app.clone();
    concurrently(CALLERS, requests, move |request| {
        let app = app.clone();
        async move {
            let response = app.get_response(request).await;
            ensure!(response.status() == StatusCode::OK, "a history was answered with {}", response.status());
            Ok(())
        }
    })
    .await
}
