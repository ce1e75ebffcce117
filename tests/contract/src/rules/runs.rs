//! The records of clean-ups.

use crate::{StoreHarness, fixture::*};
use backstop_application::{
    lists::{RunFilter, RunSort},
    ports::{Direction, Eligible, Portion, Run, RunChunk, RunRecord, Sight, Which},
};
use backstop_domain::{
    Account, AuditKind, BatchId, CleanUp, Role, RunId, RunStatus, ScheduleId, Timestamp, clean_up::StartedBy,
    letter::BatchLine,
};
use jiff::SignedDuration;

fn by(schedule: ScheduleId) -> StartedBy {
    StartedBy::Schedule { id: schedule, name: "nightly ä".to_owned(), saved_by: "Zoë".to_owned() }
}

fn begun(run: &Run) -> RunRecord {
    RunRecord {
        run: run.clone(),
        status: RunStatus::Running,
        ended_at: None,
        error: None,
        removed: 0,
        removed_batches: 0,
        range: None,
    }
}

async fn begin(store: &Fixture, run: &Run) -> Option<RunRecord> {
    let mut unit = store.begin().await;
    let known = unit.runs().begin(run).await.unwrap();
    unit.commit().await.unwrap();
    known
}

async fn add(store: &Fixture, run: RunId, chunk: RunChunk) {
    let mut unit = store.begin().await;
    unit.runs().add(run, &chunk).await.unwrap();
    unit.commit().await.unwrap();
}

async fn end(store: &Fixture, run: RunId, now: Timestamp, status: RunStatus, error: Option<&str>) {
    let mut unit = store.begin().await;
    unit.runs().end(run, now, status, error).await.unwrap();
    unit.commit().await.unwrap();
}

async fn read(store: &Fixture, run: RunId) -> RunRecord {
    store.stores.runs.run(run).await.unwrap().expect("the run is there")
}

/// A run keeps what it began with, whatever started it.
pub async fn a_run_keeps_everything_it_was_given(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(store.stores.runs.run(RunId::new(uuid())).await.unwrap(), None);
    for started_by in [by(ScheduleId::new(uuid())), StartedBy::CommandLine] {
        for of in CleanUp::ALL {
            let run = Run { of: *of, ..a_run(started_by.clone(), at(5)) };
            assert_eq!(begin(&store, &run).await, None);
            assert_eq!(read(&store, run.id).await, begun(&run));
        }
    }
}

/// "Notes that a run begins. Where it began before, what is known of it: then it goes on, and nothing changes."
pub async fn a_run_begins_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let run = a_run(by(ScheduleId::new(uuid())), at(5));
    assert_eq!(begin(&store, &run).await, None);
    add(&store, run.id, RunChunk { removed: 3, ..RunChunk::default() }).await;
    let known = RunRecord { removed: 3, ..begun(&run) };
    let later = Run { started_at: at(9), retention_days: 1, started_by: StartedBy::CommandLine, ..run.clone() };
    assert_eq!(begin(&store, &later).await, Some(known.clone()));
    assert_eq!(read(&store, run.id).await, known);
    end(&store, run.id, at(9), RunStatus::Completed, None).await;
    assert_eq!(begin(&store, &later).await.map(|known| known.status), Some(RunStatus::Completed));
}

/// "Adds what a chunk did": rows, batches that went, and the times from the oldest to the newest.
pub async fn what_chunks_did_is_added_up(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let run = a_run(StartedBy::CommandLine, at(5));
    begin(&store, &run).await;
    let gone = BatchLine { batch_removed: true, ..a_line(BatchId::new(uuid()), 0, 0) };
    for (removed, range, batches, expected) in [
        (0, None, vec![], (0, 0, None)),
        (7, Some((at(3), at(4))), vec![], (7, 0, Some((at(3), at(4))))),
        (u64::from(u32::MAX), None, vec![gone], (u64::from(u32::MAX) + 7, 1, Some((at(3), at(4))))),
        (1, Some((at(1), at(2))), vec![], (u64::from(u32::MAX) + 8, 1, Some((at(1), at(4))))),
        (0, Some((at(2), at(9))), vec![], (u64::from(u32::MAX) + 8, 1, Some((at(1), at(9))))),
    ] {
        add(&store, run.id, RunChunk { removed, range, batches }).await;
        let record = read(&store, run.id).await;
        assert_eq!((record.removed, record.removed_batches, record.range), expected);
    }
}

/// "What was taken from one batch is added up; the last `left` holds, and what is gone stays gone. A run that never began
/// is no fault."
pub async fn what_was_taken_from_a_batch_is_added_up(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let run = a_run(StartedBy::CommandLine, at(5));
    begin(&store, &run).await;
    let [one, other] = [0, 0].map(|_| BatchId::new(uuid()));
    let expiring = BatchLine { expires_at: Some(at(99)), ..a_line(other, 1, 9) };
    let went = |line: BatchLine| BatchLine { batch_removed: true, ..line };
    let chunks = [
        vec![a_line(one, 3, 4), expiring.clone()],
        vec![a_line(one, 2, 2), went(a_line(one, 2, 0))],
        vec![a_line(one, 0, 0)],
    ];
    for batches in chunks {
        add(&store, run.id, RunChunk { batches, ..RunChunk::default() }).await;
    }
    add(&store, RunId::new(uuid()), RunChunk { removed: 1, batches: vec![a_line(other, 1, 1)], range: None }).await;
    let lines = store.stores.runs.batches(run.id, 9, Sight::Everything).await.unwrap();
    assert_eq!(lines, [went(a_line(one, 7, 0)), expiring]);
    assert_eq!(read(&store, run.id).await.removed_batches, 1);
}

/// "What a run took from each batch, those with most taken first, at most so many."
pub async fn batches_come_by_what_was_taken(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let runs = [0, 0].map(|_| a_run(StartedBy::CommandLine, at(5)));
    for run in &runs {
        begin(&store, run).await;
        let batches = [2, 5, 1, 9].map(|taken| a_line(BatchId::new(uuid()), taken, 0)).to_vec();
        add(&store, run.id, RunChunk { batches, ..RunChunk::default() }).await;
    }
    for (limit, expected) in [(9, vec![9, 5, 2, 1]), (2, vec![9, 5]), (0, vec![])] {
        let lines = store.stores.runs.batches(runs[0].id, limit, Sight::Everything).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.removed_codes).collect::<Vec<_>>(), expected);
    }
    assert_eq!(store.stores.runs.batches(RunId::new(uuid()), 9, Sight::Everything).await.unwrap(), []);
}

/// "From how many batches a run took anything."
pub async fn the_batches_of_a_run_are_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let run = a_run(StartedBy::CommandLine, at(5));
    begin(&store, &run).await;
    assert_eq!(store.stores.runs.number_of_batches(run.id, Sight::Everything).await.unwrap(), 0);
    let batches: Vec<BatchLine> = (0..3).map(|_| a_line(BatchId::new(uuid()), 1, 1)).collect();
    for _ in 0..2 {
        add(&store, run.id, RunChunk { batches: batches.clone(), ..RunChunk::default() }).await;
        assert_eq!(store.stores.runs.number_of_batches(run.id, Sight::Everything).await.unwrap(), 3);
    }
}

/// "Ends a run. The first end stays."
pub async fn the_first_end_of_a_run_stays(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let run = a_run(StartedBy::CommandLine, at(5));
    begin(&store, &run).await;
    end(&store, run.id, at(7), RunStatus::Failed, Some("it broke")).await;
    let ended = RunRecord {
        status: RunStatus::Failed,
        ended_at: Some(at(7)),
        error: Some("it broke".to_owned()),
        ..begun(&run)
    };
    assert_eq!(read(&store, run.id).await, ended);
    end(&store, run.id, at(9), RunStatus::Completed, None).await;
    end(&store, RunId::new(uuid()), at(9), RunStatus::Completed, None).await;
    assert_eq!(read(&store, run.id).await, ended);
}

/// "The newest runs, by when they started."
pub async fn the_newest_runs_come_first(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for second in [3, 1, 4, 2] {
        begin(&store, &a_run(StartedBy::CommandLine, at(second))).await;
    }
    for (limit, expected) in [(9, vec![4, 3, 2, 1]), (2, vec![4, 3]), (0, vec![])] {
        let runs = store.stores.runs.newest(limit).await.unwrap();
        let times: Vec<_> = runs.iter().map(|record| record.run.started_at).collect();
        assert_eq!(times, expected.into_iter().map(at).collect::<Vec<_>>());
    }
}

/// "The newest run of a schedule that has begun and not ended."
pub async fn an_unfinished_run_is_found(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let [schedule, other] = [0, 0].map(|_| ScheduleId::new(uuid()));
    let unfinished = async || store.stores.runs.unfinished(schedule).await.unwrap().map(|record| record.run);
    let runs = [4, 2, 6].map(|second| a_run(by(schedule), at(second)));
    for run in runs.iter().chain([&a_run(by(other), at(9)), &a_run(StartedBy::CommandLine, at(9))]) {
        begin(&store, run).await;
    }
    assert_eq!(unfinished().await, Some(runs[2].clone()));
    end(&store, runs[2].id, at(9), RunStatus::Failed, None).await;
    assert_eq!(unfinished().await, Some(runs[0].clone()));
    for run in &runs[..2] {
        end(&store, run.id, at(9), RunStatus::Completed, None).await;
    }
    assert_eq!(unfinished().await, None);
}

/// "Removes records of runs that ended at that time or before, and tells how many", at most so many.
pub async fn records_of_runs_are_forgotten(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let runs = [1, 2, 3, 4].map(|second| a_run(StartedBy::CommandLine, at(second)));
    for run in &runs {
        begin(&store, run).await;
        let batches = vec![a_line(BatchId::new(uuid()), 1, 0)];
        add(&store, run.id, RunChunk { batches, ..RunChunk::default() }).await;
    }
    for (run, second) in runs[..3].iter().zip([10, 20, 30]) {
        end(&store, run.id, at(second), RunStatus::Completed, None).await;
    }
    let forget = async |second, most| {
        let mut unit = store.begin().await;
        let forgotten = unit.runs().forget(at(second), most).await.unwrap();
        unit.commit().await.unwrap();
        forgotten
    };
    assert_eq!((forget(9, 9).await, forget(20, 1).await, forget(20, 9).await, forget(20, 9).await), (0, 1, 1, 0));
    let left: Vec<_> = store.stores.runs.newest(9).await.unwrap().into_iter().map(|record| record.run.id).collect();
    assert_eq!(left, [runs[3].id, runs[2].id], "one has not ended");
    assert_eq!(store.stores.runs.batches(runs[0].id, 9, Sight::Everything).await.unwrap(), []);
    assert_eq!(store.stores.runs.batches(runs[2].id, 9, Sight::Everything).await.unwrap().len(), 1);
}

/// "What is there to be taken": exactly what a run would take, and nothing is taken by asking.
pub async fn what_a_run_would_take_is_known(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let eligible = async |until| store.stores.runs.eligible(CleanUp::Codes, until).await.unwrap();
    assert_eq!(eligible(Timestamp::from_second(9_000_000_000).unwrap()).await, Eligible::default());
    let (account, first) = store.owner(4).await;
    store.consume(account.id, &first.codes[0], at(5)).await;
    store.used_up(3, at(9)).await;
    let end = at(1) + SignedDuration::from_hours(30 * 24);
    for _ in 0..2 {
        assert_eq!(eligible(micros_before(at(5), 1)).await, Eligible::default());
        assert_eq!(eligible(at(5)).await, Eligible { rows: 1, batches: 1 });
        assert_eq!(eligible(at(9)).await, Eligible { rows: 4, batches: 2 });
        assert_eq!(eligible(micros_before(end, 1)).await, Eligible { rows: 4, batches: 2 });
        assert_eq!(eligible(end).await, Eligible { rows: 7, batches: 2 });
    }
    assert_eq!(rows(&store.take(a_chunk(end, u32::MAX)).await), 7);
    assert_eq!(eligible(end).await, Eligible::default());
}

/// What is told of a run goes with the unit that tells it.
pub async fn a_record_goes_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let run = a_run(StartedBy::CommandLine, at(5));
    begin(&store, &run).await;
    store.record(an_entry(AuditKind::Purged, None)).await;
    let mut unit = store.begin().await;
    unit.runs().add(run.id, &RunChunk { removed: 1, ..RunChunk::default() }).await.unwrap();
    unit.runs().end(run.id, at(9), RunStatus::Completed, None).await.unwrap();
    unit.runs().begin(&a_run(StartedBy::CommandLine, at(9))).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(store.stores.runs.newest(9).await.unwrap(), [begun(&run)]);
}

/// "Applications are not shown batches of administrators and auditors", neither as lines nor in counts of any kind.
pub async fn applications_are_told_of_no_batches_of_staff(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let [user, staff] = [Role::User, Role::Admin].map(|role| Account { role, ..an_account() });
    store.put(&user).await;
    store.put(&staff).await;
    let run = a_run(StartedBy::CommandLine, at(5));
    begin(&store, &run).await;
    let taken = |whose: &Account, codes, batch_removed| {
        let line = a_line(BatchId::new(uuid()), codes, 0);
        BatchLine { subject: whose.subject.clone(), batch_removed, ..line }
    };
    let batches = vec![taken(&staff, 9, true), taken(&user, 3, true), taken(&staff, 2, false), taken(&user, 1, false)];
    add(&store, run.id, RunChunk { removed: 15, range: None, batches: batches.clone() }).await;
    let of_users = [batches[1].clone(), batches[3].clone()];
    let runs = &store.stores.runs;
    assert_eq!(runs.batches(run.id, 9, Sight::Everything).await.unwrap(), batches);
    assert_eq!(runs.batches(run.id, 9, Sight::ForClients).await.unwrap(), of_users);
    assert_eq!(runs.batches(run.id, 1, Sight::ForClients).await.unwrap(), of_users[..1]);
    for (sight, number, rows, gone) in [(Sight::Everything, 4, 15, 2), (Sight::ForClients, 2, 4, 1)] {
        assert_eq!(runs.number_of_batches(run.id, sight).await.unwrap(), number);
        let register = &store.stores.registers.runs;
        let shown = register.entry(run.id.uuid(), sight).await.unwrap().expect("the run is shown");
        assert_eq!((shown.removed, shown.removed_batches), (rows, gone), "{sight:?}");
        let which = Which { filter: RunFilter::default(), sight, now: at(9) };
        let portion = Portion { which, sort: RunSort::Started, direction: Direction::Ascending, after: None, most: 9 };
        assert_eq!(register.portion(&portion).await.unwrap(), [shown]);
    }
}
