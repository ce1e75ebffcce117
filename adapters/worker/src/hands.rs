use crate::{log, tally::Tally};
use backstop_application::{
    ports::{Held, Leased, PortResult},
    use_cases::{DoTasks, TaskOutcome},
};
use backstop_domain::task::Ending;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};

/// How long a task whose lease is lost may take to come to its end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Does one task: keeps its lease while it lasts, and cuts it off when its time is up.
#[derive(Clone)]
pub(crate) struct Hands {
    pub(crate) tasks: Arc<DoTasks>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) time_limit: Duration,
    /// How often the lease is renewed.
    pub(crate) keep_every: Duration,
    /// True once the worker can't wait any more.
    pub(crate) hurry: watch::Receiver<bool>,
}

impl Hands {
    pub(crate) async fn take(self, leased: Leased) {
        let tally = Arc::clone(&self.tally);
        let _busy = tally.begin();
        let mut hurry = self.hurry.clone();
        let run = timeout(self.time_limit, self.tasks.run(&leased));
        tokio::pin!(run);
        let outcome = tokio::select! {
            biased;
            done = &mut run => match done {
                Ok(outcome) => outcome,
                Err(_) => self.cut_off(&leased).await,
            },
            // It may have ended this very moment, and then knows better. What it still writes is fenced.
            () = self.keep(&leased) => match timeout(LAST_WORDS, &mut run).await {
                Ok(Ok(outcome)) => outcome,
                _ => Ok(TaskOutcome::Lost),
            },
            // The sender goes with the worker; then this is as if it was asked to hurry.
            () = async { drop(hurry.wait_for(|hurry| *hurry).await) } => self.tasks.release(&leased).await,
        };
        match outcome {
            Ok(outcome) => {
                let is_failure = matches!(&outcome, TaskOutcome::Ended(Ending::Again { .. } | Ending::Failed { .. }));
                let counter = if is_failure { &tally.failed } else { &tally.done };
                if !matches!(outcome, TaskOutcome::Lost | TaskOutcome::Ended(Ending::Released)) {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
                log::ended(&leased, &outcome);
            }
            Err(fault) => log::fault(&leased, &fault),
        }
    }

    async fn cut_off(&self, leased: &Leased) -> PortResult<TaskOutcome> {
        let limit = self.time_limit.as_secs_f32();
        self.tasks.give_back(leased, &format!("it took longer than {limit} s (worker.task_timeout)")).await
    }

    /// Ends when the lease is lost. Who can't renew it just now tries again while it lasts.
    async fn keep(&self, leased: &Leased) {
        let mut beat = interval(self.keep_every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.tick().await;
        loop {
            beat.tick().await;
            if let Ok(Held::Lost) = self.tasks.keep(&leased.lease).await {
                return;
            }
        }
    }
}
