use std::{sync::mpsc, thread};

use anyhow::Context as _;

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// A thread that owns a value for as long as the handle lives, and does what it is asked with it.
///
/// Two things want one: a process that is to die with the thread that started it, and a client whose connections
/// belong to the runtime they were made on.
pub(crate) struct Keeper<T> {
    jobs: Option<mpsc::Sender<Job<T>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl<T: 'static> Keeper<T> {
    /// Starts the thread and waits until it has made its value.
    pub(crate) fn start(name: &str, make: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> anyhow::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job<T>>();
        let (report, outcome) = mpsc::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let mut value = match make() {
                Ok(value) => {
                    report.send(Ok(())).ok();
                    value
                }
                Err(error) => {
                    report.send(Err(error)).ok();
                    return;
                }
            };
            for job in queue {
                job(&mut value);
            }
        })?;
        outcome.recv().context("the keeper's thread ended early")??;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs the job on the thread and waits for its answer.
    pub(crate) fn ask<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut T) -> anyhow::Result<R> + Send + 'static,
    ) -> anyhow::Result<R> {
        let (answer, answered) = mpsc::channel();
        let sent = self.jobs.as_ref().is_some_and(|jobs| {
            jobs.send(Box::new(move |value| {
                answer.send(job(value)).ok();
            }))
            .is_ok()
        });
        anyhow::ensure!(sent, "the keeper's thread has ended");
        answered.recv().context("the keeper's thread has ended")?
    }
}

impl<T> Drop for Keeper<T> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
