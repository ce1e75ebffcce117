//! Showing a history from the cache, against an empty answer.

use crate::{
    Plan,
    report::{Limit, Report},
    runner::{Sample, Side, take_turns},
    service::{Hashing, Instance, concurrently},
};
use anyhow::{Result, anyhow, ensure};
use backstop_application::{
    Ports, UseCases,
    ports::{AccountHistory, AccountState, HistoryPage, PortResult, Views},
};
use backstop_domain::{AccountId, Role, Subject, history::Window};
use backstop_http::{App, HttpSettings};
use poem::{Endpoint as _, http::StatusCode};
use std::sync::Arc;

const NAME: &str = "history-cached";
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
    if !plan.wants(NAME) {
        return Ok(());
    }
    let each = plan.operations(5_000);
    let instance = &Instance::start(Hashing::Keyed, None).await?;
    let subject = &Subject::parse("ann").map_err(|e| anyhow!("{}", e.0))?;
    instance.register(subject).await?;
    for _ in 0..SETS {
        instance.service.use_cases.generate_batch.run(&instance.generation(subject.clone(), 10)).await?;
    }
    let empty = &without_history(instance);
    let sides = vec![
        Side::new("the whole stack", move || read(&instance.app, instance, subject, each)),
        Side::new("an empty answer", move || read(empty, instance, subject, each)),
    ];
    let all = take_turns(plan.rounds, sides).await?;
    report.measured(NAME, "a history of 3 sets from the cache in the process, 8 callers", &all);
    report.ratio(&all[0], &all[1], Limit::ThroughputAtLeast(0.5), true);
    Ok(())
}

/// The same service with the same clients, except that it shows nothing.
fn without_history(instance: &Instance) -> App {
    let service = &instance.service;
    let ports = Ports { views: Arc::new(Nothing), ..service.ports.clone() };
    let use_cases = Arc::new(UseCases::assemble(&ports, &instance.settings));
    let health = vec![service.store.health()];
    backstop_http::app(use_cases, Arc::clone(&service.clock), Arc::clone(&service.ids), health, HttpSettings::default())
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
