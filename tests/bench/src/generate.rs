//! Making ten codes, against ten hashes.

use crate::{
    Plan,
    bare::{self, Cost},
    database::Server,
    report::{Limit, Report},
    runner::{Sample, Side, Stopwatch, take_turns},
    service::{Hashing, Instance},
};
use anyhow::{Result, anyhow};
use backstop_domain::Subject;
use core::cell::Cell;

struct Case {
    names: [&'static str; 2],
    about: &'static str,
    cost: Cost,
    sets: usize,
    limit: f64,
}

const CASES: [Case; 2] = [
    Case {
        names: ["generate-full-sqlite", "generate-full-postgres"],
        about: "ten codes, argon2id at 19 MiB and 2 passes",
        cost: Cost::FULL,
        sets: 5,
        limit: 1.25,
    },
    Case {
        names: ["generate-default-sqlite", "generate-default-postgres"],
        about: "ten codes, argon2id at the default cost of 4 MiB and 1 pass",
        cost: Cost::DEFAULT,
        sets: 25,
        limit: 1.5,
    },
];

pub async fn compare(plan: &Plan, report: &mut Report) -> Result<()> {
    for case in &CASES {
        let [sqlite, postgres] = case.names;
        if plan.wants(sqlite) {
            let instance = Instance::start(Hashing::Argon2id(case.cost), None, None).await?;
            compare_one(plan, report, case, sqlite, &instance).await?;
        }
        if plan.wants(postgres) {
            let server = Server::start().await?;
            let database = server.database().await?;
            let instance = Instance::start(Hashing::Argon2id(case.cost), Some((&database.url, 20)), None).await?;
            compare_one(plan, report, case, postgres, &instance).await?;
        }
    }
    Ok(())
}

async fn compare_one(plan: &Plan, report: &mut Report, case: &Case, name: &str, instance: &Instance) -> Result<()> {
    let sets = plan.operations(case.sets);
    let made = &Cell::new(0_usize);
    let sides = vec![
        Side::new("ours", move || async move {
            let from = made.replace(made.get() + sets);
            generate(instance, from..from + sets).await
        }),
        Side::new("bare argon2", || async { tokio::task::block_in_place(|| bare::tens(case.cost, sets)) }),
        Side::new("bare argon2, memory used again", || async {
            tokio::task::block_in_place(|| bare::tens_in_the_same_memory(case.cost, sets))
        }),
    ];
    let all = take_turns(plan.rounds, sides).await?;
    report.measured(name, case.about, &all);
    report.ratio(&all[0], &all[1], Limit::TimeAtMost(case.limit), true);
    report.ratio(&all[0], &all[2], Limit::TimeAtMost(case.limit), false);
    Ok(())
}

/// One set for each of some new accounts, one after the other.
async fn generate(instance: &Instance, accounts: core::ops::Range<usize>) -> Result<Sample> {
    let subjects: Vec<Subject> = accounts
        .map(|n| Subject::parse(&format!("person-{n}")).map_err(|e| anyhow!("{}", e.0)))
        .collect::<Result<_>>()?;
    for subject in &subjects {
        instance.register(subject).await?;
    }
    let stopwatch = Stopwatch::start();
    for subject in &subjects {
        let request = instance.generation(subject.clone(), 10);
        let made = instance.service.use_cases.generate_batch.run(&request).await?;
        anyhow::ensure!(made.codes.len() == 10, "a set of {} codes", made.codes.len());
    }
    Ok(stopwatch.stop(subjects.len()))
}
